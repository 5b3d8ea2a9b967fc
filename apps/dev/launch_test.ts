/**
 * The launcher as a whole, as a process: with real PostgreSQL, Redis and guard, and with parts that only say that
 * they work. Every process that a start makes is looked up in the end: none may be left.
 * Long, because its tests share how a launcher is started and watched.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openProducer } from "@rokuga/queue/producer.ts";
import { directories, lockHolder, processes, running, start, stop } from "./fixtures/started.ts";
import { isAlive, temporaryDirectory, until } from "./fixtures/support.ts";
import { findPort, rememberedPort, rememberPort } from "./ports.ts";
import { appUrl, ownerUrl } from "./postgres_roles.ts";

describe("launcher", () => {
  it("starts everything, tells what runs, and starts again with the same data and addresses", async (t) => {
    const { home, environment } = directories(t);
    // Not the usual ports: a launcher of a test beside this one takes those when this one is stopped for a moment.
    mkdirSync(home, { mode: 0o700 });
    for (const service of ["postgres", "redis"]) rememberPort(home, service, await findPort([]));
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
    for (const name of ["postgres", "postgres_app", "postgres_admin", "redis", "media", "setup"]) {
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

  it("starts beside another one at the same moment, each on ports of its own", async (t) => {
    const both = [directories(t), directories(t)].map(({ home, environment }) => ({
      home,
      started: start(t, environment),
    }));
    await Promise.all(both.map(({ started, home }) => running(started, home)));
    const addresses = both.flatMap(({ started }) => started.output().match(/127\.0\.0\.1:\d+/g) ?? []);
    const own = both.map(({ started }) => new Set(started.output().match(/127\.0\.0\.1:\d+/g)).size);
    assert.equal(new Set(addresses).size, own[0]! + own[1]!);
    for (const { started } of both) {
      const port = /^Open http:\/\/127\.0\.0\.1:(\d+)$/m.exec(started.output())?.[1];
      const told = new RegExp(`^Port 3000 is taken by another program: the page is on ${port}\\.$`, "m");
      assert.equal(told.test(started.output()), port !== "3000", started.output());
    }
    assert.deepEqual(await Promise.all(both.map(({ started }) => stop(started))), [0, 0]);
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

  it("uses the database, the queue and the store that it is given, and starts none of its own", async (t) => {
    const [owner, user] = [directories(t), directories(t)];
    const first = start(t, owner.environment);
    await running(first, owner.home);
    const seen = JSON.parse(readFileSync(join(owner.home, "worker.environment"), "utf8"));
    const { DATABASE_URL, REDIS_URL } = seen;
    const STORAGE_URL = "s3://key:hunter2@bucket?region=x";
    // The parts of these tests look for their directory beside the store or the spool.
    const second = start(t, { ...user.environment, DATABASE_URL, REDIS_URL, STORAGE_URL });
    await until(() => /^ {2}Worker/m.test(second.output()), "the worker works");
    const lines = [
      /^ {2}PostgreSQL {2}18\.\d+ {6}given {6}127\.0\.0\.1:\d+\/rokuga$/m,
      /^ {2}(Redis {7}\d\S+ +given {6}127\.0\.0\.1:\d+|Queue {7}18\.\d+ {6}given {6}in PostgreSQL at .*)$/m,
      /^ {2}Store {7}s3 {8}given {6}bucket$/m,
    ];
    for (const line of lines) assert.match(second.output(), line);
    assert.doesNotMatch(second.output(), /hunter2/);
    const given = JSON.parse(readFileSync(join(user.home, "worker.environment"), "utf8"));
    assert.deepEqual(
      [given.DATABASE_URL, given.REDIS_URL, given.STORAGE_URL],
      [DATABASE_URL, REDIS_URL, STORAGE_URL],
    );
    assert.ok(!existsSync(join(user.home, "postgres")) && !existsSync(join(user.home, "redis")));
    second.child.kill("SIGINT");
    await second.ended;
    assert.equal(await stop(first), 0);
  });

  it("gives worker and web the application's user of a given database, and the owner to nobody", async (t) => {
    const [owner, user] = [directories(t), directories(t)];
    const first = start(t, { ...owner.environment, REDIS_URL: "postgres" });
    await running(first, owner.home);
    const port = rememberedPort(owner.home, "postgres")!;
    const [app, ownerAddress] = [appUrl({ home: owner.home, port }), ownerUrl({ home: owner.home, port })];
    const settings = {
      DATABASE_URL: app,
      DATABASE_OWNER_URL: ownerAddress,
      STORAGE_URL: "s3://bucket?region=x",
    };
    const refused = start(t, { ...user.environment, ...settings, REDIS_URL: "postgres" });
    assert.equal(await refused.ended, 1);
    assert.match(
      refused.output(),
      /^The queue cannot be in the database at .* \(REDIS_URL is postgres\): its user rokuga_app may make no tables/m,
    );
    const REDIS_URL = JSON.parse(readFileSync(join(owner.home, "relay.environment"), "utf8")).REDIS_URL;
    const second = start(t, { ...user.environment, ...settings, REDIS_URL });
    await until(() => /^ {2}Worker/m.test(second.output()), "the worker works", 60_000);
    for (const part of ["worker", "relay"]) {
      const seen = JSON.parse(readFileSync(join(user.home, `${part}.environment`), "utf8"));
      assert.deepEqual([seen.DATABASE_URL, seen.REDIS_URL], [part === "worker" ? app : undefined, REDIS_URL]);
      assert.ok(!JSON.stringify(seen).includes(ownerAddress));
    }
    second.child.kill("SIGINT");
    await second.ended;
    assert.equal(await stop(first), 0);
  });

  it("puts the queue on the database when it is told to, or when there is no Redis", async (t) => {
    const { home, environment } = directories(t);
    const started = start(t, { ...environment, REDIS_URL: "postgres" });
    await running(started, home);
    assert.match(started.output(), /^ {2}Queue {17}embedded {3}in PostgreSQL \(REDIS_URL is postgres\)$/m);
    const seen = JSON.parse(readFileSync(join(home, "relay.environment"), "utf8"));
    assert.match(seen.REDIS_URL, /^postgres:\/\/rokuga_queue:.*\/rokuga_queue$/);
    assert.equal(seen.DATABASE_URL, undefined);
    const worker = JSON.parse(readFileSync(join(home, "worker.environment"), "utf8"));
    assert.match(worker.DATABASE_URL, /^postgres:\/\/rokuga_app:.*\/rokuga$/);
    assert.equal(worker.REDIS_URL, seen.REDIS_URL);
    await using producer = openProducer(seen.REDIS_URL, { onError: () => {} });
    assert.equal((await producer.counts()).live.waiting, 0);
    assert.ok(!existsSync(join(home, "redis")));
    assert.equal(await stop(started), 0);
  });
});
