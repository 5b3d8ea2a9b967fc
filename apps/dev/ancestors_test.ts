import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { countLinks, watchLinks } from "./ancestors.ts";
import { killNow, never, program, temporaryDirectory, until } from "./fixtures/support.ts";
import { readProcess } from "./process_table.ts";

const words = (...lines: string[]) => lines.map((line) => line.split(" "));

describe("countLinks", () => {
  it("goes up to the topmost package manager", () => {
    const chain = [
      ...words("sh -c node", "/opt/pnpm dev", "sh -c pnpm"),
      ["npm exec pnpm dev"],
      ...words("-bash", "sshd: me@pts/0"),
    ];
    assert.equal(countLinks(chain), 4);
  });

  it("knows package managers in all their forms", () => {
    for (const command of [
      ["npx"],
      ["/usr/bin/node", "/usr/lib/node_modules/npm/bin/npx-cli.js", "pnpm", "dev"],
      ["node", "--no-warnings", "/x/pnpm.cjs", "dev"],
      ["/bin/sh", "/home/me/.npm/_npx/1/node_modules/.bin/pnpm", "dev"],
      ["npm run dev"],
      ["/x/bin/turbo", "run", "dev"],
      ["node", "/x/yarn.js"],
    ]) {
      assert.equal(countLinks([command, ["-zsh"]]), 1, command.join(" "));
    }
  });

  it("does not watch a shell above the package manager: it may end by itself", () => {
    assert.equal(countLinks(words("/opt/pnpm dev", "bash -c npx", "systemd")), 1);
  });

  it("watches nothing when the launcher was started by hand", () => {
    assert.equal(countLinks(words("-zsh", "login")), 0);
    assert.equal(countLinks(words("sh -c node", "bash", "pnpm")), 0);
    assert.equal(countLinks([]), 0);
    assert.equal(countLinks(words("node server.js", "pnpm")), 0);
    assert.equal(countLinks(words("vim pnpm", "bash")), 0);
  });
});

describe("watchLinks", () => {
  /** sh (named pnpm) → sh -c → node, as a package manager makes it. The node says what it sees. */
  function chain(t: TestContext, script: string) {
    const directory = temporaryDirectory(t);
    writeFileSync(
      join(directory, "pnpm"),
      `#!/bin/sh\nsh -c '"$NODE" --input-type=module-typescript -e "$SCRIPT"; :'; :\n`,
      {
        mode: 0o755,
      },
    );
    const child = spawn(join(directory, "pnpm"), ["dev"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env.PATH, NODE: process.execPath, SCRIPT: script },
    });
    t.after(() => killNow(child.pid));
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
    });
    return { pid: child.pid!, said: () => said.split("\n").filter(Boolean) };
  }

  const script = `
    import { findLinks, watchLinks } from ${JSON.stringify(new URL("ancestors.ts", import.meta.url).href)};
    const links = findLinks();
    const say = (...words) => console.log(words.join(" "));
    watchLinks(links, { signal: new AbortController().signal, pollMs: 20, onGone: ({ pid }) => { say("gone", pid); process.exit(); } });
    say(process.pid, ...links.map(({ pid }) => pid));
    setInterval(() => {}, 1000);
  `;

  for (const [who, index] of [
    ["the nearest", 1],
    ["the farthest", 2],
  ] as const) {
    it(`notices that ${who} link is gone`, async (t) => {
      const { pid, said } = chain(t, script);
      const [first] = await until(() => said().length > 0 && said(), "it watches");
      const pids = first!.split(" ").map(Number);
      t.after(() => pids.forEach(killNow));
      assert.equal(pids.length, 3, "itself, sh -c and pnpm");
      assert.equal(pids[2], pid);
      process.kill(pids[index]!, "SIGKILL");
      assert.equal(await until(() => said()[1], "it noticed"), `gone ${pids[index]}`);
    });
  }

  it("stays quiet while all live, and when it is told to stop", async (t) => {
    const { pid } = program(t, "setInterval(() => {}, 1000)");
    const link = await until(() => readProcess(pid), "the link");
    const gone: number[] = [];
    const stop = new AbortController();
    watchLinks([link], { signal: stop.signal, pollMs: 5, onGone: () => gone.push(1) });
    // A second watch on something that does end says how long is long enough.
    const other = program(t, "");
    const second = await until(() => readProcess(other.pid), "the other link");
    await new Promise<void>((resolve) =>
      watchLinks([second], { signal: never, pollMs: 20, onGone: () => resolve() }),
    );
    assert.deepEqual(gone, []);
    stop.abort();
    killNow(pid);
    await until(() => readProcess(pid) === undefined, "the link is gone");
    await new Promise<void>((resolve) =>
      watchLinks([link], { signal: never, pollMs: 20, onGone: () => resolve() }),
    );
    assert.deepEqual(gone, []);
  });
});
