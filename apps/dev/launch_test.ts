/**
 * The launcher as a whole, as a process: with real PostgreSQL, Redis and guard, and with parts that only say that
 * they work. Every process that a start makes is looked up in the end: none may be left.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { isAlive, killNow, temporaryDirectory, until } from "./fixtures/support.ts";

const launcher = fileURLToPath(new URL("fixtures/launcher.ts", import.meta.url));

type Started = {
  child: ChildProcess;
  /** The launcher's own process; `child` when nothing is in between. */
  pid: number;
  output: () => string;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string>;
};

function directories(t: TestContext) {
  const directory = temporaryDirectory(t);
  const home = join(directory, "state");
  return { home, environment: { ROKUGA_HOME: home, CAMERAS_FILE: join(directory, "cameras.yaml") } };
}

/** Starts the launcher, `through` a shell script when given, in a process group of its own. */
function start(t: TestContext, environment: NodeJS.ProcessEnv, through?: string): Started {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE: process.execPath,
    LAUNCHER: launcher,
    ...environment,
  };
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const child = through
    ? spawn(through, ["dev"], { env, stdio: [...stdio], detached: true })
    : spawn(process.execPath, [launcher], { env, stdio: [...stdio], detached: true });
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const ended = once(child, "close").then(([code, signal]) => signal ?? code);
  const home = environment.ROKUGA_HOME ?? "";
  t.after(async () => {
    for (const pid of [...processes(home), lockHolder(home), child.pid]) killNow(pid);
  });
  return {
    child,
    get pid() {
      return lockHolder(home) ?? child.pid!;
    },
    output: () => output,
    ended,
  };
}

/** Everything that the launcher noted, by name; the guard is found as its child. */
function processes(home: string): number[] {
  const file = join(home, "processes.json");
  if (!existsSync(file)) return [];
  return JSON.parse(readFileSync(file, "utf8")).map(({ pid }: { pid: number }) => pid);
}

function lockHolder(home: string): number | undefined {
  const file = join(home, "lock");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).pid : undefined;
}

/** Waits until all runs; resolves with the process ids of everything that was started. */
async function running(started: Started, home: string): Promise<number[]> {
  const failed = started.ended.then((end) => assert.fail(`it ended (${end}): ${started.output()}`));
  failed.catch(() => {});
  await Promise.race([
    failed,
    until(() => /^Open http:/m.test(started.output()), "the launcher runs", 60_000),
  ]);
  const pids = [...processes(home), ...guards(started.pid)];
  // Parts, servers and the guard; without an installed Redis one less.
  assert.ok(pids.length >= 5, `${pids}`);
  return pids;
}

/** The `sh` that guards, by its parent. */
function guards(parent: number): number[] {
  const children = `/proc/${parent}/task/${parent}/children`;
  if (!existsSync(children)) return [];
  return readFileSync(children, "utf8").trim().split(" ").map(Number);
}

async function stop({ child, ended }: Started, signal: NodeJS.Signals = "SIGINT"): Promise<number | string> {
  child.kill(signal);
  return ended;
}

