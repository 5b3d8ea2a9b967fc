import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fullBucket, refill, take, waitMs } from "./token_bucket.ts";
import { type Importance, LONGEST_WAIT_MS, type Turn, UploadTurns } from "./upload_turns.ts";

const PIECE = 64 * 1024;

describe("a token bucket", () => {
  // 8 Mbit/s: 1,000 bytes in a millisecond, 250,000 at once.
  const full = fullBucket(8_000_000, 0);

  test("gives a burst of 250 ms, then what time brings", () => {
    assert.equal(waitMs(full, 250_000), 0);
    const empty = take(full, 250_000);
    assert.equal(waitMs(empty, 1_000), 1);
    assert.equal(waitMs(empty, 100_000), 100);
    assert.equal(waitMs(refill(empty, 60), 100_000), 40);
    assert.equal(refill(empty, 10_000).tokens, 250_000);
  });

  test("a piece that is larger than a burst is paid for afterwards", () => {
    const slow = fullBucket(800_000, 0);
    assert.equal(waitMs(slow, PIECE), 0);
    const after = take(slow, PIECE);
    assert.equal(waitMs(after, PIECE), PIECE / 100);
  });

  test("a clock that does not move, or back, gives nothing", () => {
    const empty = take(full, 250_000);
    assert.equal(refill(empty, 0).tokens, 0);
    assert.equal(refill(empty, -1_000).tokens, 0);
  });
});

/** Pieces that are let go from `fromMs` on, asking again as told: `[atMs, importance]`. */
function drain(turns: UploadTurns, fromMs: number): [number, Importance][] {
  const given: [number, Importance][] = [];
  for (let nowMs = fromMs; ; ) {
    const next = turns.next(nowMs);
    if (next === undefined) return given;
    if (typeof next === "number") nowMs += next;
    else given.push([nowMs, next.importance]);
    assert.ok(given.length < 1_000);
  }
}
const piece = (importance: Importance, askedMs = 0, bytes = PIECE): Turn => ({ importance, bytes, askedMs });

describe("without a cap", () => {
  const uncapped = () => new UploadTurns({ bitsPerSecond: undefined, nowMs: 0 });

  test("the backlog goes when nothing live is in flight", () => {
    const turns = uncapped();
    turns.ask(piece("backlog"));
    turns.ask(piece("backlog"));
    assert.deepEqual(drain(turns, 0), [
      [0, "backlog"],
      [0, "backlog"],
    ]);
    assert.equal(turns.next(0), undefined);
  });

  test("the backlog waits for the live upload, and not longer", () => {
    const turns = uncapped();
    turns.begin("live");
    turns.begin("live");
    turns.ask(piece("backlog", 100));
    assert.equal(turns.next(100), LONGEST_WAIT_MS);
    turns.end("live");
    assert.equal(turns.next(300), LONGEST_WAIT_MS - 200);
    turns.end("live");
    assert.deepEqual(drain(turns, 300), [[300, "backlog"]]);
  });

  test("each piece of the backlog waits 5 s at most", () => {
    const turns = uncapped();
    turns.begin("live");
    turns.ask(piece("backlog", 0));
    turns.ask(piece("backlog", 1_000));
    assert.deepEqual(drain(turns, 0), [
      [5_000, "backlog"],
      [6_000, "backlog"],
    ]);
  });

  test("a turn that is withdrawn is not given", () => {
    const turns = uncapped();
    const turn = piece("backlog");
    turns.ask(turn);
    turns.withdraw(turn);
    turns.withdraw(turn);
    assert.equal(turns.next(0), undefined);
  });
});

describe("with a cap", () => {
  // A piece in 100 ms, so two at once.
  const capped = () => new UploadTurns({ bitsPerSecond: (PIECE * 8_000) / 100, nowMs: 0 });

  test("the rate is kept, whatever is sent", () => {
    const turns = capped();
    for (let count = 0; count < 12; count++) turns.ask(piece("backlog", 0));
    const times = drain(turns, 0).map(([atMs]) => Math.round(atMs));
    assert.deepEqual(times, [0, 0, 50, 150, 250, 350, 450, 550, 650, 750, 850, 950]);
  });

  test("live pieces come before those of the backlog that asked earlier", () => {
    const turns = capped();
    for (const importance of ["backlog", "backlog", "backlog", "live", "live"] as const)
      turns.ask(piece(importance));
    assert.deepEqual(
      drain(turns, 0).map(([, importance]) => importance),
      ["live", "live", "backlog", "backlog", "backlog"],
    );
  });

  test("what live uploads leave of the cap is the backlog's, also while they are in flight", () => {
    const turns = capped();
    turns.begin("live");
    turns.ask(piece("backlog"));
    assert.deepEqual(drain(turns, 0), [[0, "backlog"]]);
  });

  test("live pieces that take the whole cap leave the overdue backlog every other turn at most", () => {
    const turns = capped();
    for (let count = 0; count < 60; count++) turns.ask(piece("live", 0));
    for (let count = 0; count < 4; count++) turns.ask(piece("backlog", 0));
    const given = drain(turns, 0).map(([, importance]) => importance);
    const first = given.indexOf("backlog");
    assert.ok(first >= 50 && first <= 53, `${first}`);
    assert.deepEqual(given.slice(first, first + 8), [
      ...["backlog", "live", "backlog", "live"],
      ...["backlog", "live", "backlog", "live"],
    ]);
  });
});
