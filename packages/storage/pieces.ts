/** A body in pieces, each of which waits for its turn. */
import { PACE_BYTES, type Pace } from "./storage.ts";
import { unlessAborted } from "./time_limit.ts";

/**
 * Views of the body, in order, at most {@link PACE_BYTES} long; each one comes when `pace` has let it go. Throws the
 * signal's reason when that aborts first.
 */
export async function* pieces(
  body: Uint8Array,
  { pace, signal }: { pace: Pace; signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += PACE_BYTES) {
    const piece = body.subarray(at, at + PACE_BYTES);
    await unlessAborted(pace(piece.byteLength), signal);
    yield piece;
  }
}
