/**
 * Turns what FFmpeg writes into one run's directory into closed segments: follows the growing file, and when its
 * successor appears (or the run has ended) finishes, places and publishes it. A segment that cannot be played is
 * quarantined and reported as lost; the run goes on.
 *
 * Everything of one run happens in order, one thing at a time. Files are found by their sequence number, so it
 * does not matter in which order, or how often, the watcher tells of them.
 */
import { type FileHandle, open, readdir, rm, truncate } from "node:fs/promises";
import type { EventData, NewEvent, RunEndReason } from "@rokuga/media/events.ts";
import { runEventId, segmentEventId } from "@rokuga/media/ids.ts";
import { type ClockReading, RunClock } from "@rokuga/media/run_clock.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { type ParseResult, SegmentParser } from "@rokuga/media/segment_parser.ts";
import { runDirectory, segmentPath, sequenceOf } from "@rokuga/media/spool_layout.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { TickUnwrapper } from "./media_time.ts";
import { appendToIndex, quarantine, type RunFile, writeRunFile } from "./spool.ts";

/** Bytes read at a time from a growing file. */
const READ_BYTES = 256 * 1024;

export type Publish = {
  segment(segment: Segment, closedAtMs: number): Promise<void>;
  event(event: NewEvent): Promise<void>;
};

export type RunRecorderOptions = {
  spool: string;
  siteId: string;
  cameraId: string;
  runId: string;
  publish: Publish;
  readClock: () => ClockReading;
  log: Log;
};

type OpenSegment = {
  sequence: number;
  handle: FileHandle;
  offset: number;
  parser: SegmentParser;
  /** Run ticks minus the parser's ticks; unknown until the first frame. */
  tickOffset: number | undefined;
};

export class RunRecorder {
  readonly #options: RunRecorderOptions;
  readonly #clock: RunClock;
  readonly #ticks = new TickUnwrapper();
  readonly #buffer = new Uint8Array(READ_BYTES);
  #queue: Promise<void> = Promise.resolve();
  #open: OpenSegment | undefined;
  #nextSequence = 0;
  #firstFragment = 0;
  #run: RunFile | undefined;
  #endMs: number | undefined;
  #lastOutputMs: number;
  #ended = false;

  constructor(options: RunRecorderOptions) {
    this.#options = options;
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
    return this.#run !== undefined;
  }

  /** A file with this sequence number appeared or has grown. */
  fileChanged(sequence: number): Promise<void> {
    return this.#inOrder(async () => {
      if (this.#ended) return;
      await this.#advanceTo(sequence);
      if (this.#open?.sequence === sequence) await this.#readNew(this.#open);
    });
  }

