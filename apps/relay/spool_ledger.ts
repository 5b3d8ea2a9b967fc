/**
 * What is in the spool, kept in memory: every closed segment that is not confirmed stored. The files are the truth;
 * the ledger saves looking at 138,000 of them whenever someone asks how much waits, what is oldest, or what to
 * evict. Only arithmetic: others read the disk and tell it.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { union } from "@rokuga/media/coverage.ts";
import { chunkOf, type IndexPlace, type RunIdentity } from "./spool.ts";

export type SpooledSegment = {
  readonly run: SpooledRun;
  readonly sequence: number;
  readonly bytes: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Where its description lies in the run's index. */
  readonly place: IndexPlace;
  /** Whether the queue was given it. */
  handed: boolean;
};

export type SpooledRun = RunIdentity & {
  siteId: string;
  /** What clock corrections move the run by, ms. */
  correctedByMs: number;
  /** By sequence number, ascending. */
  readonly segments: Map<number, SpooledSegment>;
  /** How many segments each index file describes, of those in the spool. */
  readonly chunks: Map<number, number>;
};

export type CameraBacklog = {
  cameraId: string;
  segments: number;
  bytes: number;
  /** When the oldest segment begins, and when it ended, ms since the epoch. */
  oldestMs: number;
  oldestEndMs: number;
};

/** What is added of a segment. */
export type Spooled = Pick<SpooledSegment, "sequence" | "bytes" | "startMs" | "endMs" | "place">;

export class SpoolLedger {
  readonly #runs = new Map<string, SpooledRun>();
  #bytes = 0;
  #count = 0;

  /** Of all segments in the spool. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  run(identity: RunIdentity): SpooledRun | undefined {
    return this.#runs.get(keyOf(identity));
  }

  openRun(
    identity: RunIdentity,
    { siteId, correctedByMs }: { siteId: string; correctedByMs: number },
  ): SpooledRun {
    const known = this.run(identity);
    if (known) return known;
    const { cameraId, runId } = identity;
    const run: SpooledRun = {
      cameraId,
      runId,
      siteId,
      correctedByMs,
      segments: new Map(),
      chunks: new Map(),
    };
    this.#runs.set(keyOf(run), run);
    return run;
  }

  /** Forgets a run without segments. */
  closeRun(run: SpooledRun): void {
    if (run.segments.size === 0) this.#runs.delete(keyOf(run));
  }

  /** Adds a closed segment; one that is known already stays as it is. */
  add(run: SpooledRun, segment: Spooled, { handed }: { handed: boolean }): SpooledSegment {
    const known = run.segments.get(segment.sequence);
    if (known) return known;
    const added = { ...segment, run, handed };
    run.segments.set(segment.sequence, added);
    const chunk = chunkOf(segment.sequence);
    run.chunks.set(chunk, (run.chunks.get(chunk) ?? 0) + 1);
    this.#bytes += added.bytes;
    this.#count++;
    return added;
  }

  remove(segment: SpooledSegment): void {
    const { run, sequence } = segment;
    if (!run.segments.delete(sequence)) return;
    const chunk = chunkOf(sequence);
    run.chunks.set(chunk, run.chunks.get(chunk)! - 1);
    this.#bytes -= segment.bytes;
    this.#count--;
  }

  /** The oldest segments that fit `where`, oldest first, at most `most`. */
  oldest(most: number, where: (segment: SpooledSegment) => boolean): SpooledSegment[] {
    const candidates: SpooledSegment[] = [];
    for (const run of this.#runs.values()) {
      let found = 0;
      for (const segment of run.segments.values()) {
        // Within a run they are in order of time: later ones cannot be among the oldest.
        if (found === most) break;
        if (!where(segment)) continue;
        candidates.push(segment);
        found++;
      }
    }
    return candidates.sort((a, b) => a.startMs - b.startMs).slice(0, most);
  }

  *segments(): Generator<SpooledSegment> {
    for (const run of this.#runs.values()) yield* run.segments.values();
  }

  /** How much waits, by camera. */
  backlogs(): Map<string, CameraBacklog> {
    const cameras = new Map<string, CameraBacklog>();
    for (const { run, bytes, startMs, endMs } of this.segments()) {
      const { cameraId, correctedByMs } = run;
      const camera = cameras.get(cameraId);
      const [oldestMs, oldestEndMs] = [startMs + correctedByMs, endMs + correctedByMs];
      if (!camera) {
        cameras.set(cameraId, { cameraId, segments: 1, bytes, oldestMs, oldestEndMs });
        continue;
      }
      camera.segments++;
      camera.bytes += bytes;
      camera.oldestMs = Math.min(camera.oldestMs, oldestMs);
      camera.oldestEndMs = Math.min(camera.oldestEndMs, oldestEndMs);
    }
    return cameras;
  }

  /** When a camera's spooled segments were recorded, joined where they are at most `slackMs` apart. */
  ranges(cameraId: string, slackMs: number): TimeRange[] {
    const ranges: TimeRange[] = [];
    for (const run of this.#runs.values()) {
      if (run.cameraId !== cameraId) continue;
      for (const { startMs, endMs } of run.segments.values()) {
        const last = ranges.at(-1);
        const shifted = { startMs: startMs + run.correctedByMs, endMs: endMs + run.correctedByMs };
        // Mostly one follows the other: joined at once, so that a day of them is not sorted.
        if (last && shifted.startMs >= last.startMs && shifted.startMs <= last.endMs + slackMs) {
          last.endMs = Math.max(last.endMs, shifted.endMs);
        } else ranges.push(shifted);
      }
    }
    return union(ranges, slackMs);
  }
}

const keyOf = ({ cameraId, runId }: RunIdentity) => `${cameraId}/${runId}`;
