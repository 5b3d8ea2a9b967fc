/** A run for tests: hand-made segments, written as FFmpeg would, recorded by a real recorder into a real directory. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { openDirectory, runDirectory } from "@rokuga/media/spool_layout.ts";
import { handMadeSegment } from "@rokuga/media/test_data.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { type TempDirectory, tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { ChainHeads } from "./chain_heads.ts";
import { RunRecorder } from "./run_recorder.ts";
import type { RunIdentity } from "./spool.ts";

export const START = 1_770_000_000_000;
export const IDENTITY = { cameraId: "a", runId: "0mk3x0abcd123" };
/** Two GOPs of four frames at 25 frames/s. */
export const SEGMENT_MS = 320;
export const SEGMENT_TICKS = SEGMENT_MS * 90;

/** The bytes of a run's segment. */
export const media = (index: number) => handMadeSegment({ firstPts: 126_000 + index * SEGMENT_TICKS });

type TestRunOptions = {
  cameraId?: string;
  runId?: string;
  /** When it begins, ms since the epoch. */
  atMs?: number;
  /** Another run of the same spool. */
  after?: { directory: TempDirectory; chain: ChainHeads };
};

export async function startTestRun(options: TestRunOptions = {}) {
  const { cameraId = IDENTITY.cameraId, runId = IDENTITY.runId, atMs = START, after } = options;
  const directory = after?.directory ?? (await tempDirectory("recorder"));
  const spool = directory.path;
  const identity = { cameraId, runId };
  const chain = after?.chain ?? new ChainHeads({ spool, log: silentLog });
  const segments: Segment[] = [];
  const events: NewEvent[] = [];
  const splits: RunIdentity[] = [];
  const moves: number[] = [];
  let changes = 0;
  let nowMs = 0;
  const recorder = new RunRecorder({
    ...identity,
    spool,
    chain,
    siteId: "home",
    clock: "synchronised",
    publish: {
      segment: async ({ segment }) => void segments.push(segment),
      events: async (told) => void events.push(...told),
      runMoved: (_run, byMs) => void moves.push(byMs),
    },
    readClock: () => ({ wallMs: atMs + nowMs, monotonicMs: nowMs }),
    onChange: () => void changes++,
    onSplit: (run) => void splits.push(run),
    log: silentLog,
  });
  await recorder.prepare();
  const open = openDirectory(spool, identity);
  return {
    ...{
      directory,
      spool,
      chain,
      path: runDirectory(spool, identity),
      open,
      segments,
      events,
      splits,
      moves,
      recorder,
    },
    changes: () => changes,
    /** Writes a segment as FFmpeg would, at the time its last frame is there (or later), and tells of it. */
    async write(index: number, bytes: Uint8Array, { sequence = index, lateMs = 0 } = {}) {
      nowMs = (index + 1) * SEGMENT_MS + lateMs;
      await writeFile(join(open, `${sequence}.ts`), bytes);
      await recorder.fileChanged(sequence);
    },
  };
}

export const summary = (events: readonly NewEvent[]) =>
  events.map((event) => [
    event.type,
    "reason" in event.data ? event.data.reason : "cause" in event.data ? event.data.cause : undefined,
  ]);
