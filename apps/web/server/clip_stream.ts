/**
 * A clip as a stream: made while it is sent, with no more of it in memory than what was read ahead. A client that goes
 * ends the reading; one that stays and takes nothing is given up after a while.
 */
import { ClipMuxer } from "@rokuga/media/clip_muxer.ts";
import type { ClipPlan } from "@rokuga/media/clip_plan.ts";
import { type ReadOptions, readClip } from "./clip_read.ts";

const STALL_MS = 120_000;

export type StreamOptions = {
  /** Called once, however the stream ends: without an error when all of it was taken, or the client went. */
  onEnd: (error?: unknown) => void;
  /** How long a client may take nothing, ms. */
  stallMs?: number;
};

/** A clip whose first bytes are there. */
export type BegunClip = { stream(options: StreamOptions): ReadableStream<Uint8Array> };

/**
 * Begins a clip: resolves when its first fragment was read, so that what is away, or gone, can still be answered as a
 * problem. Throws what {@link readClip} throws. To be streamed, or aborted by the signal.
 */
export async function beginClip(plan: ClipPlan, { storage, signal }: ReadOptions): Promise<BegunClip> {
  const gone = new AbortController();
  const parts = clipParts(plan, { storage, signal: AbortSignal.any([signal, gone.signal]) });
  const first = await parts.next();
  const all = (async function* () {
    if (!first.done) yield first.value;
    yield* parts;
  })();
  return { stream: (options) => streamOf(all, { signal, gone, ...options }) };
}

function streamOf(
  parts: AsyncGenerator<Uint8Array>,
  { signal, gone, onEnd, stallMs = STALL_MS }: StreamOptions & { signal: AbortSignal; gone: AbortController },
): ReadableStream<Uint8Array> {
  let stall: NodeJS.Timeout | undefined;
  let ended = false;
  const end = (error?: unknown) => {
    clearTimeout(stall);
    signal.removeEventListener("abort", leave);
    if (!ended) onEnd(error);
    ended = true;
  };
  // Also a client that goes between two reads, when nobody waits for anything.
  const leave = () => {
    gone.abort();
    void parts.return(undefined);
    end();
  };
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stall);
        try {
          const { done, value } = await parts.next();
          if (done) {
            controller.close();
            return end();
          }
          controller.enqueue(value);
          stall = setTimeout(() => {
            const error = new Error(`the client took nothing for ${stallMs} ms`);
            controller.error(error);
            end(error);
            leave();
          }, stallMs);
        } catch (error) {
          controller.error(error);
          end(signal.aborted ? undefined : error);
        }
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
}

/** Nothing comes before the first fragment that is shown was read. */
async function* clipParts(plan: ClipPlan, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const muxer = new ClipMuxer(plan, { into: "stream" });
  let parts = muxer.begin();
  for await (const { bytes, ...place } of readClip(plan, options)) {
    parts.push(...muxer.add(bytes, place));
    if (place.fragment.soundOnly) continue;
    yield* parts;
    parts = [];
  }
  yield* parts;
  yield* muxer.finish().end;
}
