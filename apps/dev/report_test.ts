import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { createReport, formatRow } from "./report.ts";

function terminal({ isTTY }: { isTTY: boolean }) {
  const output = Object.assign(new PassThrough(), {
    isTTY,
    columns: 40,
    getColorDepth: () => 8,
    hasColors: () => true,
  });
  const errors = Object.assign(new PassThrough(), { isTTY });
  const report = createReport({
    output: output as unknown as NodeJS.WriteStream,
    errors: errors as unknown as NodeJS.WriteStream,
  });
  const text = (stream: PassThrough) => String(stream.read() ?? "");
  return { report, output, shown: () => text(output), errors: () => text(errors) };
}

describe("formatRow", () => {
  it("aligns what is there", () => {
    const rows = [
      { name: "PostgreSQL", version: "18.4", origin: "embedded", where: "127.0.0.1:54329" },
      { name: "Store", version: "file", origin: "embedded", where: ".rokuga/store" },
      { name: "FFmpeg", version: "5.1.6", origin: "installed", where: "/usr/bin/ffmpeg" },
      { name: "Worker", version: "0.1.0", origin: "running" },
    ];
    assert.deepEqual(rows.map(formatRow), [
      "  PostgreSQL  18.4      embedded   127.0.0.1:54329",
      "  Store       file      embedded   .rokuga/store",
      "  FFmpeg      5.1.6     installed  /usr/bin/ffmpeg",
      "  Worker      0.1.0     running",
    ]);
  });
});

describe("report without a terminal", () => {
  it("is plain text, without a credential", () => {
    const { report, shown, errors } = terminal({ isTTY: false });
    report.title("Rokuga");
    report.row({ name: "Queue", where: "redis://:hunter2@queue" });
    report.event("Relay", "warn", "camera a: rtsp://me:hunter2@camera/1");
    report.problem("cannot: postgres://me:hunter2@db/x");
    assert.equal(
      shown(),
      "Rokuga\n  Queue                            redis://***@queue\n  Relay       warn   camera a: rtsp://***@camera/1\n",
    );
    assert.equal(errors(), "cannot: postgres://***@db/x\n");
  });

  it("says once what takes long", () => {
    const { report, shown } = terminal({ isTTY: false });
    report.progress("Building", "1 s");
    report.progress("Building", "2 s");
    report.endProgress();
    report.progress("Stopping");
    assert.equal(shown(), "Building\nStopping\n");
  });
});

describe("report in a terminal", () => {
  it("keeps the line of progress at the bottom and within the width", () => {
    const { report, shown } = terminal({ isTTY: true });
    const clear = "\r\x1b[K";
    report.progress("a".repeat(60));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out
    const plain = () => shown().replace(/\x1b\[\d+m/g, "");
    assert.equal(plain(), `${"a".repeat(38)}…`);
    report.note("note");
    assert.equal(plain(), `${clear}note\n${"a".repeat(38)}…`);
    report.endProgress();
    report.note("after");
    assert.equal(plain(), `${clear}after\n`);
  });

  it("survives the terminal", () => {
    const { report, output } = terminal({ isTTY: true });
    output.destroy(new Error("EIO"));
    report.note("nobody reads this");
  });
});
