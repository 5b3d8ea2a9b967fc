/** The live playlist of a camera, with blocking reload (draft-pantos-hls-rfc8216bis §6.2.5.2). */
import { type LiveSegments, readLiveSegments } from "@rokuga/db/read_segments.ts";
import { SILENCE_MS } from "@rokuga/media/coverage.ts";
import { livePlaylist, nextMediaSequence } from "@rokuga/media/playlist.ts";
import type { WebContext } from "./context.ts";
import { directAddresses, expiryOf } from "./media_url.ts";
import { ProblemError } from "./problem.ts";

/** Segments listed: a minute at 10 s each. */
const LISTED = 6;
/** How far ahead of what there is a client may ask to wait. */
const MOST_AHEAD = 200;
/** Longest wait for the next fragment, ms: longer than the longest segment should be. */
const LONGEST_WAIT_MS = 30_000;
/** How long addresses of media hold at least, ms. */
const LIFETIME_MS = 12 * 3_600_000;

export type LiveRequest = {
  cameraId: string;
  /** `_HLS_msn`: answer when the playlist has this media sequence number. */
  mediaSequence: number | undefined;
  signal: AbortSignal;
};

/** Throws a 404 when the camera is not live, a 400 when it is asked to wait for something too far off. */
export async function liveText(context: WebContext, request: LiveRequest): Promise<string> {
  const { segments, earlierRuns } = await awaitSegments(context, request);
  const last = segments.at(-1);
  if (!last || Date.now() - last.endMs > SILENCE_MS) {
    throw new ProblemError(404, "Not live", {
      detail: last
        ? `The camera has sent nothing since ${new Date(last.endMs).toISOString()}. Ask for a range to see what it recorded before.`
        : "The camera has recorded nothing yet.",
      nearest: last && { startMs: segments[0]!.startMs, endMs: last.endMs },
    });
  }
  const addressOf = await directAddresses(
    segments.map((segment) => segment.key),
    {
      storage: context.storage,
      secret: context.mediaSecret,
      expiresAtMs: expiryOf(Date.now(), LIFETIME_MS),
    },
  );
  return livePlaylist(segments, { earlierRuns, addressOf })!;
}

async function awaitSegments(
  { database, listener, liveReads }: WebContext,
  request: LiveRequest,
): Promise<LiveSegments> {
  const { cameraId, mediaSequence, signal } = request;
  const deadlineMs = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    // Listening begins before reading, so that no commit falls in between.
    const cancel = new AbortController();
    const leftMs = deadlineMs - performance.now();
    const news = listener.next(cameraId, {
      timeoutMs: Math.max(0, leftMs),
      signal: AbortSignal.any([signal, cancel.signal]),
    });
    const live = await liveReads
      .read(cameraId, () => readLiveSegments(database, cameraId, LISTED))
      .finally(() => {
        if (mediaSequence === undefined) cancel.abort();
      });
    const next = nextMediaSequence(live.segments);
    if (
      mediaSequence === undefined ||
      next === undefined ||
      mediaSequence < next ||
      leftMs <= 0 ||
      signal.aborted
    ) {
      cancel.abort();
      return live;
    }
    if (mediaSequence > next + MOST_AHEAD) {
      cancel.abort();
      throw new ProblemError(400, "Too far ahead", {
        detail: `_HLS_msn is ${mediaSequence}, but the playlist has come to ${next - 1}. Load it without _HLS_msn first.`,
      });
    }
    await news;
  }
}
