/**
 * The place in the address: `?camera=front&t=1771322400000`, or `t=live`. It makes reload, back and sharing keep
 * the place. `t` is also read as ISO 8601 with an offset, for people who write addresses by hand. What differs from
 * what everyone gets follows: `zoom`, the visible seconds of the timeline, `zone`, the time zone it is read in, and
 * `grid`, how many cameras are on the screen. When it is written is the session's: it lives outside React.
 */
import { CameraId } from "@rokuga/media/ids.ts";
import { createLoader, createParser, createSerializer } from "nuqs/server";
import { GRID_SIZES, type GridSize } from "./grid.ts";
import { FIRST_SPAN_MS } from "./view.ts";
import type { At } from "./windows.ts";
import { isZone, SECOND_MS } from "./zone.ts";

export type Place = {
  cameraId: string | null;
  /** Null when the address names no moment. */
  at: At | null;
  /** How much of the timeline is visible, ms; null when the address does not say. */
  spanMs: number | null;
  /** IANA name; null: the browser's own. */
  zone: string | null;
  /** 1: only the camera that is shown. */
  grid: GridSize;
};

/** The parameters by their names in the address. What a parser answers null to counts as not named. */
const PARAMETERS = {
  camera: createParser<string>({
    parse: (text) => CameraId.safeParse(text).data ?? null,
    serialize: String,
  }),
  t: createParser<At>({
    parse: parseAt,
    // Milliseconds are kept: the frame that was shared is shown.
    serialize: (at) => (at.kind === "live" ? "live" : String(Math.round(at.ms))),
  }),
  /** ms; whole seconds in the address. */
  zoom: createParser<number>({ parse: parseZoom, serialize: (ms) => String(Math.round(ms / SECOND_MS)) }),
  zone: createParser<string>({ parse: (text) => (isZone(text) ? text : null), serialize: String }),
  grid: createParser<GridSize>({
    parse: (text) => GRID_SIZES.find((size) => String(size) === text) ?? null,
    serialize: String,
  }).withDefault(1),
};

const load = createLoader(PARAMETERS);
const serialize = createSerializer(PARAMETERS);

/** The place that a query string names. */
export function parsePlace(search: string): Place {
  const { camera, t, zoom, zone, grid } = load(new URLSearchParams(search));
  return { cameraId: camera, at: t, spanMs: zoom, zone, grid };
}

function parseAt(text: string): At | null {
  if (text === "live") return { kind: "live" };
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : isoMs(text);
  return Number.isFinite(ms) && ms > 0 ? { kind: "moment", ms } : null;
}

function isoMs(text: string): number {
  return /(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
}

function parseZoom(text: string): number | null {
  const seconds = Number(text);
  return seconds >= 1 && Number.isFinite(seconds) ? seconds * SECOND_MS : null;
}

/** The query string of a place, with its `?`. */
export function formatPlace({
  cameraId,
  at,
  spanMs,
  zone,
  grid,
}: Place & { cameraId: string; at: At }): string {
  const seconds = (ms: number) => Math.round(ms / SECOND_MS);
  const zoom = spanMs === null || seconds(spanMs) === seconds(FIRST_SPAN_MS) ? null : spanMs;
  return serialize({ camera: cameraId, t: at, zoom, zone, grid });
}
