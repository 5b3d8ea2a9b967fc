import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { isAlive, killNow, never, temporaryDirectory } from "./fixtures/support.ts";
import { endLeftovers, noteProcesses } from "./leftovers.ts";

const LIMITS = { alone: 100, asked: 5_000, killed: 5_000 };

/** A process in a group of its own, as the launcher starts them; it runs once this resolves. */
async function left(t: TestContext, script: string) {
  const child = spawn("sh", ["-c", `${script}; echo; while :; do sleep 0.05; done`], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => killNow(child.pid));
  await once(child.stdout, "data");
  return { child, pid: child.pid!, ended: once(child, "exit") };
}

describe("endLeftovers", () => {
  it("has nothing to do at the first start", async (t) => {
    assert.deepEqual(await endLeftovers(temporaryDirectory(t), { signal: never }), []);
  });

  it("waits for what ends by itself", async (t) => {
    const home = temporaryDirectory(t);
    const one = await left(t, ":");
    noteProcesses(home).add("relay", one.pid);
    const names: string[][] = [];
    const onWait = (waitedFor: string[]) => {
      names.push(waitedFor);
      one.child.kill("SIGUSR1");
    };
    assert.deepEqual(
      await endLeftovers(home, { signal: never, onWait, limits: { ...LIMITS, alone: 5_000 } }),
      [],
    );
    assert.deepEqual(names, [["relay"]]);
    assert.deepEqual(await one.ended, [null, "SIGUSR1"]);
  });

  it("asks the others to end, PostgreSQL by the signal of its fast shutdown, and kills the deaf", async (t) => {
    const home = temporaryDirectory(t);
    const notes = noteProcesses(home);
    const [part, server, deaf] = [
      await left(t, ":"),
      await left(t, "trap 'exit 7' INT"),
      await left(t, "trap '' TERM"),
    ];
    notes.add("worker", part.pid);
    notes.add("postgres", server.pid);
    notes.add("web", deaf.pid);
    const ended = await endLeftovers(home, { signal: never, limits: { ...LIMITS, asked: 500 } });
    assert.deepEqual(ended, ["worker", "postgres", "web"]);
    assert.deepEqual(await part.ended, [null, "SIGTERM"]);
    assert.deepEqual(await server.ended, [7, null]);
    assert.deepEqual(await deaf.ended, [null, "SIGKILL"]);
  });

  it("leaves alone what ended in time, and a stranger that has its number now", async (t) => {
    const home = temporaryDirectory(t);
    const notes = noteProcesses(home);
    const [stranger, done] = [await left(t, ":"), await left(t, ":")];
    notes.add("relay", stranger.pid);
    notes.add("worker", done.pid);
    notes.remove(done.pid);
    const file = join(home, "processes.json");
    const noted = JSON.parse(readFileSync(file, "utf8"));
    assert.deepEqual(
      noted.map(({ name }: { name: string }) => name),
      ["relay"],
    );
    writeFileSync(file, JSON.stringify(noted.map((note: object) => ({ ...note, startId: "another start" }))));
    assert.deepEqual(await endLeftovers(home, { signal: never, limits: LIMITS }), []);
    assert.ok(isAlive(stranger.pid) && isAlive(done.pid));
  });

  it("can be interrupted", async (t) => {
    const home = temporaryDirectory(t);
    const one = await left(t, ":");
    noteProcesses(home).add("relay", one.pid);
    const stop = new AbortController();
    const waiting = endLeftovers(home, { signal: stop.signal, onWait: () => stop.abort() });
    await assert.rejects(waiting, { name: "AbortError" });
    assert.ok(isAlive(one.pid));
  });

  it("does not go on when its notes cannot be read", async (t) => {
    const home = temporaryDirectory(t);
    writeFileSync(join(home, "processes.json"), "{");
    await assert.rejects(
      endLeftovers(home, { signal: never }),
      /Cannot read .*processes\.json.*then delete that file/,
    );
  });
});