describe("launcher", () => {
  it("starts everything, tells what runs, and starts again with the same data and addresses", async (t) => {
    const { home, environment } = directories(t);
    const first = start(t, environment);
    const pids = await running(first, home);
    const output = first.output();
    const lines = [
      /^Rokuga \d+\.\d+\.\d+ {3}state in .*state$/m,
      /^ {2}PostgreSQL {2}18\.\d+ {6}embedded {3}127\.0\.0\.1:\d+$/m,
      /^ {2}(Redis {7}\d\S+ +embedded {3}127\.0\.0\.1:\d+|Queue .* in PostgreSQL \(no redis-server is installed\))$/m,
      /^ {2}Store {7}file {6}embedded {3}.*state\/store$/m,
      /^ {2}FFmpeg {6}\S+ +(installed|npm) +\S+ffmpeg$/m,
      /^ {2}Cameras {15}new {8}.*cameras\.yaml$/m,
      /^ {2}Relay {7}\S+ +running {4}status on http:\/\/127\.0\.0\.1:\d+\/status$/m,
      /^ {2}Worker {6}\S+ +running$/m,
      /^ {2}Web {9}\S+ +running {4}http:\/\/127\.0\.0\.1:\d+$/m,
      /^Open http:\/\/127\.0\.0\.1:\d+$/m,
    ];
    for (const line of lines) assert.match(output, line);
    assert.equal(await stop(first), 0, first.output());
    assert.match(
      first.output(),
      /Stopping \(Ctrl-C\)[\s\S]*Stopped\. What was recorded is kept in .*state\.\n$/,
    );
    assert.deepEqual(pids.filter(isAlive), []);
    for (const name of ["postgres", "postgres_admin", "redis", "media"]) {
      const file = join(home, "secrets", name);
      if (existsSync(file))
        assert.ok(!first.output().includes(readFileSync(file, "utf8").trim()), `${name} is not shown`);
    }

    const before = readFileSync(join(home, "ports.json"), "utf8");
    const second = start(t, environment);
    await running(second, home);
    assert.equal(readFileSync(join(home, "ports.json"), "utf8"), before);
    assert.match(second.output(), /^ {2}Cameras {15}found/m);
    assert.equal(await stop(second, "SIGTERM"), 0);
  });

  it("refuses to run twice in one state directory", async (t) => {
    const { home, environment } = directories(t);
    const first = start(t, environment);
    await running(first, home);
    const second = start(t, environment);
    assert.equal(await second.ended, 1);
    const url = /^Open (.*)$/m.exec(first.output())?.[1];
    assert.equal(
      second.output().trim().split(". ")[0],
      `Rokuga already runs here (process ${first.child.pid}, ${url})`,
    );
    assert.equal(await stop(first), 0, "the first was not disturbed");
  });

  it("leaves no process when the whole group gets SIGTERM", async (t) => {
    const { home, environment } = directories(t);
    const started = start(t, environment);
    const pids = await running(started, home);
    process.kill(-started.child.pid!, "SIGTERM");
    assert.equal(await started.ended, 0);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it("leaves no process when the terminal goes away", async (t) => {
    const { home, environment } = directories(t);
    const started = start(t, environment);
    const pids = await running(started, home);
    started.child.stdout!.destroy();
    started.child.stderr!.destroy();
    process.kill(-started.child.pid!, "SIGHUP");
    assert.equal(await started.ended, 0);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it("leaves no process when it is killed", async (t) => {
    const { home, environment } = directories(t);
    const started = start(t, environment);
    const pids = await running(started, home);
    process.kill(started.pid, "SIGKILL");
    await until(() => !pids.some(isAlive), "nothing is left");
  });

  it("starts again at once after it was killed", async (t) => {
    const { home, environment } = directories(t);
    const first = start(t, environment);
    const pids = await running(first, home);
    process.kill(first.pid, "SIGKILL");
    const second = start(t, environment);
    await running(second, home);
    // The guard goes last, once it has seen the others end.
    await until(() => !pids.some(isAlive), "nothing of the first is left");
    assert.equal(await stop(second), 0);
  });

  it("stops when a link of the chain that started it is killed", async (t) => {
    const { home, environment } = directories(t);
    const directory = temporaryDirectory(t);
    const pnpm = join(directory, "pnpm");
    writeFileSync(pnpm, `#!/bin/sh\nsh -c '"$NODE" "$LAUNCHER"; :'; :\n`, { mode: 0o755 });
    const started = start(t, environment, pnpm);
    const pids = [...(await running(started, home)), started.pid];
    started.child.kill("SIGKILL");
    await until(() => !pids.some(isAlive), "nothing is left", 30_000);
    assert.match(started.output(), /Stopping \(.*pnpm dev has ended\)[\s\S]*Stopped\./);
  });

  it("starts a part again that dies, and stops what is deaf when it is told twice", async (t) => {
    const { home, environment } = directories(t);
    const started = start(t, environment);
    await running(started, home);
    writeFileSync(join(home, "worker.json"), JSON.stringify({ deaf: true }));
    const worker = JSON.parse(readFileSync(join(home, "processes.json"), "utf8")).find(
      ({ name }: { name: string }) => name === "worker",
    );
    process.kill(worker.pid, "SIGKILL");
    await until(() => started.output().includes("Worker works again"), "the worker is back");
    assert.match(started.output(), /^ {2}Worker {6}warn {3}Worker ended by itself \(SIGKILL\)$/m);
    const pids = processes(home);
    started.child.kill("SIGINT");
    await until(
      () => !existsSync(join(home, "web.pid")) && started.output().includes("Stopping ("),
      "it stops",
    );
    // A signal is only another Ctrl-C when it comes a while after the first: repeat until it counts.
    const again = setInterval(() => started.child.kill("SIGINT"), 200);
    assert.equal(await started.ended, 1);
    clearInterval(again);
    assert.match(started.output(), /Stopping now \(SIGINT\)/);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it("says in one sentence why it cannot start, and leaves nothing", async (t) => {
    const { home, environment } = directories(t);
    const server = createServer();
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    server.on("connection", (socket) => socket.destroy());
    const password = "hunter2";
    const cases: [NodeJS.ProcessEnv, RegExp][] = [
      [{ PORT: String(port) }, new RegExp(`^Port ${port} \\(PORT\\) is taken by another program\\.`, "m")],
      [{ RELAY_PORT: String(port) }, new RegExp(`^Port ${port} \\(RELAY_PORT\\) is taken`, "m")],
      [
        { DATABASE_URL: `postgres://u:${password}@127.0.0.1:1/x` },
        /^Cannot use the database at 127\.0\.0\.1:1\/x \(DATABASE_URL\): .*ECONNREFUSED/m,
      ],
      [
        { DATABASE_URL: `postgres://u:${password}@127.0.0.1:${port}/x` },
        /^Cannot use the database at .*: (read ECONNRESET|Connection terminated unexpectedly)\./m,
      ],
      [
        { REDIS_URL: `redis://:${password}@127.0.0.1:1` },
        /^Cannot use the Redis at 127\.0\.0\.1:1 \(REDIS_URL\): .*ECONNREFUSED/m,
      ],
      [
        { REDIS_URL: `postgres://u:${password}@127.0.0.1:1/q` },
        /^Cannot use the database at 127\.0\.0\.1:1\/q \(REDIS_URL\)/m,
      ],
      [{ FFMPEG_PATH: "/nowhere/ffmpeg" }, /^Cannot run FFmpeg at \/nowhere\/ffmpeg/m],
      [{ PORT: "many" }, /^Cannot start because of its settings: PORT: must be a port number/m],
      [
        { BUILD: "echo 'no such page'; exit 1" },
        /^Cannot build the page \(exit code 1\)\.[\s\S]*\n {2}no such page$/m,
      ],
    ];
    for (const [wrong, sentence] of cases) {
      const started = start(t, { ...environment, ...wrong });
      assert.equal(await started.ended, 1, started.output());
      assert.match(started.output(), sentence);
      assert.doesNotMatch(started.output(), /hunter2|\n\s+at /);
      assert.deepEqual(processes(home).filter(isAlive), []);
      assert.equal(lockHolder(home), undefined);
    }
    writeFileSync(join(home, "web.json"), JSON.stringify({ fails: "the page is upside down" }));
    const started = start(t, environment);
    assert.equal(await started.ended, 1);
    assert.match(
      started.output(),
      /^The web cannot start: the page is upside down\. Its log is .*web\.log$/m,
    );
    assert.deepEqual(processes(home).filter(isAlive), []);
  });

  const small = ["unshare", "--user", "--map-root-user", "--mount"] as const;
  const noMounts =
    spawnSync(small[0], [...small.slice(1), "true"]).status !== 0 && "cannot mount a small disk here";
  it("says so when the disk is nearly full", { skip: noMounts }, async (t) => {
    const { home, environment } = directories(t);
    mkdirSync(home);
    const script = join(temporaryDirectory(t), "small");
    const mounted = 'mount -t tmpfs -o size=100m none "$ROKUGA_HOME" && exec "$NODE" "$LAUNCHER"';
    writeFileSync(script, `#!/bin/sh\nexec ${small.join(" ")} sh -c '${mounted}'\n`, { mode: 0o755 });
    const started = start(t, environment, script);
    assert.equal(await started.ended, 1);
    assert.match(
      started.output(),
      /^\nThe disk of the state directory .*state is nearly full: 10\d MB are free, 500 MB are needed\./,
    );
  });

  it("puts the queue on the database when it is told to, or when there is no Redis", async (t) => {
    const { home, environment } = directories(t);
    const started = start(t, { ...environment, REDIS_URL: "postgres" });
    await running(started, home);
    assert.match(started.output(), /^ {2}Queue {17}embedded {3}in PostgreSQL \(REDIS_URL is postgres\)$/m);
    const seen = JSON.parse(readFileSync(join(home, "relay.environment"), "utf8"));
    assert.match(seen.REDIS_URL, /^postgres:\/\/rokuga:/);
    assert.equal(seen.DATABASE_URL, undefined);
    assert.ok(!existsSync(join(home, "redis")));
    assert.equal(await stop(started), 0);
  });
});
