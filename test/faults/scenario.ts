/**
 * One fault, from footage before it to footage after it: records, lets the fault happen, records, waits until what
 * was recorded is stored, and accounts for every frame of every camera.
 */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { TimeRange } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import { type Account, account, type Expectation, isRight, totalLine } from "./frames.ts";
import type { NumberedCamera } from "./numbered_camera.ts";
import { play, readTimeline } from "./playback.ts";
import type { Site } from "./site.ts";

export type ScenarioOptions = {
  /** Causes that its gaps may have; none by default: the fault makes no gap. */
  causes?: readonly GapCause[];
  /** Whether there must be a gap with the first of the causes. Default true. */
  mustShow?: boolean;
  /** For a camera that the fault treats otherwise. */
  causesOf?: Record<string, readonly GapCause[]>;
  /** Recorded before and after the fault, ms. Default 3,000. */
  beforeMs?: number;
  afterMs?: number;
  /** How long storing what was recorded may take after that, ms. Default 45,000. */
  drainMs?: number;
};

const SLACK_MS = 60_000;

/** Plays the scenario, prints its figures and throws when a frame is unexplained or a gap untrue. */
export async function scenario(
  site: Site,
  name: string,
  fault: (moment: { startMs: number }) => Promise<void>,
  options: ScenarioOptions = {},
): Promise<Account[]> {
  const { beforeMs = 3_000, afterMs = 3_000, causes = [], causesOf = {} } = options;
  const startMs = Date.now();
  await delay(beforeMs);
  await fault({ startMs });
  await delay(afterMs);
  const window = { startMs, endMs: Date.now() };
  const drained = await drain(site, window, options.drainMs ?? 45_000);
  const expected = (camera: NumberedCamera) => [
    { ...window, endMs: window.endMs + SLACK_MS, causes: causesOf[camera.id] ?? causes },
  ];
  const accounts = await accountSite(site, { window, expected });
  print(name, accounts, drained);
  for (const one of accounts) {
    const [due] = options.mustShow === false ? [] : (causesOf[one.camera] ?? causes);
    if (due === undefined || one.holes.some((hole) => hole.causes.includes(due))) continue;
    one.problems.push(`there is no gap ${due}: either the fault did not happen or it was not told`);
  }
  const wrong = accounts.filter((one) => !isRight(one));
  if (wrong.length > 0) {
    const problems = wrong.flatMap(({ camera, problems: all }) =>
      all.map((problem) => `${camera}: ${problem}`),
    );
    assert.fail(`${name}: ${totalLine(accounts)}\n${problems.join("\n")}\n${await site.complaints(startMs)}`);
  }
  return accounts;
}

/**
 * Waits until all footage of the window is in the store: nothing of it waits on site and the cameras have stored what
 * came after. Resolves with how long it took, or undefined when time was up; the account then tells what is missing.
 */
export async function drain(site: Site, window: TimeRange, timeoutMs: number): Promise<number | undefined> {
  const startedMs = performance.now();
  const signal = AbortSignal.timeout(timeoutMs);
  const done = async () => {
    for (const { id } of site.cameras) {
      const range = { startMs: window.startMs, endMs: Date.now() };
      const { coverage, gaps } = await readTimeline({ url: site.url, camera: id, range, signal });
      const reached = coverage.some(({ endMs }) => endMs >= window.endMs);
      // What waits at the very end is being recorded.
      const waits = gaps.some((gap) => gap.cause === "waiting-on-site" && gap.startMs < window.endMs);
      if (!reached || waits) return false;
    }
    return true;
  };
  while (!signal.aborted) {
    if (await done().catch(() => false)) return performance.now() - startedMs;
    await delay(250);
  }
  return undefined;
}

/** Accounts for all cameras of a site. Half-stored footage counts as missing: drain it first. */
export async function accountSite(
  site: Site,
  { window, expected }: { window: TimeRange; expected: (camera: NumberedCamera) => readonly Expectation[] },
): Promise<Account[]> {
  const accounts: Account[] = [];
  for (const camera of site.cameras) {
    const signal = AbortSignal.timeout(60_000);
    const { url } = site;
    const { id, frameMs } = camera;
    const playback = await play({ url, camera: id, range: window, frameMs, nearMs: camera.nearMs(), signal });
    const { gaps } = await readTimeline({ url, camera: id, range: window, signal });
    const { played, sent, problems } = await camera.history(playback.frames);
    const result = account({ camera: id, frameMs, window, sent, played, gaps, expected: expected(camera) });
    result.problems.push(...problems, ...playback.complaints);
    accounts.push(result);
  }
  return accounts;
}

/** The figures of a scenario, for people. */
export function print(name: string, accounts: readonly Account[], drainedMs: number | undefined): void {
  const drained =
    drainedMs === undefined ? "not drained in time" : `drained in ${(drainedMs / 1000).toFixed(1)} s`;
  const rows = accounts.map((one) => {
    const holes = one.holes.map(
      ({ startMs, endMs, causes, frames }) =>
        `${((endMs - startMs) / 1000).toFixed(1)} s ${causes.join("+") || (frames > 0 ? "unexplained" : "nothing sent")}`,
    );
    const place = `placed ${one.offsetMs.least} to ${one.offsetMs.most} ms`;
    return `  ${one.camera}: ${totalLine([one])}; ${place}${holes.length > 0 ? `; gaps: ${holes.join(", ")}` : ""}`;
  });
  process.stdout.write(`${name} (${drained})\n${rows.join("\n")}\n  ${totalLine(accounts)}\n`);
}
