/**
 * What the site tells of itself: that its relay started, runs, or was stopped, and what it holds that is not
 * stored yet. From this the timeline knows why a stretch cannot be played before any of its bytes arrive.
 *
 * `_alive.json` in the spool holds when the relay was last alive: after a crash the next start tells how long
 * nobody recorded.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TimeRange } from "@rokuga/media/api.ts";
import { union } from "@rokuga/media/coverage.ts";
import { MOST_RANGES, type NewEvent } from "@rokuga/media/events.ts";
import { BRIDGE_MS } from "@rokuga/media/segment.ts";
import { outboxId } from "@rokuga/media/spool_layout.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { z } from "zod";
import { removeFromOutbox, writeAtomically } from "./spool.ts";
import type { SpoolLedger } from "./spool_ledger.ts";

const ALIVE_MS = 5_000;
/** Silence after which a heartbeat is told, ms. */
const HEARTBEAT_MS = 30_000;
/** How often a backlog is reported while there is one, ms. */
const REPORT_MS = 60_000;
/** A segment that has waited this long is backlog, ms. */
const BACKLOG_MS = 15_000;

const Alive = z.strictObject({ aliveMs: z.int().positive() });

export type OpenFootage = { cameraId: string; sinceMs: number };

export type ReporterOptions = {
  spool: string;
  siteId: string;
  ledger: SpoolLedger;
  /** What is being recorded and not closed yet. */
  openFootage: () => OpenFootage[];
  /** Whether the ledger is complete: what it does not hold would be reported as gone. */
  isKnown: () => boolean;
  publish: { events(events: readonly NewEvent[]): Promise<void>; readonly lastToldMs: number };
  nowMs: () => number;
  log: Log;
};

