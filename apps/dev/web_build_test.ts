import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { isAlive, stateDirectory, temporaryDirectory, until } from "./fixtures/support.ts";
import { buildCommand, buildPage } from "./web_build.ts";

function options(t: TestContext, script: string) {
  const { home, ...context } = stateDirectory(t);
  const environment = {
    PATH: process.env.PATH,
    HOME: "/home/me",
    DATABASE_URL: "postgres://u:hunter2@db/x",
    CI: "1",
  };
  return {
    ...context,
    home,
    root: "/",
    environment,
    command: { command: "/bin/sh", args: ["-c", script], cwd: home },
  };
}

describe("buildPage", () => {
  it("resolves when the build is done; the build knows no address and tells nobody", async (t) => {
    const { home, ...rest } = options(t, "env > environment");
    await buildPage(rest);
    const seen = readFileSync(join(home, "environment"), "utf8");
    assert.doesNotMatch(seen, /hunter2|DATABASE_URL/);
    for (const line of [
      "CI=1",
      "TURBO_TELEMETRY_DISABLED=1",
      "NEXT_TELEMETRY_DISABLED=1",
      "NODE_ENV=production",
    ]) {
      assert.match(seen, new RegExp(`^${line}$`, "m"));
    }
  });

  it("throws the end of what a failing build said", async (t) => {
    const failing = options(t, "seq 1 50; echo 'Type error: no such thing' >&2; exit 2");
    await assert.rejects(buildPage(failing), (error: Error) => {
      assert.match(
        error.message,
        /^Cannot build the page \(exit code 2\)\. The end of what the build said, all of it in .*test\.log:\n\n/,
      );
      assert.match(error.message, /^ {2}50$/m);
      assert.match(error.message, /^ {2}Type error: no such thing$/m);
      assert.doesNotMatch(error.message, /^ {2}30$/m);
      return true;
    });
  });

  it("ends with everything that it started when it is interrupted", async (t) => {
    const stop = new AbortController();
    const { home, ...rest } = options(t, "sh -c 'echo $$ > pid; sleep 1000' & wait");
    const building = buildPage({ ...rest, signal: stop.signal });
    const pid = await until(() => readPid(join(home, "pid")), "the build's worker");
    stop.abort(new Error("Ctrl-C"));
    await assert.rejects(building, /^Error: Ctrl-C$/);
    await until(() => !isAlive(pid), "the build's worker gone");
  });
});

describe("buildCommand", () => {
  it("asks turbo where there is a pnpm, which turbo needs, and Next elsewhere", (t) => {
    const directory = temporaryDirectory(t);
    assert.deepEqual(buildCommand("/repository", directory), {
      command: "/repository/apps/web/node_modules/.bin/next",
      args: ["build"],
      cwd: "/repository/apps/web",
    });
    writeFileSync(join(directory, "pnpm"), "", { mode: 0o755 });
    const { command, args, cwd } = buildCommand("/repository", directory);
    assert.equal(command, "/repository/node_modules/.bin/turbo");
    assert.deepEqual(args.slice(0, 3), ["run", "build", "--filter=@rokuga/web"]);
    assert.equal(cwd, "/repository");
  });
});

function readPid(path: string): number {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return 0;
  }
}
