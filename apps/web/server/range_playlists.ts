/**
 * The playlists of a range, from the database to their text: the media playlist, the I-frame playlist, the multivariant
 * playlist, and the one without an end. packages/media has the rules; here is what is read, and how much of it.
 *
 * A range of up to {@link FRAGMENTS_MS} is listed by fragments, with the store's own addresses where there are such. Of
 * a longer one whole segments are listed, but for those that another run overlaps in part, with addresses of this app:
 * they are short, and one signature is for an hour of them.
 */
import { readFragments, readNearest, readSegments } from "@rokuga/db/read_segments.ts";
import { readRecordedSegments, readWholeSegments } from "@rokuga/db/read_whole_segments.ts";
import type { TimeRange } from "@rokuga/media/api.ts";
import { chooseIframes, type Iframe, iframePlaylist, withFragments } from "@rokuga/media/iframe_playlist.ts";
import { multivariantPlaylist } from "@rokuga/media/multivariant_playlist.ts";
import { appendOrder, openPlaylist, type Pin, pinOf, pinText } from "@rokuga/media/open_playlist.ts";
import { rangePlaylist } from "@rokuga/media/playlist.ts";
import { itemsOf, type ListableSegment, toSplit, type WholeSegment } from "@rokuga/media/playlist_items.ts";
import type { AddressOf } from "@rokuga/media/playlist_text.ts";
import type { WebContext } from "./context.ts";
import { directAddresses, expiryOf, ownAddresses } from "./media_url.ts";
import { ProblemError } from "./problem.ts";

const HOUR_MS = 3_600_000;

/** The longest range that is listed by fragments, ms. */
export const FRAGMENTS_MS = 2 * HOUR_MS;
/** The longest range that a playlist lists, ms. */
export const LONGEST_MS = 25 * HOUR_MS;
/** How long addresses hold at least, beyond the time that it takes to watch the range, ms. */
const LIFETIME_MS = 12 * HOUR_MS;
/** How long after its last moment a playlist without an end waits for footage, ms. */
const LINGER_MS = 60_000;

export type RangeRequest = {
  cameraId: string;
  range: TimeRange;
  /** Whether the client expands variables. */
  variables: boolean;
};

/** The media playlist of a range. Throws a 404 that names the nearest footage when there is none. */
export async function mediaText(context: WebContext, request: RangeRequest): Promise<string> {
  const { range, variables } = request;
  const segments = await readListable(context, request);
  const addressOf = await addressesFor(context, { segments, range });
  const text = rangePlaylist(segments, { range, addressOf, variables });
  return text ?? (await noFootage(context, request));
}

/** The I-frame playlist of a range. Throws a 404 when there is no footage, or none with a keyframe to show. */
export async function iframeText(context: WebContext, request: RangeRequest): Promise<string> {
  const { range, variables } = request;
  const segments = await readListable(context, request);
  const iframes = await readIframes(context, { segments, ...request });
  const addressOf = await addressesFor(context, { segments: iframes.map((one) => one.segment), range });
  const text = iframePlaylist(iframes, { addressOf, variables });
  return text ?? (await noFootage(context, request));
}

/** The multivariant playlist of a range. Throws a 404 as {@link mediaText} does. */
export async function indexText(context: WebContext, request: RangeRequest): Promise<string> {
  const { range, variables } = request;
  const segments = await readListable(context, request);
  const items = itemsOf(segments, range);
  if (items.length === 0) return await noFootage(context, request);
  const iframes = await readIframes(context, { segments, ...request });
  const query = `from=${range.startMs}&to=${range.endMs}${variables ? "&define=1" : ""}`;
  return multivariantPlaylist(
    { uri: `playlist.m3u8?${query}`, items },
    { uri: `iframes.m3u8?${query}`, iframes },
  );
}

/**
 * A range without an end, as it is opened: a multivariant playlist whose only media playlist carries the pin, since
 * players load that one again and again, and this one once.
 */
export async function openedText(context: WebContext, request: RangeRequest): Promise<string> {
  const { cameraId, range } = request;
  const { segments, nowMs } = await readRecordedSegments(context.database, cameraId, range);
  const pin = pinOf(segments, nowMs);
  const items = pin ? itemsOf(appendOrder(segments, { pin, nowMs }), range) : [];
  if (!pin || items.length === 0) return await noFootage(context, request);
  return multivariantPlaylist({ uri: `playlist.m3u8?from=${range.startMs}&pin=${pinText(pin)}`, items });
}

