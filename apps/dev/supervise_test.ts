import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it, type TestContext } from "node:test";
import { exitOf, type Running, stopChild } from "./child.ts";
import { isAlive, killNow, never, until } from "./fixtures/support.ts";
import { keepRunning } from "./supervise.ts";

const STEPS = [{ signal: "SIGTERM", waitMs: 5_000, forcedWaitMs: 0 }] as const;

/** A real process that is started again and again; `pids` are those of all starts. */
function sleeper(t: TestContext, { failures = 0, script = "exec sleep 1000" } = {}) {
  const pids: number[] = [];
  let attempts = 0;
  t.after(() => pids.forEach(killNow));
  const start = async (): Promise<Running<{ attempt: number }>> => {
    const attempt = ++attempts;
    if (attempt > 1 && attempt <= 1 + failures) throw new Error(`no ${attempt}`);
    const child = spawn("sh", ["-c", script], { detached: true, stdio: "ignore" });
    const exited = exitOf(child);
    pids.push(child.pid!);
    const stop = (force: AbortSignal) => stopChild(child, { exited, steps: STEPS, force });
    return { pid: child.pid!, details: { attempt }, exited, lastWords: () => "out of sleep", stop };
  };
  return { start, pids, attempts: () => attempts };
}

const common = { name: "Relay", signal: never, force: never, pausesMs: [10, 20, 30] };

describe("keepRunning", () => {
  it("throws what the first start throws", async () => {
    const start = () => Promise.reject(new Error("no such thing"));
    await assert.rejects(keepRunning({ ...common, start, report: () => {} }), /no such thing/);
  });

  it("starts again what ends by itself, with growing pauses, and says so", async (t) => {
    const said: string[] = [];
    const { start, pids } = sleeper(t, { failures: 3 });
    const kept = await keepRunning({ ...common, start, report: (text) => said.push(text) });
    assert.deepEqual(kept.details, { attempt: 1 });
    assert.equal(kept.pid, pids[0]);
    process.kill(pids[0]!, "SIGKILL");
    await until(() => said.includes("Relay works again"), "it works again");
    assert.deepEqual(said, [
      "Relay ended by itself (SIGKILL: out of sleep)",
      "Relay starts again in 0.01 s",
      "Relay cannot be started: no 2",
      "Relay starts again in 0.02 s",
      "Relay cannot be started: no 3",
      "Relay starts again in 0.03 s",
      "Relay cannot be started: no 4",
      "Relay starts again in 0.03 s",
      "Relay works again",
    ]);
    assert.equal(kept.pid, pids[1]);
    await kept[Symbol.asyncDispose]();
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it("stays stopped, also in the pause before a start", async (t) => {
    const said: string[] = [];
    const { start, pids, attempts } = sleeper(t);
    const kept = await keepRunning({
      ...common,
      pausesMs: [600_000],
      start,
      report: (text) => said.push(text),
    });
    process.kill(pids[0]!, "SIGTERM");
    await until(() => said.length === 2, "it pauses");
    await kept[Symbol.asyncDispose]();
    assert.equal(attempts(), 1);
  });

  it("does not report an end that was asked for", async (t) => {
    const said: string[] = [];
    const { start, pids } = sleeper(t);
    const kept = await keepRunning({ ...common, start, report: (text) => said.push(text) });
    await kept[Symbol.asyncDispose]();
    assert.deepEqual(said, []);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it("kills the whole group of what does not heed, once force is asked for", async (t) => {
    const force = new AbortController();
    const { start, pids } = sleeper(t, { script: "trap '' TERM; sleep 1000 & wait; sleep 1000" });
    const kept = await keepRunning({ ...common, force: force.signal, start, report: () => {} });
    const stopping = kept[Symbol.asyncDispose]();
    force.abort();
    await stopping;
    await until(() => !isGroupAlive(pids[0]!), "nothing of the group is left");
  });
});

function isGroupAlive(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}
