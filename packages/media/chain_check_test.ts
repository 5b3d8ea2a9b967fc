import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { linkOf } from "./chain.ts";
import { ChainCheck, type ChainRecord, type ChainResult } from "./chain_check.ts";

const A = "0mk3x0aaaa001";
const B = "0mk3x0bbbb002";
const C = "0mk3x0cccc003";
const sha = (text: string) => createHash("sha256").update(text).digest("hex");
const FORGED = sha("forged");

/** Segments of 10 s, each naming the one before it; runs that follow each other. */
function chainOf(...runs: [runId: string, count: number][]): ChainRecord[] {
  const records: ChainRecord[] = [];
  let previous: string | null = null;
  let startMs = 1_000_000;
  for (const [runId, count] of runs) {
    for (let sequence = 0; sequence < count; sequence++) {
      const id = { cameraId: "door", runId, sequence };
      const sha256 = sha(`${runId}/${sequence}`);
      records.push({ ...id, startMs, endMs: startMs + 10_000, sha256, previous, part: "asked" });
      previous = linkOf({ ...id, sha256, previous });
      startMs += 10_000;
    }
  }
  return records;
}

type Change = Partial<ChainRecord> | null;

/** Checks what is left of these records: with changes by name, null for a record that is gone. */
function check(
  records: readonly ChainRecord[],
  changes: Record<string, Change> = {},
  ends: Record<string, number> = {},
): ChainResult {
  const checker = new ChainCheck();
  for (const [runId, ofRun] of Map.groupBy(records, (record) => record.runId)) {
    checker.beginRun({ runId, fromSequence: 0, startMs: ofRun[0]!.startMs });
    for (const record of ofRun) {
      const change = changes[name(record)];
      if (change !== null) checker.push({ ...record, ...change });
    }
    checker.endRun(ends[runId] ?? ofRun.at(-1)!.endMs);
  }
  return checker.result();
}

const name = ({ runId, sequence }: { runId: string; sequence: number }) => `${runId.slice(6, 7)}${sequence}`;

/** The findings in short. */
const found = ({ changes, holes, unknown }: ChainResult) => [
  ...changes.map((change) =>
    change.kind === "event"
      ? `${name(change.record)}: ${change.field} of the event`
      : `${name(change.record)}: object${change.confirmed ? ", confirmed" : ""}`,
  ),
  ...holes.map(
    ({ runId, fromSequence, toSequence, isBridged }) =>
      `${runId.slice(6, 7)}: ${fromSequence} to ${toSequence ?? "the end"} missing${isBridged ? ", bridged" : ""}`,
  ),
  ...unknown.map(
    ({ by, inPlace, before }) =>
      `${name(by)} names nothing known: ${inPlace}${before ? ` after ${name(before)}` : ""}`,
  ),
];

test("a whole chain over several runs has nothing wrong", () => {
  const records = chainOf([A, 3], [B, 1], [C, 2]);
  const result = check(records);
  assert.deepEqual(found(result), []);
  const { linked, unlinked, beginnings, newest } = result;
  assert.deepEqual([linked, unlinked], [5, 0]);
  assert.deepEqual(beginnings, [{ cameraId: "door", runId: A, sequence: 0 }]);
  const last = records.at(-1)!;
  assert.equal(newest?.link, linkOf({ ...last, sha256: last.sha256! }));
});

test("an object that was changed is told from an event that was", () => {
  const records = chainOf([A, 3], [B, 1]);
  const intact = (index: number) => records[index]!.sha256!;
  assert.deepEqual(found(check(records, { a1: { found: FORGED } })), ["a1: object, confirmed"]);
  assert.deepEqual(found(check(records, { a1: { sha256: FORGED, found: intact(1) } })), [
    "a1: sha256 of the event",
  ]);
  // The last of a run is confirmed by the run that follows; what nobody follows is not.
  assert.deepEqual(found(check(records, { a2: { sha256: FORGED, found: intact(2) } })), [
    "a2: sha256 of the event",
  ]);
  assert.deepEqual(found(check(records, { b0: { found: FORGED } })), ["b0: object"]);
  // Both were changed, so that they agree: only the chain knows.
  assert.deepEqual(found(check(records, { a1: { sha256: FORGED, found: FORGED } })), [
    "a2 names nothing known: segment after a1",
  ]);
  const both = { sha256: FORGED, found: sha("another") };
  assert.deepEqual(found(check(records, { a1: both })), [
    "a1: object",
    "a2 names nothing known: segment after a1",
  ]);
});

test("an event whose named link was changed is found by the link that the next one names", () => {
  const records = chainOf([A, 3], [B, 2]);
  for (const previous of [FORGED, null]) {
    assert.deepEqual(found(check(records, { a1: { previous } })), ["a1: previous of the event"]);
    assert.deepEqual(found(check(records, { b0: { previous } })), ["b0: previous of the event"]);
    assert.deepEqual(found(check(records, { a2: { previous } })), ["a2: previous of the event"]);
  }
  assert.deepEqual(found(check(records, { a0: { previous: FORGED } })), ["a0: previous of the event"]);
  const intact = records[1]!.sha256;
  const both = { previous: FORGED, sha256: sha("too"), found: intact };
  assert.deepEqual(found(check(records, { a1: both })), ["a1: sha256 and previous of the event"]);
  // Nothing came after it: the chain ends in a lie.
  assert.deepEqual(found(check(records, { b1: { previous: FORGED } })), [
    "b1 names nothing known: segment after b0",
  ]);
});