  /** FFmpeg is gone: finishes what is there. `whole`: FFmpeg has ended its last file itself. */
  end(reason: RunEndReason, { whole }: { whole: boolean }): Promise<void> {
    return this.#inOrder(async () => {
      if (this.#ended) return;
      this.#ended = true;
      const names = await readdir(runDirectory(this.#options.spool, this.#options));
      const last = Math.max(-1, ...names.map(sequenceOf).filter((sequence) => sequence !== undefined));
      await this.#advanceTo(last);
      if (this.#open) await (whole ? this.#finish(this.#open) : this.#finishTorn(this.#open));
      await this.#endRun(reason);
    });
  }

  #inOrder(step: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(step);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Makes `sequence` the open segment; all before it are closed, since FFmpeg writes one at a time. */
  async #advanceTo(sequence: number): Promise<void> {
    while (this.#nextSequence <= sequence) {
      if (this.#open) await this.#finish(this.#open);
      const next = this.#nextSequence++;
      const handle = await open(
        segmentPath(this.#options.spool, { ...this.#options, sequence: next }),
        "r",
      ).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      });
      if (!handle) continue;
      this.#open = { sequence: next, handle, offset: 0, parser: new SegmentParser(), tickOffset: undefined };
    }
  }

  async #readNew(segment: OpenSegment): Promise<void> {
    const before = segment.offset;
    for (let full = true; full; ) {
      const { bytesRead } = await segment.handle.read(this.#buffer, 0, READ_BYTES, segment.offset);
      segment.offset += bytesRead;
      segment.parser.push(this.#buffer.subarray(0, bytesRead));
      // Less than was asked for is the end: another read would only say so.
      full = bytesRead === READ_BYTES;
    }
    if (segment.offset > before) await this.#observe(segment);
  }

  /** Notes when the newest frame had arrived. */
  async #observe(segment: OpenSegment): Promise<void> {
    const now = this.#options.readClock();
    this.#lastOutputMs = now.monotonicMs;
    const { latestTicks, firstTicks } = segment.parser;
    if (latestTicks === undefined || firstTicks === undefined) return;
    segment.tickOffset ??= this.#ticks.unwrap(firstTicks) - firstTicks;
    const ticks = latestTicks + segment.tickOffset;
    const step = this.#clock.observe(ticks, now);
    if (step && this.#run) {
      this.#options.log.warn("the wall clock was stepped; footage keeps its place", {
        byMs: Math.round(step.byMs),
      });
      this.#run.clockSteps.push(step);
      await writeRunFile(this.#options.spool, this.#run);
    }
    if (!this.#run)
      await this.#startRun(firstTicks, Math.round(now.wallMs - (latestTicks - firstTicks) / 90));
  }

  async #startRun(startTicks: number, startMs: number): Promise<void> {
    const { spool, siteId, cameraId, runId, publish, log } = this.#options;
    this.#run = { version: 1, siteId, cameraId, runId, startMs, startTicks, clockSteps: [] };
    await writeRunFile(spool, this.#run);
    await publish.event({
      eventId: runEventId(this.#options, "RunStarted"),
      type: "RunStarted",
      version: 1,
      occurredAtMs: startMs,
      data: { cameraId, runId, startMs },
    });
    log.info("recording", { runId });
  }

  async #finish(segment: OpenSegment): Promise<void> {
    await this.#readNew(segment);
    await segment.handle.close();
    this.#open = undefined;
    await this.#settle(segment, segment.parser.finish());
  }

  /** The last file of a run that was cut off may end in the middle of a frame: it is cut at the last whole one. */
  async #finishTorn(segment: OpenSegment): Promise<void> {
    await this.#readNew(segment);
    await segment.handle.close();
    this.#open = undefined;
    const { keepBytes, result } = segment.parser.finishPartial();
    if (keepBytes > 0 && keepBytes < segment.offset) {
      await truncate(
        segmentPath(this.#options.spool, { ...this.#options, sequence: segment.sequence }),
        keepBytes,
      );
    }
    await this.#settle(segment, result);
  }

  async #settle(open: OpenSegment, result: ParseResult): Promise<void> {
    const { spool, cameraId, runId, publish } = this.#options;
    const id = { cameraId, runId, sequence: open.sequence };
    const closedAtMs = Math.round(this.#options.readClock().wallMs);
    if (open.offset === 0 && this.#ended) {
      // FFmpeg had opened its last file and written nothing: there was nothing to lose.
      await rm(segmentPath(spool, id), { force: true });
      return;
    }
    if (!result.ok) return await this.#lose(open, result.reason);
    const parsed = result.segment;
    const startTicks =
      parsed.startTicks + (open.tickOffset ?? this.#ticks.unwrap(parsed.startTicks) - parsed.startTicks);
    const { startMs, endMs } = this.#clock.close({
      startTicks,
      endTicks: startTicks + parsed.mediaDurationTicks,
    });
    this.#endMs = endMs;
    const segment: Segment = {
      ...parsed,
      ...id,
      firstFragment: this.#firstFragment,
      startMs,
      wallDurationMs: Math.max(1, endMs - startMs),
    };
    this.#firstFragment += parsed.fragments.length;
    await appendToIndex(spool, segment);
    await publish.segment(segment, closedAtMs);
  }

  async #lose(open: OpenSegment, reason: string): Promise<void> {
    const { spool, cameraId, runId, publish, log, readClock } = this.#options;
    const id = { cameraId, runId, sequence: open.sequence };
    const nowMs = Math.round(readClock().wallMs);
    const startMs = this.#endMs ?? this.#run?.startMs ?? nowMs;
    log.error("a segment cannot be played and was set aside", { runId, sequence: open.sequence, reason });
    const data: EventData<"SegmentLost"> = {
      ...id,
      startMs,
      wallDurationMs: Math.max(0, nowMs - startMs),
      bytes: open.offset,
      cause: "corrupt",
      detail: reason.slice(0, 500),
    };
    await publish.event({
      eventId: segmentEventId(id, "SegmentLost"),
      type: "SegmentLost",
      version: 1,
      occurredAtMs: nowMs,
      data,
    });
    // Last: a crash before this finds the file again.
    await quarantine(spool, id);
  }

  async #endRun(reason: RunEndReason): Promise<void> {
    const { spool, cameraId, runId, publish, readClock } = this.#options;
    if (!this.#run) {
      // Not a frame came: there was no run.
      await rm(runDirectory(spool, this.#options), { recursive: true, force: true });
      return;
    }
    const nowMs = Math.round(readClock().wallMs);
    const endMs = this.#endMs ?? nowMs;
    this.#run.ended = { endMs, reason };
    await publish.event({
      eventId: runEventId(this.#options, "RunEnded"),
      type: "RunEnded",
      version: 1,
      occurredAtMs: nowMs,
      data: { cameraId, runId, endMs, reason },
    });
    // Last: a run that is not marked as ended is looked at again after a crash.
    await writeRunFile(spool, this.#run);
  }
}
