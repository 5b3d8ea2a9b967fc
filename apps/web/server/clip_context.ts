/**
 * What the routes of clips and snapshots share and main.ts starts: it is not made by the routes, which Next bundles,
 * because it starts processes and owns a directory. Kept on `globalThis`, as context.ts does.
 */
import type { ClipJobs } from "./clip_jobs.ts";
import type { Slots } from "./clip_slots.ts";
import type { SnapshotCache } from "./snapshot_cache.ts";
import type { DecodeSnapshot } from "./snapshot_decoder.ts";

export type ClipContext = {
  jobs: ClipJobs;
  /** Clips that are streamed. */
  streams: Slots;
  /** FFmpeg processes that decode snapshots. */
  decoders: Slots;
  decode: DecodeSnapshot;
  snapshots: SnapshotCache;
} & AsyncDisposable;

const KEY = Symbol.for("rokuga.web.clips");
const holder = globalThis as { [KEY]?: ClipContext };

export function clipContext(): ClipContext {
  const context = holder[KEY];
  if (!context)
    throw new Error("The web app was not started by its main.ts: clips and snapshots need what it starts");
  return context;
}

export function shareClipContext(context: ClipContext | undefined): void {
  if (context) holder[KEY] = context;
  else delete holder[KEY];
}
