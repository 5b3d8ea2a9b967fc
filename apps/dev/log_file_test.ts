import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { temporaryDirectory, until } from "./fixtures/support.ts";
import { lastLines, openLogFile } from "./log_file.ts";

describe("log file", () => {
  it("keeps one older generation from start to start", (t) => {
    const path = join(temporaryDirectory(t), "relay.log");
    for (const text of ["first", "second", "third"]) {
      const log = openLogFile(path);
      log.write(text);
      log[Symbol.dispose]();
    }
    assert.equal(readFileSync(path, "utf8"), "third\n");
    assert.equal(readFileSync(`${path}.1`, "utf8"), "second\n");
    assert.ok(!existsSync(`${path}.2`));
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("is limited in size", (t) => {
    const path = join(temporaryDirectory(t), "relay.log");
    const log = openLogFile(path, 1_000);
    for (let line = 0; line < 200; line++) log.write(`line ${line} ${"x".repeat(50)}`);
    log[Symbol.dispose]();
    const bytes = statSync(path).size + statSync(`${path}.1`).size;
    assert.ok(bytes < 2_200, `${bytes} bytes`);
    assert.match(readFileSync(path, "utf8"), /line 199 x+\n$/);
    log.write("after the end is no error");
  });

  it("takes whole lines out of chunks, and credentials out of lines", async (t) => {
    const path = join(temporaryDirectory(t), "relay.log");
    using log = openLogFile(path);
    const stream = new PassThrough();
    const seen: string[] = [];
    log.follow(stream, (line) => seen.push(line));
    stream.write("one rtsp://me:hunter2@came");
    stream.write("ra/1\r\ntwo\nthree");
    stream.end();
    await until(() => seen.length === 3, "three lines");
    assert.equal(readFileSync(path, "utf8"), "one rtsp://***@camera/1\ntwo\nthree\n");
  });
});

describe("lastLines", () => {
  it("keeps the newest", () => {
    const lines = lastLines(2);
    for (const line of ["a", "b", "c redis://:hunter2@x"]) lines.add(line);
    assert.deepEqual(lines.list(), ["b", "c redis://***@x"]);
  });
});
