/**
 * The picture of any moment, for scrubbing and for the hint under the pointer: the keyframe before it, loaded as a byte
 * range by the I-frame playlist and decoded here. Where the browser cannot decode (no WebCodecs, no H.265) the server's
 * snapshot is taken instead. Lists and bytes are kept for a while, so that going back and forth loads nothing.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import { getKeyframeList, getSnapshot } from "./api.ts";
import { canDecodeKeyframes, KeyframeDecoder } from "./keyframe_decoder.ts";
import { type Keyframe, keyframeAt, keyframesOf, listRange } from "./keyframe_list.ts";
import { keyframeUnit } from "./keyframe_unit.ts";
import { HOUR_MS, SECOND_MS } from "./zone.ts";

export type PictureQuestion = {
  cameraId: string;
  ms: number;
  /** How much time is on the screen: how closely the pictures will be asked for. */
  shownSpanMs: number;
  /** CSS pixels; the server's snapshots are made no wider. */
  widthPx: number;
};

export type Picture =
  /** Whoever asked closes the image. `durationMs`: until the next keyframe that is listed. */
  | { kind: "picture"; ms: number; durationMs: number; image: VideoFrame | ImageBitmap }
  | { kind: "no-footage" }
  | { kind: "failed" };

/** Addresses of media are signed for hours; a list that may still grow is old sooner, ms. */
const LIST_MS = HOUR_MS;
const GROWING_LIST_MS = 4 * SECOND_MS;
const MOST_LISTS = 40;
const MOST_BYTES = 24_000_000;
const TIMEOUT_MS = 8_000;

type List = { keyframes: Promise<readonly Keyframe[] | null>; loadedAtMs: number; grows: boolean };

export type Pictures = Disposable & {
  /** Rejects only when `signal` aborts. */
  at(question: PictureQuestion, signal: AbortSignal): Promise<Picture>;
  /** Loads the list that a moment will need. */
  prepare(question: Pick<PictureQuestion, "cameraId" | "ms" | "shownSpanMs">): void;
};

export function createPictures({ nowMs }: { nowMs: () => number }): Pictures {
  const ending = new AbortController();
  const lists = new Map<string, List>();
  const bytes = new Map<string, Uint8Array>();
  let bytesKept = 0;
  /** Settles when the decoder is free. */
  let decoding: Promise<unknown> = Promise.resolve();
  let decoder: KeyframeDecoder | null = canDecodeKeyframes() ? new KeyframeDecoder() : null;

  const listFor = ({
    cameraId,
    ms,
    shownSpanMs,
  }: Pick<PictureQuestion, "cameraId" | "ms" | "shownSpanMs">) => {
    const range = listRange(ms, shownSpanMs);
    const key = `${cameraId} ${range.startMs} ${range.endMs}`;
    const known = lists.get(key);
    if (known && nowMs() - known.loadedAtMs < (known.grows ? GROWING_LIST_MS : LIST_MS))
      return known.keyframes;
    const keyframes = loadList(cameraId, range, ending.signal);
    lists.delete(key);
    lists.set(key, { keyframes, loadedAtMs: nowMs(), grows: range.endMs > nowMs() - 60 * SECOND_MS });
    if (lists.size > MOST_LISTS) lists.delete(lists.keys().next().value!);
    // One that could not be loaded is asked for again.
    void keyframes.then(
      (list) => list === null && lists.get(key)?.keyframes === keyframes && lists.delete(key),
    );
    return keyframes;
  };
  const bytesOf = async (keyframe: Keyframe, signal: AbortSignal) => {
    const key = `${keyframe.url} ${keyframe.offset}`;
    const known = bytes.get(key);
    const loaded = known ?? (await loadBytes(keyframe, signal));
    if (!loaded) return null;
    bytes.delete(key);
    bytes.set(key, loaded);
    if (!known) bytesKept += loaded.length;
    for (const [oldest, { length }] of bytes) {
      if (bytesKept <= MOST_BYTES) break;
      bytes.delete(oldest);
      bytesKept -= length;
    }
    return loaded;
  };
  const decoded = async (question: PictureQuestion, signal: AbortSignal): Promise<Picture | null> => {
    if (!decoder) return null;
    const list = await listFor(question);
    signal.throwIfAborted();
    if (!list) return { kind: "failed" };
    const keyframe = keyframeAt(list, question.ms);
    if (!keyframe) return { kind: "no-footage" };
    const unit = await bytesOf(keyframe, signal).then((loaded) => loaded && keyframeUnit(loaded));
    if (!unit) return { kind: "failed" };
    const mine = decoding.then(() => (signal.aborted ? null : (decoder?.decode(unit) ?? null)));
    decoding = mine;
    const image = await mine;
    signal.throwIfAborted();
    return image && { kind: "picture", ms: keyframe.ms, durationMs: keyframe.durationMs, image };
  };

  return {
    async at(question, signal) {
      const picture = await decoded(question, signal);
      if (picture) return picture;
      return await fromServer(question, signal);
    },
    prepare(question) {
      if (decoder) void listFor(question);
    },
    [Symbol.dispose]() {
      ending.abort();
      decoder?.[Symbol.dispose]();
      decoder = null;
    },
  };
}

/** Null when it could not be loaded; empty where there is no footage. */
async function loadList(
  cameraId: string,
  range: TimeRange,
  signal: AbortSignal,
): Promise<readonly Keyframe[] | null> {
  // It rejects only when the page goes.
  const answer = await getKeyframeList(cameraId, range, signal).catch(() => null);
  if (!answer) return null;
  if (answer.ok) return keyframesOf(answer.value.text, answer.value.url);
  const { failure } = answer;
  return failure.kind === "problem" && failure.status === 404 ? [] : null;
}

/** Null when they could not be loaded. Rejects only when `signal` aborts. */
async function loadBytes({ url, offset, bytes }: Keyframe, signal: AbortSignal): Promise<Uint8Array | null> {
  try {
    const response = await fetch(url, {
      headers: { range: `bytes=${offset}-${offset + bytes - 1}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (!response.ok) return null;
    const body = new Uint8Array(await response.arrayBuffer());
    // A server that knows no ranges gives the whole object.
    return response.status === 206 ? body : body.slice(offset, offset + bytes);
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

async function fromServer({ cameraId, ms, widthPx }: PictureQuestion, signal: AbortSignal): Promise<Picture> {
  const snapshot = await getSnapshot({ cameraId, ms, widthPx }, signal);
  if (snapshot.kind !== "snapshot") return snapshot;
  const image = await createImageBitmap(snapshot.jpeg).catch(() => null);
  return image ? { kind: "picture", ms: snapshot.ms, durationMs: 2 * SECOND_MS, image } : { kind: "failed" };
}