test("what is gone leaves a hole and a link of which nothing is known", () => {
  const records = chainOf([A, 4], [B, 2]);
  assert.deepEqual(found(check(records, { a1: null, a2: null })), [
    "a: 1 to 2 missing",
    "a3 names nothing known: hole after a0",
  ]);
  const { holes } = check(records, { a1: null, a2: null });
  assert.deepEqual([holes[0]!.startMs, holes[0]!.endMs], [1_010_000, 1_030_000]);
  assert.deepEqual(found(check(records, { a0: null })), [
    "a: 0 to 0 missing",
    "a1 names nothing known: hole",
  ]);
  assert.deepEqual(found(check(records, { a3: null })), [
    "a: 3 to the end missing",
    "b0 names nothing known: nothing after a2",
  ]);
  assert.deepEqual(found(check(records, { b1: null })), ["b: 1 to the end missing"]);
  // A whole run.
  assert.deepEqual(found(check(chainOf([A, 2], [B, 2], [C, 1]).filter(({ runId }) => runId !== B))), [
    "c0 names nothing known: nothing after a1",
  ]);
});

test("a run of which only start and end are known had segments, if it was long enough", () => {
  const checker = new ChainCheck();
  checker.beginRun({ runId: A, fromSequence: 0, startMs: 1_000_000 });
  checker.endRun(1_015_000);
  checker.beginRun({ runId: B, fromSequence: 0, startMs: 2_000_000 });
  checker.endRun(2_500_000);
  checker.beginRun({ runId: C, fromSequence: 0, startMs: null });
  checker.endRun(null);
  assert.deepEqual(found(checker.result()), ["b: 0 to the end missing"]);
});

test("a loss that told its place is stepped over; one that did not is said to be why", () => {
  const records = chainOf([A, 3], [B, 1]);
  assert.deepEqual(found(check(records)), []);
  assert.deepEqual(found(check(records, { a1: { sha256: undefined, previous: null } })), [
    "a2 names nothing known: loss after a0",
  ]);
  assert.deepEqual(found(check(records, { a2: { sha256: undefined, previous: null } })), [
    "b0 names nothing known: loss after a1",
  ]);
  // One that never had a place is not missed: the chain goes on without it.
  const corrupt = { ...records[1]!, sequence: 1, sha256: undefined };
  const after = chainOf([A, 2]);
  const shifted = { ...after[1]!, sequence: 2 };
  assert.deepEqual(found(check([after[0]!, corrupt, shifted])), []);
  assert.deepEqual(found(check([after[0]!, corrupt, shifted], { a1: null })), ["a: 1 to 1 missing, bridged"]);
});

test("two runs that begin from the same link, and a segment that was finished late, are no break", () => {
  const records = chainOf([A, 2], [B, 2], [C, 1]);
  const second = records[1]!;
  const fork = linkOf({ ...second, sha256: second.sha256! });
  assert.deepEqual(found(check(records, { c0: { previous: fork } })), []);
  // a2 could not be closed at first: a3 names a1, and a2 does too.
  const late = chainOf([A, 4]);
  const name1 = late[2]!.previous;
  assert.deepEqual(found(check(late.slice(0, 3).concat({ ...late[3]!, previous: name1 }))), []);
});

test("a run whose id says that it came earlier than the one that it follows is found all the same", () => {
  // The clock was set back: the later run has the lower id.
  const [a0, a1, b0] = chainOf([A, 2], [B, 1]) as [ChainRecord, ChainRecord, ChainRecord];
  const renamed = (record: ChainRecord, runId: string, previous: string | null) => ({
    ...record,
    runId,
    previous,
  });
  const c0 = renamed(a0, C, null);
  const c1 = { ...a1, runId: C, previous: linkOf({ ...c0, sha256: c0.sha256! }) };
  const last = renamed(b0, B, linkOf({ ...c1, sha256: c1.sha256! }));
  const result = check([last, c0, c1]);
  assert.deepEqual(found(result), []);
  assert.deepEqual([result.linked, result.unlinked, result.beginnings.length], [2, 0, 1]);
});

test("footage of before there was a chain has no links to check, and is counted", () => {
  const old = chainOf([A, 3]).map((record) => ({ ...record, previous: null }));
  const [first, ...rest] = chainOf([B, 3]);
  const { unlinked, linked, beginnings, ...result } = check([...old, first!, ...rest]);
  assert.deepEqual(found(result as ChainResult), []);
  assert.deepEqual([unlinked, linked, beginnings.map(name)], [3, 2, ["b0"]]);
});

test("of a part of a run the neighbours are asked for their links only", () => {
  const records = chainOf([A, 6]).map((record) => ({
    ...record,
    part: record.sequence < 2 ? ("before" as const) : record.sequence > 3 ? ("after" as const) : record.part,
  }));
  const asked = (changes: Record<string, Change>) => {
    const checker = new ChainCheck();
    checker.beginRun({ runId: A, fromSequence: 1, startMs: null });
    for (const record of records.slice(1, 5)) {
      if (changes[name(record)] !== null) checker.push({ ...record, ...changes[name(record)] });
    }
    checker.endRun(null);
    return checker.result();
  };
  assert.deepEqual([found(asked({})), asked({}).linked], [[], 2]);
  // Whoever changes the last one that is asked for, and its object, is betrayed by the one after it.
  assert.deepEqual(found(asked({ a3: { sha256: FORGED } })), ["a4 names nothing known: segment after a3"]);
  assert.deepEqual(found(asked({ a2: null })), [
    "a: 2 to 2 missing",
    "a3 names nothing known: hole after a1",
  ]);
});
