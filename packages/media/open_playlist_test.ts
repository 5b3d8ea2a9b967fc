import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  appendOrder,
  openPlaylist,
  PATIENCE_MS,
  type Pin,
  parsePin,
  pinOf,
  pinText,
  type Recorded,
} from "./open_playlist.ts";
import type { WholeSegment } from "./playlist_items.ts";

const START = Date.UTC(2026, 0, 31, 9, 0, 0);
const tracks = { video: { codec: "avc1.64001f", width: 1280, height: 720 }, audio: null };
const SEGMENT_MS = 10_000;

type Of = { run?: number; at?: number; recordedMs: number };

/** Segment `sequence` of a run that began `at` ms after START. Times are ms after START. */
function segment(
  sequence: number,
  { run = 0, at = run * 1_000_000, recordedMs }: Of,
): Recorded<WholeSegment> {
  const startMs = START + at + sequence * SEGMENT_MS;
  return {
    runId: `${(START + run).toString(36).padStart(9, "0")}aaaa`,
    beganMs: START + at,
    sequence,
    startMs,
    endMs: startMs + SEGMENT_MS,
    startTicks: sequence * 900_000,
    mediaDurationTicks: 900_000,
    bytes: 1_000,
    key: `${run}-${sequence}.ts`,
    tracks,
    recordedMs: START + recordedMs,
  };
}

const keys = (segments: readonly WholeSegment[]) => segments.map(({ key }) => key);

function listed(segments: readonly Recorded<WholeSegment>[], pin: Pin, nowMs: number): string[] {
  return keys(appendOrder(segments, { pin, nowMs: START + nowMs }));
}

test("what is known when it is opened comes in order of time, what comes then goes to the end", () => {
  const segments = [0, 1, 2].map((sequence) => segment(sequence, { recordedMs: 20_000 - sequence }));
  const pin = pinOf(segments, START + 100_000)!;
  assert.deepEqual([pin.runId, pin.sequence, pin.targetSeconds], [segments[0]!.runId, 0, 15]);
  assert.deepEqual(listed(segments, pin, 100_000), ["0-0.ts", "0-1.ts", "0-2.ts"]);
  const next = segment(3, { recordedMs: 101_000 });
  assert.deepEqual(listed([...segments, next], pin, 101_000).at(-1), "0-3.ts", "at once, since it continues");
});

test("what leaves a hole waits for it to be filled, but not for ever", () => {
  const segments = [segment(0, { recordedMs: 0 }), segment(2, { recordedMs: 100_000 })];
  const pin = pinOf(segments.slice(0, 1), START + 90_000)!;
  assert.deepEqual(listed(segments, pin, 101_000), ["0-0.ts"]);
  const filled = [...segments, segment(1, { recordedMs: 101_000 })];
  assert.deepEqual(listed(filled, pin, 101_000), ["0-0.ts", "0-1.ts", "0-2.ts"]);
  const waited = 100_000 + PATIENCE_MS + 10_000;
  assert.deepEqual(listed(segments, pin, waited - 1), ["0-0.ts"]);
  assert.deepEqual(listed(segments, pin, waited), ["0-0.ts", "0-2.ts"]);
  const late = [...segments, segment(1, { recordedMs: waited })];
  assert.deepEqual(listed(late, pin, waited), ["0-0.ts", "0-2.ts"], "its place is passed");
  const reopened = pinOf(late, START + waited)!;
  assert.deepEqual(listed(late, reopened, waited), ["0-0.ts", "0-1.ts", "0-2.ts"]);
});

test("the next run is a hole of its own: something may have been recorded in between", () => {
  const segments = [segment(0, { recordedMs: 0 }), segment(0, { run: 1, at: 20_000, recordedMs: 100_000 })];
  const pin = pinOf(segments.slice(0, 1), START + 90_000)!;
  assert.deepEqual(listed(segments, pin, 139_999), ["0-0.ts"]);
  assert.deepEqual(listed(segments, pin, 140_000), ["0-0.ts", "1-0.ts"]);
});

