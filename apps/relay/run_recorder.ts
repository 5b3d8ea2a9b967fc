/**
 * Turns what FFmpeg writes into one run's directory into closed segments: follows the growing file, and when its
 * successor appears (or the run has ended) finishes, places and publishes it. A segment that cannot be played is
 * quarantined and reported as lost; the run goes on.
 *
 * Everything of one run happens in order, one thing at a time. Files are found by their sequence number, so it
 * does not matter in which order, or how often, the watcher tells of them. What cannot be finished (the disk is
 * full) stays in `open/`, for recovery.ts to finish.
 *
 * One class, although it is long: all its steps share the run's clock, its file and the one order they happen in.
 */
import { mkdir, readdir, rm, truncate } from "node:fs/promises";
import { linkOfSegment } from "@rokuga/media/chain.ts";
import type { EventData, NewEvent, RunEndReason } from "@rokuga/media/events.ts";
import type { SegmentId } from "@rokuga/media/ids.ts";
import { type ClockReading, RunClock } from "@rokuga/media/run_clock.ts";
import { BRIDGE_MS, type Segment, sameVideo, TICKS_PER_SECOND, type Tracks } from "@rokuga/media/segment.ts";
import type { ParseResult } from "@rokuga/media/segment_parser.ts";
import { openDirectory, openSegmentPath, runDirectory, sequenceOf } from "@rokuga/media/spool_layout.ts";
import { canFollow } from "@rokuga/media/ts_fragment_index.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import type { ChainHeads } from "./chain_heads.ts";
import { GrowingFile, READ_BYTES } from "./growing_file.ts";
import { TickUnwrapper } from "./media_time.ts";
import { correctionEvent, endEvent, lossEvent, silenceEvent, startEvent } from "./run_events.ts";
import { splitRun } from "./split_run.ts";
import {
  appendToIndex,
  type ClockState,
  type IndexPlace,
  moveToClosed,
  quarantine,
  type RunFile,
  type RunIdentity,
  writeRunFile,
} from "./spool.ts";

/** A run is moved when it was placed too late by more than this, ms, and is not older than this media time. */
const LATE_MS = 300;
const START_TICKS = 120 * TICKS_PER_SECOND;

/** Where closed segments and events go. */
export type Publish = {
  segment(closed: { segment: Segment; siteId: string; place: IndexPlace; closedAtMs: number }): Promise<void>;
  events(events: readonly NewEvent[]): Promise<void>;
  /** All of a run was placed wrongly and is moved by so much, ms. */
  runMoved(run: RunIdentity, byMs: number): void;
};

export type RunRecorderOptions = {
  spool: string;
  siteId: string;
  cameraId: string;
  runId: string;
  /** Of the wall clock, as the run begins. */
  clock: ClockState;
  publish: Publish;
  chain: ChainHeads;
  readClock: () => ClockReading;
  /** The camera sends other video than the run began with: what comes now needs a run of its own. */
  onChange: () => void;
  /** What came after a change in the middle of a file is a run of its own: it has to be finished. */
  onSplit: (run: RunIdentity) => void;
  log: Log;
};

type OpenSegment = {
  sequence: number;
  file: GrowingFile;
  /** Run ticks minus the parser's ticks; unknown until the first frame. */
  tickOffset: number | undefined;
};

export class RunRecorder {
  readonly #options: RunRecorderOptions;
  readonly #clock: RunClock;
  readonly #ticks = new TickUnwrapper();
  readonly #buffer = new Uint8Array(READ_BYTES);
  readonly #run: RunFile;
  #queue: Promise<void> = Promise.resolve();
  #open: OpenSegment | undefined;
  #nextSequence = 0;
  #firstFragment = 0;
  #video: Tracks["video"] | undefined;
  #announced = false;
  /** End of the last segment that was placed, and of the last one that was handed on, ms. */
  #endMs: number | undefined;
  #publishedUntilMs: number | undefined;
  /** Media time at which the run begins, unwrapped. */
  #firstTicks: number | undefined;
  /** Media time at that end, unwrapped over the run. */
  #endTicks: number | undefined;
  #lastOutputMs: number;
  #ended = false;
  /** Of the run's last closed segment; undefined before it. */
  #link: string | null | undefined;

