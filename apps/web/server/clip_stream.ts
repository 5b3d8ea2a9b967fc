/**
 * A clip as a stream: made while it is sent, with no more of it in memory than what was read ahead. A client that goes
 * ends the reading; one that stays and takes nothing is given up after a while.
 */
import { ClipMuxer } from "@rokuga/media/clip_muxer.ts";
import type { ClipPlan } from "@rokuga/media/clip_plan.ts";
import { type ReadOptions, readClip } from "./clip_read.ts";

/** How long a client may take nothing, ms. */
const STALL_MS = 120_000;

export type ClipStreamOptions = ReadOptions & {
  /** Called once, however the stream ends: without an error when all of it was taken, or the client went. */
  onEnd: (error?: unknown) => void;
  stallMs?: number;
};

export function clipStream(plan: ClipPlan, options: ClipStreamOptions): ReadableStream<Uint8Array> {
  const { storage, signal, onEnd, stallMs = STALL_MS } = options;
  const gone = new AbortController();
  const parts = clipParts(plan, { storage, signal: AbortSignal.any([signal, gone.signal]) });
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
  signal.addEventListener("abort", leave, { once: true });
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
            controller.error(new Error(`The client took nothing for ${stallMs} ms`));
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

async function* clipParts(plan: ClipPlan, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const muxer = new ClipMuxer(plan, { into: "stream" });
  yield* muxer.begin();
  for await (const { bytes, ...place } of readClip(plan, options)) yield* muxer.add(bytes, place);
  yield* muxer.finish().end;
}
