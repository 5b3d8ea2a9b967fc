import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, fromHex, patSection, pmtSection, section } from "./test_data.ts";
import { ProgramReader } from "./ts_program.ts";

const payloadOf = (bytes: Uint8Array) => concat(Uint8Array.of(0), bytes);

function programAfter(...sections: [pid: number, bytes: Uint8Array][]) {
  const reader = new ProgramReader();
  for (const [pid, bytes] of sections) reader.push(pid, payloadOf(bytes), true);
  return reader.program;
}

test("finds H.264 video and AAC audio by PAT and PMT", () => {
  const pmt = pmtSection([
    { type: 0x0f, pid: 0x200 },
    { type: 0x1b, pid: 0x201 },
  ]);
  assert.deepEqual(programAfter([0, patSection(0x50)], [0x50, pmt]), {
    number: 1,
    pmtPid: 0x50,
    streamTypes: [0x0f, 0x1b],
    video: { pid: 0x201, codec: "h264" },
    audioPid: 0x200,
  });
});

test("reads the PMT that FFmpeg writes for H.265, with its registration descriptor", () => {
  const body = fromHex("e100 f000 24 e100 f006 0504 48455643 0f e101 f000");
  const program = programAfter([0, patSection()], [0x1000, section(2, 1, body)]);
  assert.deepEqual(program.video, { pid: 0x100, codec: "h265" });
  assert.equal(program.audioPid, 0x101);
});

test("skips descriptors of the program and the network PID in the PAT", () => {
  const pat = section(0, 1, fromHex("0000e010 0007e050"));
  const pmt = section(2, 7, fromHex("e100 f004 deadbeef 1b e100 f000"));
  assert.deepEqual(programAfter([0, pat], [0x50, pmt]).video, { pid: 0x100, codec: "h264" });
});

test("audio of another type is no audio", () => {
  const pmt = pmtSection([
    { type: 0x1b, pid: 0x100 },
    { type: 0x03, pid: 0x101 },
    { type: 0x81, pid: 0x102 },
  ]);
  const program = programAfter([0, patSection()], [0x1000, pmt]);
  assert.equal(program.audioPid, undefined);
  assert.deepEqual(program.streamTypes, [0x1b, 0x03, 0x81]);
});

test("ignores tables that are damaged, not yet current, of another program or another PID", () => {
  const pat = patSection();
  const pmt = pmtSection([{ type: 0x1b, pid: 0x100 }]);
  assert.deepEqual(programAfter([0, pat.with(11, 1)]), {});
  const later = section(0, 1, fromHex("0001e050"), false);
  assert.deepEqual(programAfter([0, later]), {});
  const known = { number: 1, pmtPid: 0x1000 };
  assert.deepEqual(programAfter([0, pat], [0x1000, pmtSection([{ type: 0x1b, pid: 0x100 }], 2)]), known);
  assert.deepEqual(programAfter([0, pat], [0x1001, pmt]), known);
  assert.deepEqual(programAfter([0, pat], [0x1000, pat]), known);
});

test("a repeated PAT changes nothing, a new one starts over", () => {
  const pmt = pmtSection([{ type: 0x1b, pid: 0x100 }]);
  const repeated = programAfter([0, patSection()], [0x1000, pmt], [0, patSection()]);
  assert.deepEqual(repeated.video, { pid: 0x100, codec: "h264" });
  const moved = programAfter([0, patSection()], [0x1000, pmt], [0, patSection(0x60)]);
  assert.deepEqual(moved, { number: 1, pmtPid: 0x60 });
});

test("a PMT that began on another PID is not completed on the new one", () => {
  const reader = new ProgramReader();
  const pmt = pmtSection([{ type: 0x1b, pid: 0x100 }]);
  reader.push(0, payloadOf(patSection(0x50)), true);
  reader.push(0x50, payloadOf(pmt.subarray(0, 10)), true);
  reader.push(0, payloadOf(patSection(0x60)), true);
  reader.push(0x60, pmt.subarray(10), false);
  assert.equal(reader.program.video, undefined);
  reader.push(0x60, payloadOf(pmt.subarray(0, 10)), true);
  reader.push(0x60, pmt.subarray(10), false);
  assert.deepEqual(reader.program.video, { pid: 0x100, codec: "h264" });
});

test("lengths that point outside the section do not lead outside", () => {
  const beyondStreams = section(2, 1, fromHex("e100 ffff 1b e100 f000"));
  assert.deepEqual(programAfter([0, patSection()], [0x1000, beyondStreams]).streamTypes, []);
  const beyondStream = section(2, 1, fromHex("e100 f000 0f e101 ffff 1b e100 f000"));
  assert.deepEqual(programAfter([0, patSection()], [0x1000, beyondStream]).streamTypes, [0x0f]);
});
