/** Starts and stops what clips and snapshots need. For main.ts, and for tests that have no main.ts. */
import { isUnreachable } from "@rokuga/db/connect.ts";
import { guardChildren } from "@rokuga/runtime/guard.ts";
import { type ClipContext, shareClipContext } from "./clip_context.ts";
import { openClipDirectory, writeClip } from "./clip_files.ts";
import { ClipJobs, type MakeClip } from "./clip_jobs.ts";
import { clipPlan } from "./clip_request.ts";
import { Slots } from "./clip_slots.ts";
import { type WebContext, webContext } from "./context.ts";
import type { WebEnvironment } from "./env.ts";
import { isNamed } from "./problem.ts";
import { SnapshotCache } from "./snapshot_cache.ts";
import { snapshotDecoder } from "./snapshot_decoder.ts";

const JOBS = 20;
const KEPT_MS = 24 * 3_600_000;
const STREAMS = { most: 8, mostWaiting: 0 };
const DECODERS = { most: 2, mostWaiting: 30 };
const SNAPSHOT_BYTES = 64_000_000;

export type ClipSettings = Pick<
  WebEnvironment,
  "CLIPS_DIR" | "CLIPS_LIMIT_BYTES" | "CLIPS_FREE_BYTES" | "FFMPEG_PATH"
>;

/** Makes what the routes find by `clipContext()`. */
export async function startClips(settings: ClipSettings): Promise<ClipContext> {
  await using cleanup = new AsyncDisposableStack();
  const { log } = webContext();
  const directory = await openClipDirectory(settings.CLIPS_DIR);
  const limits = {
    count: JOBS,
    bytes: settings.CLIPS_LIMIT_BYTES,
    ageMs: KEPT_MS,
    freeBytes: settings.CLIPS_FREE_BYTES,
  };
  const make = clipMaker(webContext());
  const jobs = cleanup.use(new ClipJobs({ directory, make, explain, limits, log }));
  const onLost = (error: Error) => log.error("decoders would survive this program now", { error });
  const guard = cleanup.use(guardChildren({ onLost }));
  cleanup.defer(() => shareClipContext(undefined));
  const moved = cleanup.move();
  const context: ClipContext = {
    jobs,
    streams: new Slots(STREAMS),
    decoders: new Slots(DECODERS),
    decode: snapshotDecoder(settings.FFMPEG_PATH, guard),
    snapshots: new SnapshotCache(SNAPSHOT_BYTES),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
  shareClipContext(context);
  return context;
}

/** Plans anew: footage may have come, or gone, since the job was taken. */
function clipMaker(context: WebContext): MakeClip {
  return async (asked, { path, signal, onProgress }) => {
    const plan = await clipPlan(context, asked);
    const onRead = (bytes: number) => onProgress(bytes / plan.bytes);
    return await writeClip(plan, { path, signal, onRead, storage: context.storage });
  };
}

function explain(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT")
    return "The disk for clips became full. Free some space, delete clips, or set CLIPS_DIR to another disk; then ask again.";
  if (isNamed(error, "ProblemError")) return (error as Error).message;
  if (isNamed(error, "NotFoundError"))
    return "Some of this footage is no longer in the store. Ask again: what has been deleted is then left out.";
  if (isUnreachable(error) || isNamed(error, "StorageUnreachableError"))
    return "The database or the store could not be reached. Ask again in a moment.";
  return undefined;
}
