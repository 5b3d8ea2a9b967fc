import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { isAlive, never, stateDirectory, until } from "./fixtures/support.ts";
import type { ShownLine } from "./part_lines.ts";
import { type PartOptions, startPart } from "./parts.ts";

const entry = fileURLToPath(new URL("fixtures/part.ts", import.meta.url));

function options(t: TestContext, behaviour: object = {}): PartOptions & { home: string; lines: ShownLine[] } {
  const context = stateDirectory(t);
  writeFileSync(join(context.home, "worker.json"), JSON.stringify(behaviour));
  const lines: ShownLine[] = [];
  const environment = { PATH: process.env.PATH, SPOOL_DIR: join(context.home, "spool") };
  return {
    ...context,
    name: "worker",
    entry,
    environment,
    root: "/",
    lines,
    onLine: (line) => lines.push(line),
  };
}

describe("startPart", () => {
  it("resolves when the part works, with what it says of itself", async (t) => {
    const part = await startPart(options(t));
    assert.deepEqual(part.details, { ready: true, pid: part.pid });
    await part.stop(never);
    assert.deepEqual(await part.exited, { code: 0, signal: null });
    assert.equal(part.lastWords(), "");
  });

  it("gives it its environment and nothing of ours", async (t) => {
    const { home, ...rest } = options(t);
    process.env.ROKUGA_TEST_SECRET = "hunter2";
    t.after(() => delete process.env.ROKUGA_TEST_SECRET);
    const part = await startPart(rest);
    await part.stop(never);
    const seen = Object.keys(JSON.parse(readFileSync(join(home, "worker.environment"), "utf8")));
    assert.deepEqual(seen.filter((name) => !name.startsWith("NODE_CHANNEL")).sort(), ["PATH", "SPOOL_DIR"]);
  });

  it("shows its warnings once, and keeps all in the log", async (t) => {
    const { lines, log, ...rest } = options(t, { warns: { camera: "a", attempt: 1 } });
    const part = await startPart({ ...rest, log });
    await until(() => lines.length > 0, "a warning");
    await part.stop(never);
    assert.deepEqual(lines, [{ level: "warn", text: "camera a: no answer (attempt 1)" }]);
    assert.match(
      readFileSync(log.path, "utf8"),
      /"msg":"ready"[\s\S]*"msg":"no answer"[\s\S]*"msg":"stopping"/,
    );
  });

  it("throws the sentence of a part that fails, and shows it nowhere else", async (t) => {
    const { lines, ...rest } = options(t, { fails: "the store says no to s3://key:hunter2@bucket" });
    await assert.rejects(startPart(rest), (error: Error) => {
      assert.match(
        error.message,
        /^The worker cannot start: the store says no to s3:\/\/.*Its log is .*test\.log$/,
      );
      return true;
    });
    assert.deepEqual(lines, []);
  });

  it("throws what Node says of a part that cannot even be read", async (t) => {
    const failing = { ...options(t), entry: "/nowhere/main.ts" };
    await assert.rejects(
      startPart(failing),
      /^CannotStart: The worker cannot start: Cannot find module '\/nowhere\/main\.ts'/,
    );
  });

  it("does not wait for ever, and leaves nothing behind", async (t) => {
    const { home, ...rest } = options(t);
    const silent = join(home, "silent.ts");
    writeFileSync(
      silent,
      `import { writeFileSync } from "node:fs";\nwriteFileSync("${home}/pid", String(process.pid));\nsetInterval(() => {}, 1000);\n`,
    );
    await assert.rejects(
      startPart({ ...rest, entry: silent, readyMs: 1_000 }),
      /did not become ready within 1 s/,
    );
    assert.ok(!isAlive(Number(readFileSync(join(home, "pid"), "utf8"))));
  });

  it("is interrupted by its signal", async (t) => {
    const stop = new AbortController();
    const starting = startPart({ ...options(t), signal: stop.signal });
    stop.abort(new Error("Ctrl-C"));
    await assert.rejects(starting, /^Error: Ctrl-C$/);
  });

  it("kills a deaf part when force is asked for", async (t) => {
    const force = new AbortController();
    const part = await startPart(options(t, { deaf: true }));
    const stopping = part.stop(force.signal);
    force.abort();
    await stopping;
    assert.deepEqual(await part.exited, { code: null, signal: "SIGKILL" });
  });
});
