import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CausedGap } from "@rokuga/media/api.ts";
import { account, type History, isRight, totalLine } from "./frames.ts";
import { type LoopedFrame, unloop } from "./looped_frames.ts";

const FRAME_MS = 50;
const DELAY_MS = 120;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const play = (numbers: readonly (number | undefined)[], runId = "a") =>
  numbers.map((number, index) => ({
    number,
    atMs: (number ?? numbers[index - 1]!) * FRAME_MS + DELAY_MS,
    runId,
  }));
const ALL = { startMs: 0, endMs: 10_000_000 };

/** 20 s from 100 s on: frames 2000 to 2399. */
const base = (overrides: Partial<History> = {}): History => ({
  camera: "door",
  frameMs: FRAME_MS,
  window: { startMs: 100_000, endMs: 120_000 },
  sent: range(1_900, 2_500),
  played: play(range(2_000, 2_400)),
  gaps: [],
  expected: [{ ...ALL, causes: ["relay-stopped"] }],
  ...overrides,
});
const figures = (history: History) => {
  const { sent, played, inGaps, unexplained } = account(history);
  return { sent, played, inGaps, unexplained };
};
const gap = (from: number, to: number, cause: CausedGap["cause"] = "relay-stopped"): CausedGap => ({
  startMs: from * FRAME_MS + DELAY_MS,
  endMs: to * FRAME_MS + DELAY_MS,
  cause,
});

describe("account", () => {
  it("finds every frame played", () => {
    const result = account(base());
    assert.deepEqual(figures(base()), { sent: 400, played: 400, inGaps: 0, unexplained: 0 });
    assert.ok(isRight(result));
    assert.deepEqual(result.offsetMs, { least: DELAY_MS, most: DELAY_MS });
    assert.equal(totalLine([result, result]), "frames sent 800, played 800, in gaps 0, unexplained 0");
  });

  it("accepts a hole in a gap with the expected cause", () => {
    const played = play([...range(2_000, 2_100), ...range(2_180, 2_400)]);
    const right = base({ played, gaps: [gap(2_100, 2_180)] });
    assert.deepEqual(figures(right), { sent: 400, played: 320, inGaps: 80, unexplained: 0 });
    assert.ok(isRight(account(right)));
    assert.deepEqual(account(right).holes, [
      { startMs: 105_000, endMs: 109_000, frames: 80, causes: ["relay-stopped"] },
    ]);
    const unsent = base({ ...right, sent: [...range(1_900, 2_110), ...range(2_170, 2_500)] });
    assert.deepEqual(figures(unsent), { sent: 340, played: 320, inGaps: 20, unexplained: 0 });
    const twoChapters = [gap(2_100, 2_140), gap(2_140, 2_180, "camera-unreachable")];
    assert.equal(account(base({ played, gaps: twoChapters })).unexplained, 80);
    const both = [{ ...ALL, causes: ["relay-stopped", "camera-unreachable"] as const }];
    assert.ok(isRight(account(base({ played, gaps: twoChapters, expected: both }))));
  });

  it("does not accept a hole without a gap, with another cause, or in another place", () => {
    const played = play([...range(2_000, 2_100), ...range(2_180, 2_400)]);
    assert.equal(account(base({ played })).unexplained, 80);
    assert.equal(account(base({ played, gaps: [gap(2_100, 2_180, "unknown")] })).unexplained, 80);
    for (const [from, to] of [
      [2_080, 2_180],
      [2_100, 2_200],
      [2_100, 2_160],
    ] as const) {
      assert.equal(account(base({ played, gaps: [gap(from, to)] })).unexplained, 80, `${from} to ${to}`);
    }
    const elsewhen = [{ startMs: 0, endMs: 104_000, causes: ["relay-stopped"] as const }];
    assert.equal(account(base({ played, gaps: [gap(2_100, 2_180)], expected: elsewhen })).unexplained, 80);
  });

  it("does not let a single frame go", () => {
    const without = (missing: number) => play(range(2_000, 2_400).filter((number) => number !== missing));
    for (const missing of [2_001, 2_200, 2_398]) {
      const result = account(base({ played: without(missing) }));
      assert.deepEqual([result.unexplained, result.problems.length], [1, 1], `frame ${missing}`);
    }
    // One that was never sent is not missing: the camera was late for it.
    const late = base({ played: without(2_200), sent: range(1_900, 2_500).filter((n) => n !== 2_200) });
    assert.deepEqual(figures(late), { sent: 399, played: 399, inGaps: 0, unexplained: 0 });
    assert.ok(isRight(account(late)));
  });

  it("wants a gap where the camera sent nothing for longer, but for a still in one run", () => {
    const silent = (from: number, to: number, runId = "a") =>
      base({
        played: [...play(range(2_000, from)), ...play(range(to, 2_400), runId)],
        sent: [...range(1_900, from), ...range(to, 2_500)],
      });
    assert.ok(isRight(account(silent(2_050, 2_240))), "9.5 s in one run");
    const long = account(silent(2_050, 2_280));
    assert.deepEqual([long.unexplained, long.problems.length], [0, 1], "11.5 s in one run");
    const twoRuns = silent(2_100, 2_140, "b");
    assert.equal(account(twoRuns).problems.length, 1, "2 s between runs");
    const told = { ...twoRuns, gaps: [gap(2_100, 2_140)] };
    assert.ok(isRight(account(told)));
    assert.ok(isRight(account({ ...silent(2_100, 2_140), gaps: [gap(2_100, 2_140)] })), "told all the same");
  });

  it("counts what is played twice, out of order, unreadable or made up", () => {
    const twice = play([...range(2_000, 2_200), ...range(2_180, 2_400)]);
    assert.equal(account(base({ played: twice })).unexplained, 20);
    const swapped = play([
      ...range(2_000, 2_100),
      ...range(2_140, 2_180),
      ...range(2_100, 2_140),
      ...range(2_180, 2_400),
    ]);
    assert.equal(account(base({ played: swapped })).unexplained, 40);
    const torn = play(range(2_000, 2_400).map((number) => (number === 2_300 ? undefined : number)));
    assert.equal(account(base({ played: torn })).unexplained, 2, "unreadable, and missing");
    const madeUp = play([...range(2_000, 2_400), 2_999]);
    assert.equal(account(base({ played: madeUp })).unexplained, 1);
  });

  it("wants a hole where there is a gap, but for slivers", () => {
    assert.ok(!isRight(account(base({ gaps: [gap(2_100, 2_140)] }))));
    assert.ok(isRight(account(base({ gaps: [gap(2_100, 2_110)] }))));
  });

  it("looks at the ends of the window", () => {
    const tail = base({ played: play(range(2_000, 2_300)) });
    assert.deepEqual(figures(tail), { sent: 400, played: 300, inGaps: 0, unexplained: 100 });
    const head = { startMs: 100_000, endMs: 105_000 + DELAY_MS, cause: "relay-stopped" } as const;
    const late = base({ played: play(range(2_100, 2_400)), gaps: [head] });
    assert.deepEqual(figures(late), { sent: 400, played: 300, inGaps: 100, unexplained: 0 });
    assert.equal(account(base({ ...late, gaps: [] })).unexplained, 100);
    assert.equal(account(base({ played: [] })).unexplained, 400);
  });

  it("sees footage that is not where it belongs", () => {
    const moved = play(range(2_000, 2_400)).map((frame) => ({ ...frame, atMs: frame.atMs + 3_600_000 }));
    assert.deepEqual(account(base({ played: moved })).problems.length, 1);
  });
});

