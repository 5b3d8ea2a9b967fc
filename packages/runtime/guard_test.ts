import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { guardChildren, signalGroup, spawnGuarded } from "./guard.ts";

/** A program that guards children, tells what it did, and waits to be killed. */
function owner(t: TestContext, body: string) {
  const program = `
    import { guardChildren, spawnGuarded } from ${JSON.stringify(new URL("guard.ts", import.meta.url).href)};
    const say = (value) => console.log(JSON.stringify(value));
    ${body}
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pids: number[] = [];
  t.after(() => {
    for (const pid of [child.pid!, ...pids]) endForSure(pid);
  });
  const lines = createInterface({ input: child.stdout! });
  return { child, said: async () => JSON.parse((await once(lines, "line"))[0]), pids };
}

function endForSure(pid: number) {
  if (isAlive(pid)) process.kill(pid, "SIGKILL");
}

function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

/** Whether a process ignores signal number `signal` (Linux). */
function ignores(pid: number, signal: number): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

async function until(condition: () => boolean, what: string, limitMs = 5_000) {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `${what} within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function kill(child: ChildProcess) {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

describe("guard", () => {
  it("ends each child with its signal when its owner is killed", async (t) => {
    const program = owner(
      t,
      `
      const guard = guardChildren();
      const script = 'trap "echo INT > $0.INT; exit" INT; trap "echo TERM > $0.TERM; exit" TERM; echo up; while :; do sleep 0.05; done';
      const base = process.env.TMPDIR ?? "/tmp";
      const one = spawnGuarded(guard, "sh", ["-c", script, base + "/guard-" + process.pid + "-one"], { stdio: ["ignore", "pipe", "ignore"], deathSignal: "SIGINT" });
      const two = spawnGuarded(guard, "sh", ["-c", script, base + "/guard-" + process.pid + "-two"], { stdio: ["ignore", "pipe", "ignore"] });
      await Promise.all([one, two].map((child) => new Promise((resolve) => child.stdout.once("data", resolve))));
      say({ guard: guard.pid, one: one.pid, two: two.pid, base: base + "/guard-" + process.pid });
      `,
    );
    const { guard, one, two, base } = await program.said();
    program.pids.push(guard, one, two);
    await kill(program.child);
    await until(() => ![guard, one, two].some(isAlive), "guard and children gone");
    assert.deepEqual(
      ["one.INT", "one.TERM", "two.INT", "two.TERM"].filter((name) => existsSync(`${base}-${name}`)),
      ["one.INT", "two.TERM"],
    );
    for (const name of ["one.INT", "two.TERM"]) spawnSync("rm", [`${base}-${name}`]);
  });

  it("kills what does not heed its signal, with the whole process group", async (t) => {
    const program = owner(
      t,
      `
      const guard = guardChildren({ graceMs: 300 });
      const deaf = spawnGuarded(guard, "sh", ["-c", 'trap "" TERM; sleep 1000 & echo $!; wait; sleep 1000'], { stdio: ["ignore", "pipe", "ignore"] });
      deaf.stdout.once("data", (text) => say({ guard: guard.pid, deaf: deaf.pid, grandchild: Number(text) }));
      `,
    );
    const { guard, deaf, grandchild } = await program.said();
    program.pids.push(guard, deaf, grandchild);
    await kill(program.child);
    await until(() => ![guard, deaf, grandchild].some(isAlive), "deaf child and its child gone");
  });

  const noMask = process.platform === "linux" ? false : "reads the signal mask of Linux";
  it("survives the signals that a terminal or a service manager sends to everyone", {
    skip: noMask,
  }, async (t) => {
    const guard = guardChildren();
    t.after(() => guard[Symbol.asyncDispose]());
    const child = spawnGuarded(guard, "sleep", ["1000"], { stdio: "ignore" });
    const pid = guard.pid!;
    await until(() => ignores(pid, 15), "the guard's traps are set");
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) signalGroup(pid, signal);
    const exited = once(child, "exit");
    await guard[Symbol.asyncDispose]();
    assert.deepEqual(await exited, [null, "SIGTERM"]);
    assert.equal(guard.pid, pid, "it is still the first guard");
  });

  it("leaves alone what was unregistered or has exited", async (t) => {
    const bystander = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    t.after(() => bystander.kill("SIGKILL"));
    const guard = guardChildren();
    guard.register(bystander.pid!, "SIGKILL");
    guard.unregister(bystander.pid!);
    const short = spawnGuarded(guard, "true", [], { stdio: "ignore" });
    await once(short, "exit");
    await guard[Symbol.asyncDispose]();
    assert.ok(isAlive(bystander.pid!));
  });

  it("is started again with its list when someone kills it", async (t) => {
    const guard = guardChildren();
    const child = spawnGuarded(guard, "sleep", ["1000"], { stdio: "ignore" });
    t.after(() => child.kill("SIGKILL"));
    const first = guard.pid!;
    process.kill(first, "SIGKILL");
    await until(() => guard.pid !== first, "a second guard");
    const exited = once(child, "exit");
    await guard[Symbol.asyncDispose]();
    assert.deepEqual(await exited, [null, "SIGTERM"]);
  });

  it("says when it keeps being killed", async () => {
    const lost: Error[] = [];
    const guard = guardChildren({ onLost: (error) => lost.push(error) });
    let last: number | undefined;
    await until(() => {
      if (guard.pid !== undefined && guard.pid !== last) {
        last = guard.pid;
        process.kill(last, "SIGKILL");
      }
      return lost.length > 0;
    }, "told of the loss");
    assert.match(lost[0]!.message, /keeps ending \(SIGKILL\)/);
    await guard[Symbol.asyncDispose]();
  });

  it("refuses groups that would mean everyone", () => {
    const guard = guardChildren();
    for (const pid of [0, 1, -1, 1.5, Number.NaN]) {
      assert.throws(() => guard.register(pid, "SIGTERM"), /Cannot guard process group/);
    }
    return guard[Symbol.asyncDispose]();
  });

  for (const shell of [["dash"], ["bash", "--posix"], ["busybox", "sh"]]) {
    const [command, ...args] = shell as [string, ...string[]];
    const skip = spawnSync(command, [...args, "-c", ":"]).error ? `no ${command} here` : false;
    it(`speaks to ${command}`, { skip }, async () => {
      const children = ["TERM", "INT", ""].map(() =>
        spawn("sleep", ["1000"], { detached: true, stdio: "ignore" }),
      );
      const [byTerm, byInt, removed] = children as [ChildProcess, ChildProcess, ChildProcess];
      const script = fileURLToPath(new URL("guard.sh", import.meta.url));
      const guard = spawn(command, [...args, script, "100"], { stdio: ["pipe", "inherit", "inherit"] });
      guard.stdin.end(
        `+ ${removed.pid} KILL\n+ ${byTerm.pid} TERM\n+ ${byInt.pid} INT\nnonsense\n+ 1 KILL\n+ x KILL\n- ${removed.pid}\n`,
      );
      const ends = [byTerm, byInt].map((child) => once(child, "exit"));
      assert.deepEqual(await once(guard, "exit"), [0, null]);
      assert.deepEqual(await Promise.all(ends), [
        [null, "SIGTERM"],
        [null, "SIGINT"],
      ]);
      assert.ok(isAlive(removed.pid!));
      removed.kill("SIGKILL");
    });
  }
});