test("a playlist keeps to what it began with", () => {
  const first = segment(4, { recordedMs: 1_000 });
  const pin = pinOf([first], START + 2_000)!;
  assert.deepEqual(listed([first], pin, 2_000), ["0-4.ts"]);
  const before = segment(3, { recordedMs: 1_001 });
  assert.deepEqual(listed([before, first], pin, 3_000), ["0-4.ts"]);
  assert.deepEqual(listed([before], pin, 3_000), [], "what it began with is gone");
  assert.equal(pinOf([], START), undefined);
});

test("a pin is a text and back; what is none is refused", () => {
  const pin = { openedMs: START, seenMs: START - 5, targetSeconds: 15, runId: "0mk3x0abcd123", sequence: 42 };
  assert.deepEqual(parsePin(pinText(pin)), pin);
  for (const wrong of ["", "1-2-3-4", `${pinText(pin)}0000000`, "1-x-15-0mk3x0abcd123-42"])
    assert.equal(parsePin(wrong), undefined, wrong);
});

test("the text: an event playlist that begins at the asked moment and has an end when nothing can be added", () => {
  const segments = [segment(0, { recordedMs: 0 }), segment(1, { recordedMs: 0 })];
  const addressOf = (key: string) => ({ before: "m/", own: key, after: "" });
  const options = { fromMs: START + 6_000, targetSeconds: 15, addressOf };
  assert.equal(
    openPlaylist(segments, { ...options, ended: false }),
    `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:15
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-START:TIME-OFFSET=6.000,PRECISE=YES
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:00.000Z
#EXTINF:10.00000,
m/0-0.ts
#EXTINF:10.00000,
m/0-1.ts
`,
  );
  assert.match(openPlaylist(segments, { ...options, ended: true }), /\n#EXT-X-ENDLIST\n$/);
});

/** Segments of runs that may overlap, recorded in any order; and how long each append took to become visible, ms. */
const anyArrivals = fc
  .array(
    fc.record({
      run: fc.nat(2),
      sequence: fc.nat(14),
      recordedMs: fc.integer({ min: 0, max: 120_000 }),
      commitMs: fc.integer({ min: 1, max: 9_000 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((all) => {
    const once = new Map(all.map((one) => [`${one.run}-${one.sequence}`, one]));
    // Appends of a camera take turns: none is recorded before the one before it is visible.
    let freeMs = 0;
    return [...once.values()]
      .sort((a, b) => a.recordedMs - b.recordedMs)
      .map(({ run, sequence, recordedMs, commitMs }) => {
        const at = Math.max(recordedMs, freeMs);
        freeMs = at + commitMs;
        return { segment: segment(sequence, { run, at: run * 70_000, recordedMs: at }), visibleMs: freeMs };
      });
  });

test("property: a reload lists all that was listed, in its place, and in the end all that came in time", () => {
  fc.assert(
    fc.property(
      anyArrivals,
      fc.integer({ min: 0, max: 120_000 }),
      // As often as players load.
      fc.array(fc.integer({ min: 0, max: 8_000 }), { minLength: 20, maxLength: 30 }),
      (arrivals, openedMs, steps) => {
        const visible = (nowMs: number) =>
          arrivals.filter(({ visibleMs }) => visibleMs <= nowMs).map((one) => one.segment);
        const pin = pinOf(visible(openedMs), START + openedMs);
        if (!pin) return;
        let nowMs = openedMs;
        let last = listed(visible(nowMs), pin, nowMs);
        assert.ok(last.length > 0);
        for (const step of [...steps, 1_000_000]) {
          nowMs += step;
          const all: WholeSegment[] = appendOrder(visible(nowMs), { pin, nowMs: START + nowMs });
          assert.deepEqual(keys(all).slice(0, last.length), last);
          for (const [index, one] of all.entries()) {
            assert.ok(index === 0 || one.startMs >= all[index - 1]!.endMs - 500, "in order of time");
          }
          last = keys(all);
        }
        const everything = listed(visible(nowMs), pinOf(visible(nowMs), START + nowMs)!, nowMs);
        assert.ok(everything.length >= last.length, "who opens it later sees more");
      },
    ),
    { numRuns: 1_000 },
  );
});