/** The media playlist of a range without an end, for the viewer who opened it. */
export async function pinnedText(
  context: WebContext,
  { cameraId, fromMs, pin }: { cameraId: string; fromMs: number; pin: Pin },
): Promise<string> {
  const { database, mediaSecret: secret } = context;
  const range = { startMs: fromMs, endMs: fromMs + LONGEST_MS };
  const { segments, nowMs } = await readRecordedSegments(database, cameraId, range);
  const lastMs = range.endMs + LINGER_MS;
  const inTime = segments.filter((segment) => segment.recordedMs <= lastMs);
  const listed = appendOrder(inTime, {
    pin,
    nowMs: Math.min(nowMs, lastMs),
  });
  if (listed.length === 0) {
    throw new ProblemError(410, "Gone", {
      detail: "What this playlist began with is no longer there, or was moved. Open the range again.",
    });
  }
  // The same for ever: an address that was listed stays.
  const expiresAtMs = expiryOf(pin.openedMs, LONGEST_MS + LIFETIME_MS);
  const addressOf = ownAddresses({ secret, expiresAtMs });
  const { targetSeconds } = pin;
  return openPlaylist(listed, { fromMs, targetSeconds, addressOf, ended: nowMs > lastMs });
}

/** What overlaps a range. `exact`: also in a long range what reaches out of it has its fragment index. */
export async function readListable(
  { database }: WebContext,
  { cameraId, range, exact = false }: Pick<RangeRequest, "cameraId" | "range"> & { exact?: boolean },
): Promise<ListableSegment[]> {
  if (!isLong(range)) return await readSegments(database, cameraId, range);
  const segments = await readWholeSegments(database, cameraId, range);
  const reachesOut = ({ startMs, endMs }: TimeRange) => startMs < range.startMs || endMs > range.endMs;
  const split = [...new Set([...toSplit(segments), ...(exact ? segments.filter(reachesOut) : [])])];
  const fragmentsOf = await readFragments(database, cameraId, split);
  const indexes = new Map(split.map((segment) => [segment, fragmentsOf(segment)]));
  return segments.map((segment) => {
    const fragments = indexes.get(segment);
    return fragments ? { ...segment, fragments } : segment;
  });
}

async function readIframes(
  { database }: WebContext,
  { segments, cameraId, range }: RangeRequest & { segments: readonly ListableSegment[] },
): Promise<Iframe[]> {
  const chosen = chooseIframes(itemsOf(segments, range));
  const unknown = chosen.filter(({ fragment }) => !fragment).map(({ segment }) => segment);
  const fragmentsOf = await readFragments(database, cameraId, unknown);
  return withFragments(chosen, (segment) => fragmentsOf(segment)?.[0]);
}

async function addressesFor(
  { storage, mediaSecret: secret }: WebContext,
  { segments, range }: { segments: readonly WholeSegment[]; range: TimeRange },
): Promise<AddressOf> {
  const lifetimeMs = LIFETIME_MS + (isLong(range) ? LONGEST_MS : 0);
  const options = { secret, expiresAtMs: expiryOf(Date.now(), lifetimeMs) };
  if (isLong(range)) return ownAddresses(options);
  return await directAddresses(
    segments.map((segment) => segment.key),
    { ...options, storage },
  );
}

const isLong = ({ startMs, endMs }: TimeRange) => endMs - startMs > FRAGMENTS_MS;

/** Throws a 404 that names the nearest footage. */
export async function noFootage(
  { database }: WebContext,
  { cameraId, range }: Pick<RangeRequest, "cameraId" | "range">,
): Promise<never> {
  const nearest = await readNearest(database, cameraId, range);
  const detail = nearest
    ? `There is no footage in this range. The nearest is from ${iso(nearest.startMs)} to ${iso(nearest.endMs)}.`
    : "There is no footage of this camera yet.";
  throw new ProblemError(404, "No footage", { detail, nearest });
}

const iso = (moment: number) => new Date(moment).toISOString();
