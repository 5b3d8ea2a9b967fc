/**
 * The place in the address: `?camera=front&t=1771322400000`, or `t=live`. It makes reload, back and sharing keep
 * the place. `t` is also read as ISO 8601 with an offset, for people who write addresses by hand. What differs from
 * what everyone gets follows: `zoom`, the visible seconds of the timeline, and `zone`, the time zone it is read in.
 */
import { CameraId } from "@rokuga/media/ids.ts";
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
};

/** The place that a query string names. What cannot be read counts as not named. */
export function parsePlace(search: string): Place {
  const parameters = new URLSearchParams(search);
  const camera = CameraId.safeParse(parameters.get("camera"));
  const zoom = Number(parameters.get("zoom"));
  const zone = parameters.get("zone");
  return {
    cameraId: camera.success ? camera.data : null,
    at: parseAt(parameters.get("t")),
    spanMs: zoom >= 1 && Number.isFinite(zoom) ? zoom * SECOND_MS : null,
    zone: zone !== null && isZone(zone) ? zone : null,
  };
}

function parseAt(text: string | null): At | null {
  if (text === null) return null;
  if (text === "live") return { kind: "live" };
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : isoMs(text);
  return Number.isFinite(ms) && ms > 0 ? { kind: "moment", ms } : null;
}

function isoMs(text: string): number {
  return /(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
}

/** The query string of a place, with its `?`. Milliseconds are kept: the frame that was shared is shown. */
export function formatPlace({
  cameraId,
  at,
  spanMs,
  zone,
}: { cameraId: string; at: At } & Pick<Place, "spanMs" | "zone">): string {
  const t = at.kind === "live" ? "live" : String(Math.round(at.ms));
  const zoomS = Math.round((spanMs ?? FIRST_SPAN_MS) / SECOND_MS);
  const zoom = zoomS === FIRST_SPAN_MS / SECOND_MS ? "" : `&zoom=${zoomS}`;
  // A slash may stand in a query, and reads better there.
  const inZone = zone === null ? "" : `&zone=${encodeURIComponent(zone).replaceAll("%2F", "/")}`;
  return `?camera=${encodeURIComponent(cameraId)}&t=${t}${zoom}${inZone}`;
}
