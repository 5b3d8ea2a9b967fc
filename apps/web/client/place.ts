/**
 * The place in the address: `?camera=front&t=1771322400000`, or `t=live`. It makes reload, back and sharing keep
 * the place. `t` is also read as ISO 8601 with an offset, for people who write addresses by hand.
 */
import { CameraId } from "@rokuga/media/ids.ts";
import type { At } from "./windows.ts";

export type Place = {
  cameraId: string | null;
  /** Null when the address names no moment. */
  at: At | null;
};

/** The place that a query string names. What cannot be read counts as not named. */
export function parsePlace(search: string): Place {
  const parameters = new URLSearchParams(search);
  const camera = CameraId.safeParse(parameters.get("camera"));
  return { cameraId: camera.success ? camera.data : null, at: parseAt(parameters.get("t")) };
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
export function formatPlace(place: { cameraId: string; at: At }): string {
  const t = place.at.kind === "live" ? "live" : String(Math.round(place.at.ms));
  return `?camera=${encodeURIComponent(place.cameraId)}&t=${t}`;
}
