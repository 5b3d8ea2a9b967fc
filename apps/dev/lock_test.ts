import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { murder, program, temporaryDirectory } from "./fixtures/support.ts";
import { lockHolder, takeLock } from "./lock.ts";

/** A program that takes the lock, says how that went, and stays. */
function holder(t: TestContext, home: string, url?: string) {
  const publish = url === undefined ? "" : `lock.publish(${JSON.stringify(url)});`;
  return program(
    t,
    `
    import { takeLock } from ${JSON.stringify(new URL("lock.ts", import.meta.url).href)};
    try {
      const lock = takeLock(${JSON.stringify(home)});
      ${publish}
      console.log(JSON.stringify("taken"));
    } catch (error) {
      console.log(JSON.stringify(error.message));
    }
    setInterval(() => {}, 1000);
    `,
  );
}

describe("lock", () => {
  it("is one holder's, who is named with the address", async (t) => {
    const home = temporaryDirectory(t);
    const first = holder(t, home, "http://127.0.0.1:3000");
    assert.equal(await first.said(), "taken");
    assert.throws(() => takeLock(home), {
      name: "CannotStart",
      message: new RegExp(`^Rokuga already runs here \\(process ${first.pid}, http://127.0.0.1:3000\\)\\.`),
    });
    assert.deepEqual(readdirSync(home), ["lock"], "a refused start leaves no file");
  });

  it("says so when its holder has no address yet", async (t) => {
    const home = temporaryDirectory(t);
    const first = holder(t, home);
    await first.said();
    assert.throws(() => takeLock(home), /\(process \d+, still starting\)/);
  });

  it("names a command that has it", (t) => {
    const home = temporaryDirectory(t);
    assert.equal(lockHolder(home), undefined);
    using _lock = takeLock(home, { command: "pnpm verify" });
    assert.deepEqual([lockHolder(home)?.pid, lockHolder(home)?.command], [process.pid, "pnpm verify"]);
    assert.throws(() => takeLock(home), {
      name: "CannotStart",
      message: `pnpm verify is at work in ${home} (process ${process.pid}). Wait until it has ended, then start again.`,
    });
    writeFileSync(join(home, "lock"), JSON.stringify({ pid: process.ppid, startId: "long ago" }));
    assert.equal(lockHolder(home), undefined, "it is someone else's number by now");
  });

  it("is taken over from the dead, and given back", async (t) => {
    const home = temporaryDirectory(t);
    const first = holder(t, home);
    await first.said();
    await murder(first.child);
    assert.ok(existsSync(join(home, "lock")));
    const lock = takeLock(home);
    assert.throws(() => takeLock(home), new RegExp(`process ${process.pid},`));
    lock[Symbol.dispose]();
    assert.deepEqual(readdirSync(home), []);
  });

  it("is taken over from another process with the same number, and from nonsense", (t) => {
    const home = temporaryDirectory(t);
    for (const content of [JSON.stringify({ pid: process.ppid, startId: "long ago" }), "{", "", "[1]"]) {
      writeFileSync(join(home, "lock"), content);
      const lock = takeLock(home);
      assert.equal(JSON.parse(readFileSync(join(home, "lock"), "utf8")).pid, process.pid);
      lock[Symbol.dispose]();
    }
  });

  it("is not removed by one who lost it", (t) => {
    const home = temporaryDirectory(t);
    const lock = takeLock(home);
    writeFileSync(join(home, "lock"), JSON.stringify({ pid: process.ppid, startId: "other" }));
    lock[Symbol.dispose]();
    assert.ok(existsSync(join(home, "lock")));
  });

  it("goes to exactly one of several who find it stale at once", async (t) => {
    const home = temporaryDirectory(t);
    writeFileSync(join(home, "lock"), JSON.stringify({ pid: 4_000_000, startId: "long ago" }));
    const results = await Promise.all(Array.from({ length: 5 }, () => holder(t, home).said()));
    assert.equal(results.filter((result) => result === "taken").length, 1, results.join("\n"));
    assert.equal(results.filter((result) => /already runs here/.test(result)).length, 4, results.join("\n"));
  });
});