export class Reporter {
  readonly #options: ReporterOptions;
  /** Cameras whose last report was of a backlog. */
  readonly #reported = new Set<string>();
  #heartbeat: string | undefined;
  /** Of the start. */
  #unsaid: NewEvent | undefined;
  #beatMs = Number.NEGATIVE_INFINITY;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #due = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Tells that the relay started, and since when it had not run; later, when that cannot be written down now. */
  async start(): Promise<void> {
    const { siteId, nowMs } = this.#options;
    const startedMs = nowMs();
    const lastAliveMs = await this.#readAlive();
    this.#unsaid = {
      eventId: `site/${siteId}/RelayStarted/${startedMs}`,
      type: "RelayStarted",
      version: 1,
      occurredAtMs: startedMs,
      data: { siteId, startedMs, lastAliveMs },
    };
    await this.#sayStarted().catch((error) =>
      this.#options.log.warn("cannot write to the spool; recording is tried all the same", { error }),
    );
  }

  async #sayStarted(): Promise<void> {
    if (!this.#unsaid) return;
    await this.#tell(this.#unsaid);
    this.#unsaid = undefined;
    await this.#writeAlive();
  }

  /** Reports the backlog soon: the queue was reached anew, or a spool was found full at start. */
  reportSoon(): void {
    this.#due = true;
  }

  /** Runs until the signal. */
  async keepReporting(signal: AbortSignal): Promise<void> {
    let aliveMs = performance.now();
    while (!signal.aborted) {
      try {
        await this.#sayStarted();
        if (performance.now() - aliveMs >= ALIVE_MS) {
          aliveMs = performance.now();
          await this.#writeAlive();
        }
        await this.#report();
        await this.#beat();
      } catch (error) {
        this.#options.log.warn("cannot report what the site holds", { error });
      }
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Tells that the relay was ended in order. */
  async stop(): Promise<void> {
    const { siteId, nowMs } = this.#options;
    const stoppedMs = nowMs();
    await this.#writeAlive();
    await this.#tell({
      eventId: `site/${siteId}/RelayStopped/${stoppedMs}`,
      type: "RelayStopped",
      version: 1,
      occurredAtMs: stoppedMs,
      data: { siteId, stoppedMs },
    });
  }

  async #report(): Promise<void> {
    const { ledger, isKnown } = this.#options;
    if (!isKnown()) return;
    const waiting = this.#waiting();
    const isNews = [...waiting].some((cameraId) => !this.#reported.has(cameraId));
    const isOver = [...this.#reported].some((cameraId) => !waiting.has(cameraId));
    const isTime = waiting.size > 0 && performance.now() - this.#reportedAtMs >= REPORT_MS;
    if (!this.#due && !isNews && !isOver && !isTime) return;
    const cameras = new Set([...waiting, ...this.#reported, ...(this.#due ? ledger.backlogs().keys() : [])]);
    this.#due = false;
    this.#reportedAtMs = performance.now();
    if (cameras.size === 0) return;
    await this.#options.publish.events([...cameras].map((cameraId) => this.#reportOf(cameraId)));
    this.#reported.clear();
    for (const cameraId of waiting) this.#reported.add(cameraId);
  }

  /** Cameras with segments that have waited for a while. */
  #waiting(): Set<string> {
    const nowMs = this.#options.nowMs();
    const backlogs = this.#options.ledger.backlogs().values();
    const old = [...backlogs].filter(({ oldestEndMs }) => nowMs - oldestEndMs > BACKLOG_MS);
    return new Set(old.map(({ cameraId }) => cameraId));
  }

  #reportOf(cameraId: string): NewEvent {
    const { siteId, ledger, openFootage, nowMs } = this.#options;
    const reportedMs = nowMs();
    const { segments, bytes } = ledger.backlogs().get(cameraId) ?? { segments: 0, bytes: 0 };
    const open = openFootage()
      .filter((footage) => footage.cameraId === cameraId && footage.sinceMs < reportedMs)
      .map(({ sinceMs }): TimeRange => ({ startMs: sinceMs, endMs: reportedMs }));
    const ranges = fewRanges([...ledger.ranges(cameraId, BRIDGE_MS), ...open]);
    return {
      eventId: `camera/${cameraId}/BacklogReported/${reportedMs}`,
      type: "BacklogReported",
      version: 1,
      occurredAtMs: reportedMs,
      data: { siteId, cameraId, reportedMs, segments, bytes, ranges },
    };
  }

  /** The relay runs, although there is nothing else to tell. */
  async #beat(): Promise<void> {
    const { spool, siteId, publish, nowMs } = this.#options;
    if (performance.now() - Math.max(publish.lastToldMs, this.#beatMs) < HEARTBEAT_MS) return;
    this.#beatMs = performance.now();
    // One that was not appended yet says nothing that the next one does not.
    if (this.#heartbeat) await removeFromOutbox(spool, this.#heartbeat);
    const heardMs = nowMs();
    const eventId = `site/${siteId}/RelayHeard/${heardMs}`;
    const beat: NewEvent = {
      eventId,
      type: "RelayHeard",
      version: 1,
      occurredAtMs: heardMs,
      data: { siteId, heardMs },
    };
    this.#heartbeat = outboxId([eventId]);
    await publish.events([beat]);
  }

  async #tell(event: NewEvent): Promise<void> {
    await this.#options.publish.events([event]);
  }

  async #readAlive(): Promise<number | null> {
    try {
      return Alive.parse(JSON.parse(await readFile(this.#aliveFile, "utf8"))).aliveMs;
    } catch {
      return null;
    }
  }

  async #writeAlive(): Promise<void> {
    await writeAtomically(this.#aliveFile, JSON.stringify({ aliveMs: this.#options.nowMs() }));
  }

  get #aliveFile(): string {
    return join(this.#options.spool, "_alive.json");
  }
}

/** Sorted, disjoint, and as few as an event may hold: the closest ones are joined. */
function fewRanges(ranges: readonly TimeRange[]): TimeRange[] {
  let slackMs = BRIDGE_MS;
  let few = union(ranges, slackMs);
  while (few.length > MOST_RANGES) {
    slackMs *= 2;
    few = union(few, slackMs);
  }
  return few;
}
