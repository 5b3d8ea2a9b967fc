/**
 * Reads what a clip is made of from the store, a few objects ahead of whoever takes it: the store of a cloud answers
 * after a while, however fast it then is. Memory is bounded by bytes, but for a fragment that is larger than that.
 */
import type { ClipFragment, ClipPiece, ClipPlan, ClipStretch } from "@rokuga/media/clip_plan.ts";
import type { Storage } from "@rokuga/storage/storage.ts";

/** Most that is asked for in one request, bytes. */
const REQUEST_BYTES = 4_000_000;
/** Most that is asked for and not taken yet, bytes. */
const AHEAD_BYTES = 12_000_000;

/** `bytes` hold until the next fragment is taken: their memory is used again. */
export type ReadFragment = { stretch: ClipStretch; fragment: ClipFragment; bytes: Uint8Array };

/** Fragments that lie behind each other in one object. */
type Read = { stretch: ClipStretch; key: string; fragments: ClipFragment[]; bytes: number };

export type ReadOptions = { storage: Storage; signal: AbortSignal };

/**
 * The fragments of a clip with their bytes, in its order. Throws the store's errors, NotFoundError among them where
 * footage has been deleted. What is under way is given up when the consumer stops or the signal aborts.
 */
export async function* readClip(
  plan: ClipPlan,
  { storage, signal }: ReadOptions,
): AsyncGenerator<ReadFragment> {
  const stop = new AbortController();
  const options = { storage, signal: AbortSignal.any([signal, stop.signal]) };
  const waiting = readsOf(plan);
  const ahead: { read: Read; bytes: Promise<Uint8Array> }[] = [];
  let aheadBytes = 0;
  const spare: Uint8Array[] = [];
  try {
    for (;;) {
      let next = waiting[0];
      while (next && (ahead.length === 0 || aheadBytes + next.bytes <= AHEAD_BYTES)) {
        const bytes = readBytes(next, { ...options, into: spare.pop() });
        // It is awaited in its turn; should one before it fail, that is what is told.
        bytes.catch(() => undefined);
        ahead.push({ read: next, bytes });
        aheadBytes += next.bytes;
        waiting.shift();
        next = waiting[0];
      }
      const first = ahead.shift();
      if (!first) return;
      const { stretch, fragments } = first.read;
      const bytes = await first.bytes;
      aheadBytes -= first.read.bytes;
      for (const fragment of fragments) {
        const from = fragment.offset - fragments[0]!.offset;
        yield { stretch, fragment, bytes: bytes.subarray(from, from + fragment.bytes) };
      }
      spare.push(new Uint8Array(bytes.buffer));
    }
  } finally {
    stop.abort();
  }
}

function readsOf({ stretches }: ClipPlan): Read[] {
  return stretches.flatMap((stretch) => stretch.pieces.flatMap((piece) => readsOfPiece(stretch, piece)));
}

function readsOfPiece(stretch: ClipStretch, { segment, fragments }: ClipPiece): Read[] {
  const reads: Read[] = [];
  for (const fragment of fragments) {
    const last = reads.at(-1);
    const end = last ? last.fragments[0]!.offset + last.bytes : undefined;
    if (last && end === fragment.offset && last.bytes + fragment.bytes <= REQUEST_BYTES) {
      last.fragments.push(fragment);
      last.bytes += fragment.bytes;
    } else {
      reads.push({ stretch, key: segment.key, fragments: [fragment], bytes: fragment.bytes });
    }
  }
  return reads;
}

type IntoOptions = ReadOptions & {
  /** Memory to use, if it is enough. */
  into?: Uint8Array | undefined;
};

async function readBytes({ key, fragments, bytes }: Read, options: IntoOptions): Promise<Uint8Array> {
  const start = fragments[0]!.offset;
  return await readRange(key, { start, end: start + bytes }, options);
}

/** Bytes `[start, end)` of an object, all of them. */
export async function readRange(
  key: string,
  range: { start: number; end: number },
  { storage, signal, into }: IntoOptions,
): Promise<Uint8Array> {
  const bytes = range.end - range.start;
  const wanted = into && into.length >= bytes ? into.subarray(0, bytes) : new Uint8Array(bytes);
  let length = 0;
  for await (const chunk of await storage.get(key, { range, signal })) {
    if (length + chunk.length > wanted.length) throw wrongLength(key, range);
    wanted.set(chunk, length);
    length += chunk.length;
  }
  if (length !== wanted.length) throw wrongLength(key, range);
  return wanted;
}

const wrongLength = (key: string, { start, end }: { start: number; end: number }) =>
  new Error(
    `The object "${key}" does not hold bytes ${start} to ${end}, as the log says: it is not what was stored`,
  );