describe("unloop", () => {
  const LENGTH = 100;
  const loop = (
    numbers: readonly number[],
    { runId = "a", fromMs = 100_000, sequence = 0 } = {},
  ): LoopedFrame[] =>
    numbers.map((number, index) => ({ number, atMs: fromMs + index * FRAME_MS, runId, sequence }));
  const check = (frames: LoopedFrame[], gaps: CausedGap[] = []) => {
    const { played, sent, problems } = unloop(frames, { frames: LENGTH, frameMs: FRAME_MS });
    const window = { startMs: frames[0]!.atMs, endMs: frames.at(-1)!.atMs };
    return { result: account(base({ played, sent, window, gaps })), problems };
  };
  const looped = (count: number, from = 0) => range(from, from + count).map((number) => number % LENGTH);

  it("follows the loop over its seam", () => {
    const { result, problems } = check(loop(looped(250)));
    assert.deepEqual([result.played, result.unexplained, problems], [250, 0, []]);
  });

  it("sees a missing and a repeated frame", () => {
    const all = loop(looped(250));
    assert.equal(check(all.filter((_, index) => index !== 130)).result.unexplained, 1);
    assert.equal(check([...all.slice(0, 130), ...all.slice(129)]).result.unexplained, 1);
  });

  it("takes runs apart by the time between them, and wants them whole from the first frame", () => {
    const next = { runId: "b", fromMs: 106_000 };
    const gaps = [{ startMs: 102_000, endMs: 106_000, cause: "relay-stopped" } as const];
    const right = check([...loop(looped(40)), ...loop(looped(60), next)], gaps);
    assert.deepEqual([right.result.played, right.result.inGaps, right.result.unexplained], [100, 80, 0]);
    assert.ok(isRight(right.result));
    assert.equal(check([...loop(looped(40)), ...loop(looped(60), next)]).result.unexplained, 80);
    const cut = check([...loop(looped(40)), ...loop(looped(60, 5), next)], gaps);
    assert.equal(cut.problems.length, 1);
  });
});
