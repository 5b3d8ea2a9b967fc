/** What holds of the segment parser whatever the bytes are: whole, damaged, cut short or noise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ParsedSegment } from "./segment.ts";
import { type ParseResult, parseSegment, SegmentParser } from "./segment_parser.ts";
import { concat, handMadeSegment, reusedChunks } from "./test_data.ts";

function parserAfter(bytes: Uint8Array, chunk = Math.max(1, bytes.length)): SegmentParser {
  const parser = new SegmentParser();
  for (const part of reusedChunks(bytes, chunk)) parser.push(part);
  return parser;
}

/** x264, 1920x1080, high profile. */
const HD_SPS = "67640028acd940780227e5c044000003000400000300c83c60c65800";

/** A segment with damage: bits flipped, a piece taken out, a piece of noise put in; often none of it. */
const damagedSegment = fc
  .record({
    gops: fc.integer({ min: 1, max: 3 }),
    audio: fc.boolean(),
    frameTicks: fc.constantFrom(3600, 18_000),
    firstPts: fc.constantFrom(126_000, 2 ** 33 - 7200),
    flips: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 7 })), {
      maxLength: 12,
    }),
    cut: fc.tuple(fc.nat(8000), fc.integer({ min: 0, max: 400 })),
    noise: fc.uint8Array({ maxLength: 400 }),
    /** A second segment behind it: what it was, an hour earlier or with another picture. */
    second: fc.constantFrom(undefined, undefined, { firstPts: 144_000 }, { sps: HD_SPS }),
  })
  .map(({ flips, cut: [from, length], noise, second, ...shape }) => {
    const first = handMadeSegment(shape);
    const whole = second ? concat(first, handMadeSegment({ ...shape, ...second })) : first;
    const bytes = concat(whole.subarray(0, from), noise, whole.subarray(from + length));
    for (const [where, bit] of flips) {
      const at = Math.min(Math.floor(where * bytes.length), bytes.length - 1);
      bytes[at]! ^= 1 << bit;
    }
    return bytes;
  });
const anyBytes = fc.oneof(damagedSegment, fc.uint8Array({ maxLength: 2000 }));

function assertSound(result: ParseResult, bytes: number): void {
  if (!result.ok) {
    assert.match(result.reason, /^[A-Z].*\.$/);
    return;
  }
  const { segment, changedAt } = result;
  ParsedSegment.parse(segment);
  assert.equal(segment.bytes, changedAt ?? bytes);
  assert.ok(segment.bytes <= bytes);
  assert.equal(
    segment.fragments.reduce((sum, fragment) => sum + fragment.bytes, 0),
    segment.bytes,
  );
  assert.equal(
    segment.fragments.reduce((sum, fragment) => sum + fragment.durationTicks, 0),
    segment.mediaDurationTicks,
  );
  for (const fragment of segment.fragments) {
    assert.ok(fragment.keyframeBytes > 0 && fragment.keyframeBytes <= fragment.bytes);
  }
}

test("whatever the bytes are, the result is sound", () => {
  let good = 0;
  let changed = 0;
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const result = parseSegment(bytes);
      assertSound(result, bytes.length);
      if (result.ok) good++;
      if (result.ok && result.changedAt !== undefined) changed++;
    }),
    { numRuns: 500 },
  );
  assert.ok(changed > 20, `only ${changed} of 500 changed`);
  assert.ok(good > 50, `only ${good} of 500 were readable: the damage is too great to say anything`);
});

test("the result does not depend on how the bytes are divided", () => {
  fc.assert(
    fc.property(anyBytes, fc.integer({ min: 1, max: 700 }), (bytes, chunk) => {
      const parser = parserAfter(bytes, chunk);
      const whole = parserAfter(bytes);
      const said = (of: SegmentParser) => [of.firstTicks, of.latestTicks, of.tracks, of.changedAt];
      assert.deepEqual(said(parser), said(whole));
      assert.deepEqual(parser.finish(), parseSegment(bytes));
      const [partial, wholePartial] = [
        parserAfter(bytes, chunk).finishPartial(),
        parserAfter(bytes).finishPartial(),
      ];
      assert.deepEqual(partial, wholePartial);
    }),
    { numRuns: 300 },
  );
});

test("what is said of the part before a change is what is said of a file that ends there, but for its last frame", () => {
  let changed = 0;
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const result = parseSegment(bytes);
      if (!result.ok || result.changedAt === undefined) return;
      changed++;
      const alone = parseSegment(bytes.subarray(0, result.changedAt));
      assert.ok(alone.ok);
      assert.equal(alone.changedAt, undefined);
      const timeless = ({ fragments, mediaDurationTicks: _, ...segment }: ParsedSegment) => ({
        ...segment,
        fragments: fragments.map((fragment, index) => ({
          ...fragment,
          durationTicks: index === fragments.length - 1 ? undefined : fragment.durationTicks,
        })),
      });
      assert.deepEqual(timeless(result.segment), timeless(alone.segment));
      assert.equal(result.frames, alone.frames);
    }),
    { numRuns: 500 },
  );
  assert.ok(changed > 20, `only ${changed} of 500 changed`);
});

test("what is kept of a partial file parses to the result that was given", () => {
  fc.assert(
    fc.property(anyBytes, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, share) => {
      const prefix = bytes.subarray(0, Math.ceil(bytes.length * share));
      const { keepBytes, result } = parserAfter(prefix).finishPartial();
      assert.ok(keepBytes >= 0 && keepBytes <= prefix.length);
      assert.deepEqual(result, parseSegment(bytes.subarray(0, keepBytes)));
    }),
    { numRuns: 1000 },
  );
});
