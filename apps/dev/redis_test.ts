import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  isAlive,
  killNow,
  murder,
  never,
  program,
  stateDirectory,
  temporaryDirectory,
  until,
} from "./fixtures/support.ts";
import { findPort, isPortFree } from "./ports.ts";
import { findRedis, probeRedis, redisUrl, startRedis, stopOrphanRedis } from "./redis.ts";
import { askRedis } from "./redis_client.ts";

const found = await findRedis(process.env.PATH, never);
const skip = "missing" in found ? found.missing : false;
const command = "command" in found ? found.command : "";

async function started(t: TestContext, context: ReturnType<typeof stateDirectory>, port?: number) {
  const chosen = port ?? (await findPort([]));
  const running = await startRedis({ ...context, command, port: chosen });
  t.after(() => killNow(running.pid));
  return { ...running, url: redisUrl(context.home, chosen), port: chosen };
}

function owner(t: TestContext, home: string, { port, guarded }: { port: number; guarded: boolean }) {
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  return program(
    t,
    `
    import { startRedis } from ${url("redis.ts")};
    import { openLogFile } from ${url("log_file.ts")};
    import { guardChildren } from ${JSON.stringify(import.meta.resolve("@rokuga/runtime/guard.ts"))};
    const none = { pid: undefined, register() {}, unregister() {}, async [Symbol.asyncDispose]() {} };
    const { pid } = await startRedis({
      command: ${JSON.stringify(command)}, home: ${JSON.stringify(home)}, port: ${port}, signal: new AbortController().signal,
      guard: ${guarded ? "guardChildren()" : "none"}, log: openLogFile(${JSON.stringify(join(home, "logs", "owner.log"))}),
    });
    console.log(JSON.stringify({ pid }));
    setInterval(() => {}, 1000);
    `,
  );
}

describe("embedded Redis", { skip }, () => {
  it("keeps its data from one start to the next, for this machine and with a password only", async (t) => {
    const context = stateDirectory(t);
    const first = await started(t, context);
    assert.match(first.details.version, /^\d+\.\d+\.\d+$/);
    const [info = ""] = await askRedis(first.url, [["INFO", "everything"]]);
    for (const line of ["aof_enabled:1", "maxmemory_policy:noeviction"]) assert.ok(info.includes(line), line);
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address, family, internal } of addresses) {
      if (family !== "IPv4" || internal) continue;
      await assert.rejects(askRedis(`redis://${address}:${first.port}`, [["PING"]]), /ECONNREFUSED/);
    }
    await assert.rejects(askRedis(`redis://127.0.0.1:${first.port}`, [["PING"]]), /NOAUTH/);
    await askRedis(first.url, [["SET", "kept", "録画"]]);
    const password = readFileSync(join(context.home, "secrets", "redis"), "utf8").trim();
    const commandLine = spawnSync("ps", ["-o", "command=", "-p", String(first.pid)], {
      encoding: "utf8",
    }).stdout;
    assert.ok(!commandLine.includes(password), "the process list has no password");
    await first.stop(never);
    assert.deepEqual(await first.exited, { code: 0, signal: null });

    const second = await started(t, context);
    assert.deepEqual(await askRedis(second.url, [["GET", "kept"]]), ["録画"]);
    await second.stop(never);
  });

  it("goes when its owner is killed", async (t) => {
    const context = stateDirectory(t);
    const port = await findPort([]);
    const { child, said } = owner(t, context.home, { port, guarded: true });
    const { pid } = await said();
    t.after(() => killNow(pid));
    await murder(child);
    await until(() => !isAlive(pid), "Redis gone");
  });

  it("ends an orphan with its data written, and leaves a stranger alone", async (t) => {
    const context = stateDirectory(t);
    const port = await findPort([]);
    const { child, said } = owner(t, context.home, { port, guarded: false });
    const { pid } = await said();
    t.after(() => killNow(pid));
    await askRedis(redisUrl(context.home, port), [["SET", "kept", "yes"]]);
    await murder(child);
    const other = stateDirectory(t);
    await stopOrphanRedis(other.home, port, never);
    assert.ok(isAlive(pid), "another state directory's Redis is not ours to end");
    await stopOrphanRedis(context.home, port, never);
    await until(() => !isAlive(pid), "the orphan gone");
    assert.ok(await isPortFree(port));
    const next = await started(t, context, port);
    assert.deepEqual(await askRedis(next.url, [["GET", "kept"]]), ["yes"]);
    await next.stop(never);
  });

  it("says in a sentence what is wrong", async (t) => {
    const context = stateDirectory(t);
    const first = await started(t, context);
    await assert.rejects(
      started(t, stateDirectory(t), first.port),
      /The embedded Redis cannot start \(exit code 1\):\n[\s\S]*Address already in use/,
    );

    const wrong = `redis://:not-the-password@127.0.0.1:${first.port}`;
    await assert.rejects(probeRedis(wrong, never), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`^Cannot use the Redis at 127.0.0.1:${first.port} \\(REDIS_URL\\): WRONGPASS`),
      );
      assert.ok(!error.message.includes("not-the-password"));
      return true;
    });
    assert.match((await probeRedis(first.url, never)).version, /^\d+\./);
    await first.stop(never);
    await assert.rejects(probeRedis(first.url, never), /ECONNREFUSED.*Start it or correct REDIS_URL/);
  });

  it("does not wait for ever on a port that accepts and says nothing", { timeout: 20_000 }, async (t) => {
    const server = createServer();
    t.after(() => server.close());
    server.on("connection", (socket) => t.after(() => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await assert.rejects(probeRedis(`redis://127.0.0.1:${port}`, never), /no answer within 5 s/);
  });
});

describe("findRedis", () => {
  const fake = (t: TestContext, version: string) => {
    const directory = temporaryDirectory(t);
    const text = `#!/bin/sh\necho 'Redis server v=${version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64'\n`;
    writeFileSync(join(directory, "redis-server"), text, { mode: 0o755 });
    return directory;
  };

  it("takes an installed one that is recent enough", async (t) => {
    for (const version of ["6.2.0", "7.0.15", "10.1.0"]) {
      const directory = fake(t, version);
      assert.deepEqual(await findRedis(directory, never), { command: join(directory, "redis-server") });
    }
  });

  it("does without one that is too old or absent", async (t) => {
    const directory = fake(t, "6.0.16");
    assert.deepEqual(await findRedis(directory, never), {
      missing: `${directory}/redis-server is older than 6.2`,
    });
    assert.deepEqual(await findRedis(temporaryDirectory(t), never), {
      missing: "no redis-server is installed",
    });
  });
});