  constructor(options: RunRecorderOptions) {
    const { siteId, cameraId, runId, clock } = options;
    this.#options = options;
    this.#run = { version: 1, siteId, cameraId, runId, clock, clockSteps: [], correctedByMs: 0 };
    const now = options.readClock();
    this.#clock = new RunClock(now);
    this.#lastOutputMs = now.monotonicMs;
  }

  /** Monotonic time at which bytes last appeared (or the run was prepared), ms. */
  get lastOutputMs(): number {
    return this.#lastOutputMs;
  }

  /** Whether a frame has been recorded. */
  get started(): boolean {
    return this.#run.startMs !== undefined;
  }

  /** From when on the footage is not closed yet, ms since the epoch; undefined before the first frame. */
  get openSinceMs(): number | undefined {
    const sinceMs = this.#publishedUntilMs ?? this.#run.startMs;
    return sinceMs === undefined ? undefined : sinceMs + this.#run.correctedByMs;
  }

  /** Makes the run's directory. To be called before FFmpeg starts. */
  async prepare(): Promise<void> {
    await mkdir(openDirectory(this.#options.spool, this.#options), { recursive: true });
    await writeRunFile(this.#options.spool, this.#run);
  }

  /** A file with this sequence number appeared or has grown. */
  fileChanged(sequence: number): Promise<void> {
    return this.#inOrder(async () => {
      if (this.#ended) return;
      await this.#advanceTo(sequence);
      if (this.#open?.sequence === sequence) await this.#readNew(this.#open);
    });
  }

  /** Notes that the run was placed by a wrong clock, for what will be told of it. */
  correctClock(byMs: number): Promise<void> {
    return this.#inOrder(async () => {
      this.#run.correctedByMs += byMs;
      await writeRunFile(this.#options.spool, this.#run);
    });
  }

  /**
   * FFmpeg is gone: finishes what is there. `whole`: FFmpeg has ended its last file itself. Resolves with whether
   * something is left for recovery. May be called again when it rejects.
   */
  end(reason: RunEndReason, { whole }: { whole: boolean }): Promise<{ leftover: boolean }> {
    return this.#inOrder(async () => {
      this.#ended = true;
      const names = await readdir(openDirectory(this.#options.spool, this.#options));
      const last = Math.max(-1, ...names.map(sequenceOf).filter((sequence) => sequence !== undefined));
      await this.#advanceTo(last);
      if (this.#open) await (whole ? this.#finish(this.#open) : this.#finishTorn(this.#open));
      return await this.#endRun(reason);
    });
  }

  #inOrder<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(step);
    this.#queue = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Makes `sequence` the open segment; all before it are closed, since FFmpeg writes one at a time. */
  async #advanceTo(sequence: number): Promise<void> {
    while (this.#nextSequence <= sequence) {
      if (this.#open) await this.#finish(this.#open);
      const next = this.#nextSequence++;
      const file = await GrowingFile.open(this.#pathOf(next));
      if (file) this.#open = { sequence: next, file, tickOffset: undefined };
    }
  }

  async #readNew(segment: OpenSegment): Promise<void> {
    if (await segment.file.readNew(this.#buffer)) await this.#observe(segment);
  }

  /** Notes when the newest frame had arrived. */
  async #observe(segment: OpenSegment): Promise<void> {
    const now = this.#options.readClock();
    this.#lastOutputMs = now.monotonicMs;
    const { latestTicks, firstTicks } = segment.file.parser;
    if (latestTicks === undefined || firstTicks === undefined) return;
    segment.tickOffset ??= this.#ticks.unwrap(firstTicks) - firstTicks;
    const ticks = latestTicks + segment.tickOffset;
    const step = this.#clock.observe(ticks, now);
    if (step) {
      this.#options.log.warn("the wall clock was stepped; footage keeps its place", {
        byMs: Math.round(step.byMs),
      });
      this.#run.clockSteps.push(step);
      await writeRunFile(this.#options.spool, this.#run);
    }
    if (!this.#announced)
      await this.#announce(firstTicks, Math.round(now.wallMs - (latestTicks - firstTicks) / 90));
    const { tracks, jumped, changedAt } = segment.file.parser;
    const isOther = tracks !== undefined && this.#video !== undefined && !sameVideo(tracks, this.#video);
    if (isOther || jumped || changedAt !== undefined) this.#options.onChange();
  }

  async #announce(startTicks: number, startMs: number): Promise<void> {
    const { spool, cameraId, runId, publish, log } = this.#options;
    this.#run.startMs ??= startMs;
    this.#run.startTicks ??= startTicks;
    await writeRunFile(spool, this.#run);
    await publish.events([startEvent({ cameraId, runId, startMs: this.#run.startMs })]);
    this.#announced = true;
    log.info("recording", { runId });
  }

  async #finish(segment: OpenSegment): Promise<void> {
    await this.#readNew(segment);
    await segment.file.close();
    this.#open = undefined;
    await this.#settle(segment, segment.file.parser.finish());
  }

  /** The last file of a run that was cut off may end in the middle of a frame: it is cut at the last whole one. */
  async #finishTorn(segment: OpenSegment): Promise<void> {
    await this.#readNew(segment);
    await segment.file.close();
    this.#open = undefined;
    const { isBeginning } = segment.file.parser;
    const { keepBytes, result } = segment.file.parser.finishPartial();
    if (!result.ok && isBeginning) {
      // Not even its first picture was whole: the run ended before it.
      await rm(this.#pathOf(segment.sequence), { force: true });
      return;
    }
    if (keepBytes > 0 && keepBytes < segment.file.bytes)
      await truncate(this.#pathOf(segment.sequence), keepBytes);
    await this.#settle(segment, result);
  }

  async #settle(open: OpenSegment, result: ParseResult): Promise<void> {
    const { cameraId, runId } = this.#options;
    const id = { cameraId, runId, sequence: open.sequence };
    const closedAtMs = Math.round(this.#options.readClock().wallMs);
    if (open.file.bytes === 0 && this.#ended) {
      // FFmpeg had opened its last file and written nothing: there was nothing to lose.
      await rm(this.#pathOf(open.sequence), { force: true });
      return;
    }
    if (!result.ok) return await this.#lose(open, result.reason);
    const parsed = result.segment;
    this.#video ??= parsed.tracks.video;
    const startTicks =
      parsed.startTicks + (open.tickOffset ?? this.#ticks.unwrap(parsed.startTicks) - parsed.startTicks);
    const follows = this.#endTicks === undefined || canFollow(this.#endTicks, startTicks);
    if (!follows || !sameVideo(parsed.tracks.video, this.#video)) {
      // Time stamps that jump say nothing of where it lies; when it came does.
      return this.#toldOfSplit(
        await this.#split(id, { atByte: 0, arrivalMs: this.#clock.arrivalOf(startTicks) }),
      );
    }
    const endTicks = startTicks + parsed.mediaDurationTicks;
    const { startMs, endMs, lateByMs } = this.#clock.close({ startTicks, endTicks });
    this.#firstTicks ??= startTicks;
    if (lateByMs > LATE_MS && endTicks - this.#firstTicks < START_TICKS) await this.#moveRun(-lateByMs);
    this.#endTicks = endTicks;
    const beforeMs = this.#endMs;
    this.#endMs = endMs;
    const split =
      result.changedAt === undefined ? undefined : await this.#split(id, { atByte: result.changedAt });
    try {
      const segment: Segment = {
        ...parsed,
        ...id,
        firstFragment: this.#firstFragment,
        startMs,
        sha256: await open.file.sha256(parsed.bytes),
        previous: this.#link === undefined ? await this.#options.chain.head(cameraId) : this.#link,
        wallDurationMs: Math.max(1, endMs - startMs),
      };
      await this.#close(segment, closedAtMs);
    } finally {
      // Only now: what was cut off comes after this segment in the camera's chain.
      if (split) this.#toldOfSplit(split);
    }
    await this.#tellSilence(beforeMs, startMs);
  }

  async #close(segment: Segment, closedAtMs: number): Promise<void> {
    const { spool, siteId, publish, chain } = this.#options;
    this.#firstFragment += segment.fragments.length;
    const place = await appendToIndex(spool, segment);
    // Its line is what counts: whatever fails from here on, it has its place in the chain.
    this.#link = linkOfSegment(segment);
    await chain.recorded(segment);
    await moveToClosed(spool, segment);
    await publish.segment({ segment, siteId, place, closedAtMs });
    this.#publishedUntilMs = segment.startMs + segment.wallDurationMs;
  }

  /**
   * All that had come of the run so far had come late (its first frames in one burst), and so it was placed late:
   * now it is known better. Long after the start the same would rather be a camera's clock that runs too fast.
   */
  async #moveRun(lateMs: number): Promise<void> {
    const { spool, cameraId, runId, publish, readClock, log } = this.#options;
    const byMs = Math.round(lateMs);
    log.warn("the run had begun earlier than it seemed and is moved", { runId, byMs });
    const seenMs = Math.round(readClock().wallMs);
    // First: what cannot be told must not be reckoned with either.
    await publish.events([correctionEvent({ cameraId, runId, seenMs, byMs })]);
    this.#clock.moveBy(byMs);
    this.#run.correctedByMs += byMs;
    publish.runMoved({ cameraId, runId }, byMs);
    await writeRunFile(spool, this.#run);
  }

  /** Time stamps went ahead between two segments: the camera sent no picture in between. */
  async #tellSilence(fromMs: number | undefined, toMs: number): Promise<void> {
    if (fromMs === undefined || toMs - fromMs <= BRIDGE_MS) return;
    const { cameraId, runId, publish } = this.#options;
    await publish.events([silenceEvent({ cameraId, runId, startMs: fromMs, endMs: toMs })]);
  }

  /** Makes what a file holds from a byte on a run of its own. */
  async #split(
    id: SegmentId,
    { atByte, arrivalMs = 0 }: { atByte: number; arrivalMs?: number | undefined },
  ): Promise<RunIdentity> {
    const { spool, readClock } = this.#options;
    const endMs = this.#endMs ?? this.#run.startMs ?? readClock().wallMs;
    const startMs = Math.round(Math.max(endMs, arrivalMs));
    return await splitRun(spool, { from: this.#run, id, atByte, startMs });
  }

  #toldOfSplit(run: RunIdentity): void {
    this.#options.onSplit(run);
    this.#options.onChange();
  }

  async #lose(open: OpenSegment, reason: string): Promise<void> {
    const { spool, cameraId, runId, publish, log, readClock } = this.#options;
    const id = { cameraId, runId, sequence: open.sequence };
    const nowMs = Math.round(readClock().wallMs);
    const startMs = this.#endMs ?? this.#run.startMs ?? nowMs;
    log.error("a segment cannot be played and was set aside", { runId, sequence: open.sequence, reason });
    const data: EventData<"SegmentLost"> = {
      ...id,
      startMs,
      wallDurationMs: Math.max(0, nowMs - startMs),
      bytes: open.file.bytes,
      cause: "corrupt",
      detail: reason.slice(0, 500),
    };
    await publish.events([lossEvent(data, nowMs)]);
    // Nobody knows where what follows has to begin.
    this.#endTicks = undefined;
    // Last: a crash before this finds the file again.
    await quarantine(spool, id, this.#pathOf(open.sequence));
  }

  async #endRun(reason: RunEndReason): Promise<{ leftover: boolean }> {
    const { spool, cameraId, runId, publish, readClock } = this.#options;
    const left = await readdir(openDirectory(spool, this.#options));
    if (!this.started && this.#endMs === undefined && !left.some((name) => sequenceOf(name) !== undefined)) {
      // Not a frame came: there was no run.
      await rm(runDirectory(spool, this.#options), { recursive: true, force: true });
      return { leftover: false };
    }
    if (left.length > 0 || !this.#announced) {
      this.#run.endReason = reason;
      await writeRunFile(spool, this.#run);
      return { leftover: true };
    }
    const nowMs = Math.round(readClock().wallMs);
    const endMs = this.#endMs ?? nowMs;
    this.#run.ended = { endMs, reason };
    await publish.events([endEvent({ cameraId, runId, endMs, reason }, nowMs)]);
    // Last: a run that is not marked as ended is looked at again after a crash.
    await writeRunFile(spool, this.#run);
    return { leftover: false };
  }

  #pathOf(sequence: number): string {
    return openSegmentPath(this.#options.spool, { ...this.#options, sequence });
  }
}
