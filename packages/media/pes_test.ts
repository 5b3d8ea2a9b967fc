import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePesHeader, TIMESTAMP_WRAP_TICKS, ticksBetween } from "./pes.ts";
import { fromHex, pesBytes } from "./test_data.ts";

const ticks = fc.integer({ min: 0, max: TIMESTAMP_WRAP_TICKS - 1 });

test("reads a header that FFmpeg wrote: PTS 133200, DTS 126000", () => {
  assert.deepEqual(parsePesHeader(fromHex("000001e0 0000 80c00a 3100091 0a1 11000 7d861 00000001")), {
    pts: 133_200,
    dts: 126_000,
    headerBytes: 19,
    totalBytes: undefined,
  });
});

test("reads back every time stamp of 33 bits", () => {
  fc.assert(
    fc.property(ticks, ticks, (pts, dts) => {
      const header = parsePesHeader(pesBytes(fromHex("00"), { pid: 0, pts, dts }));
      assert.deepEqual([header?.pts, header?.dts], [pts, dts]);
      const single = parsePesHeader(pesBytes(fromHex("00"), { pid: 0, pts }));
      assert.deepEqual([single?.pts, single?.dts], [pts, undefined]);
    }),
  );
});

test("the whole length counts from the start code when it is written", () => {
  const pes = pesBytes(new Uint8Array(50), { pid: 0, pts: 1, withLength: true });
  assert.equal(parsePesHeader(pes)?.totalBytes, pes.length);
});

test("a header without time stamps, or with damaged marker bits, gives none", () => {
  const bare = parsePesHeader(pesBytes(fromHex("65"), { pid: 0 }));
  assert.deepEqual([bare?.pts, bare?.dts, bare?.headerBytes], [undefined, undefined, 9]);
  const damaged = pesBytes(fromHex("65"), { pid: 0, pts: 90_000 });
  assert.equal(parsePesHeader(damaged.with(11, damaged[11]! & 0xfe))?.pts, undefined);
  const forbidden = pesBytes(fromHex("65"), { pid: 0, pts: 90_000 }).with(7, 0x40);
  assert.equal(parsePesHeader(forbidden)?.pts, undefined);
  const tooShort = fromHex("000001e0 0000 80c0 05 2100010001");
  assert.deepEqual([parsePesHeader(tooShort)?.pts, parsePesHeader(tooShort)?.dts], [0, undefined]);
});

test("what is no header is none", () => {
  const pes = pesBytes(fromHex("65"), { pid: 0, pts: 90_000 });
  assert.equal(parsePesHeader(pes.with(2, 2)), undefined);
  assert.equal(parsePesHeader(pes.with(6, 0x40)), undefined);
  assert.equal(parsePesHeader(pes.subarray(0, 8)), undefined);
  assert.equal(parsePesHeader(pes.subarray(0, 13)), undefined, "the header goes on in the next packet");
});

test("ticks between two time stamps go the shorter way round the wrap", () => {
  assert.equal(ticksBetween(1000, 4600), 3600);
  assert.equal(ticksBetween(4600, 1000), -3600);
  assert.equal(ticksBetween(TIMESTAMP_WRAP_TICKS - 1600, 2000), 3600);
  assert.equal(ticksBetween(2000, TIMESTAMP_WRAP_TICKS - 1600), -3600);
  assert.equal(ticksBetween(TIMESTAMP_WRAP_TICKS * 3 + 1000, 4600), 3600, "from a time that was counted on");
  assert.equal(ticksBetween(-2600, 1000), 3600);
});
