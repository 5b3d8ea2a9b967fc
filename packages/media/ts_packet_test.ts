import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat, tsPacket } from "./test_data.ts";
import {
  allowsRandomAccess,
  isReadable,
  PACKET_BYTES,
  PacketReader,
  packetId,
  payloadOffset,
  startsUnit,
} from "./ts_packet.ts";

const numbered = (pid: number) => tsPacket(new Uint8Array(184).fill(pid), { pid });

/** PIDs and positions of the packets in `chunks`, whose memory is reused after each push. */
function read(chunks: Uint8Array[]): { pid: number; position: number }[] {
  const found: { pid: number; position: number }[] = [];
  const reader = new PacketReader();
  const note = (bytes: Uint8Array, at: number, position: number) => {
    found.push({ pid: packetId(bytes, at), position });
    assert.equal(bytes[at], 0x47);
    assert.ok(at + PACKET_BYTES <= bytes.length);
  };
  for (const chunk of chunks) {
    const reused = Buffer.from(chunk);
    reader.push(reused, note);
    reused.fill(0);
  }
  reader.finish(note);
  return found;
}

test("hands out every packet of a whole file, the last one too", () => {
  const packets = [numbered(0x31), numbered(0x32), numbered(0x33)];
  const expected = [0x31, 0x32, 0x33].map((pid, index) => ({ pid, position: index * 188 }));
  assert.deepEqual(read([concat(...packets)]), expected);
  assert.deepEqual(read(packets), expected);
});

test("leaves a packet that the end of the file cuts short", () => {
  const file = concat(numbered(0x31), numbered(0x32).subarray(0, 187));
  assert.deepEqual(read([file]), [{ pid: 0x31, position: 0 }]);
});

test("a packet that is cut short in the middle does not swallow the next", () => {
  const file = concat(numbered(0x31), numbered(0x32).subarray(0, 100), numbered(0x33), numbered(0x34));
  assert.deepEqual(read([file]), [
    { pid: 0x31, position: 0 },
    { pid: 0x33, position: 288 },
    { pid: 0x34, position: 476 },
  ]);
});

test("finds the packets after garbage, even if it holds sync bytes", () => {
  const garbage = Uint8Array.from({ length: 301 }, (_, index) => (index % 7 === 0 ? 0x47 : 0x11));
  const positions = read([concat(garbage, numbered(0x31), numbered(0x32))]).map(({ position }) => position);
  assert.deepEqual(positions, [301, 489]);
});

test("the packets found do not depend on how the bytes are divided", () => {
  const part = fc.oneof(
    fc.constant(numbered(0x31)),
    fc.integer({ min: 0, max: 188 }).map((length) => numbered(0x47).subarray(0, length)),
    fc.uint8Array({ maxLength: 400 }),
  );
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 8 }),
      fc.array(fc.integer({ min: 0, max: 500 })),
      (parts, sizes) => {
        const file = concat(...parts);
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const size of sizes) {
          chunks.push(file.subarray(from, from + size));
          from += size;
        }
        chunks.push(file.subarray(from));
        assert.deepEqual(read(chunks), read([file]));
      },
    ),
    { numRuns: 300 },
  );
});

test("tells of a whole packet that nothing follows yet", () => {
  const reader = new PacketReader();
  const seen: number[] = [];
  const note = (_: Uint8Array, __: number, position: number) => seen.push(position);
  reader.push(numbered(0x31).subarray(0, 187), note);
  assert.equal(reader.unconfirmed, undefined);
  reader.push(numbered(0x31).subarray(187), note);
  assert.deepEqual(reader.unconfirmed, numbered(0x31));
  assert.deepEqual(seen, []);
  reader.push(Uint8Array.of(0x47), note);
  assert.equal(reader.unconfirmed, undefined);
  assert.deepEqual(seen, [0]);
});

test("reads the header's fields", () => {
  const plain = tsPacket(new Uint8Array(184), { pid: 0x1abc });
  assert.equal(packetId(plain, 0), 0x1abc);
  assert.equal(startsUnit(plain, 0), false);
  assert.equal(allowsRandomAccess(plain, 0), false);
  assert.equal(payloadOffset(plain, 0), 4);
  const key = tsPacket(new Uint8Array(100), { pid: 0x100, start: true, randomAccess: true });
  assert.equal(startsUnit(key, 0), true);
  assert.equal(allowsRandomAccess(key, 0), true);
  assert.equal(payloadOffset(key, 0), 88);
  const emptyAdaptation = tsPacket(new Uint8Array(183).fill(0x40), { pid: 0x100 });
  assert.equal(payloadOffset(emptyAdaptation, 0), 5);
  assert.equal(allowsRandomAccess(emptyAdaptation, 0), false, "the bit is one of the payload's");
});

test("a packet without payload, damaged or scrambled gives none", () => {
  const packet = tsPacket(new Uint8Array(100), { pid: 0x100 });
  const changed = (at: number, value: number) => packet.with(at, value);
  assert.equal(payloadOffset(changed(3, 0x20), 0), -1);
  assert.equal(payloadOffset(changed(4, 183), 0), -1, "adaptation field up to the end");
  assert.equal(isReadable(packet, 0), true);
  assert.equal(isReadable(changed(1, 0x81), 0), false);
  assert.equal(isReadable(changed(3, 0xb0), 0), false);
});
