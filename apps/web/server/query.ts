/** Reads and checks what requests ask for: times, ranges, cameras. */
import { cameraExists } from "@rokuga/db/read_cameras.ts";
import type { TimeRange } from "@rokuga/media/api.ts";
import { CameraId } from "@rokuga/media/ids.ts";
import { webContext } from "./context.ts";
import { ProblemError } from "./problem.ts";

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Years 1970 to 9999: what both a date and a playlist can express. */
const LAST_MS = Date.UTC(9999, 11, 31);

/** A moment as ms since the epoch: from epoch milliseconds, or ISO 8601 with an offset. Undefined when it is neither. */
export function parseTime(text: string): number | undefined {
  // In a query a plus sign means a space: an offset of +09:00 that was not escaped arrives as " 09:00".
  const moment = /^\d{1,15}$/.test(text) ? Number(text) : isoTime(text.replace(" ", "+"));
  return moment !== undefined && moment >= 0 && moment <= LAST_MS ? moment : undefined;
}

function isoTime(text: string): number | undefined {
  const moment = ISO.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment;
}

export function requiredTime(query: URLSearchParams, name: string): number {
  const moment = optionalTime(query, name);
  if (moment === undefined)
    throw badRange(`'${name}' is missing: give ISO 8601 with an offset, or epoch milliseconds.`);
  return moment;
}

export function optionalTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const moment = parseTime(text);
  if (moment === undefined) {
    throw badRange(
      `'${name}' is '${text.slice(0, 40)}': give ISO 8601 with an offset (2026-01-31T18:00:00+09:00) or epoch milliseconds.`,
    );
  }
  return moment;
}

/** The range `[from, to)` of a query. Throws a 400 when it is malformed, empty or longer than `longestMs`. */
export function checkedRange(startMs: number, endMs: number, longestMs: number): TimeRange {
  if (endMs <= startMs) throw badRange("'to' must be later than 'from'.");
  if (endMs - startMs > longestMs) {
    throw badRange(`The range is too long: ask for at most ${lengthText(longestMs)} at a time.`);
  }
  return { startMs, endMs };
}

const lengthText = (ms: number) => {
  const hours = ms / 3_600_000;
  return hours % 24 === 0 ? `${hours / 24} days` : `${hours} hours`;
};

/** The time zone of a query, undefined without one. Throws a 400 for one that is not known. */
export function optionalZone(query: URLSearchParams): string | undefined {
  const zone = query.get("zone");
  if (zone === null) return undefined;
  try {
    // No zone has a space in its name: it was a plus sign that was not escaped (Etc/GMT+9).
    // Throws for a zone that it does not know.
    return new Intl.DateTimeFormat("en", { timeZone: zone.replaceAll(" ", "+") }).resolvedOptions().timeZone;
  } catch {
    throw new ProblemError(400, "Unknown time zone", {
      detail: `'zone' is '${zone.slice(0, 40)}', which is not a time zone: give an IANA name such as Asia/Tokyo, or leave it out for UTC.`,
    });
  }
}

const badRange = (detail: string) => new ProblemError(400, "Malformed range", { detail });

/** The camera of a route. Throws a 404 when there is no such camera. */
export async function knownCamera(id: string): Promise<string> {
  const known = CameraId.safeParse(id).success && (await cameraExists(webContext().database, id));
  if (known) return id;
  throw unknownCamera(id);
}

/** The answer also to who may not know that there is one. */
export const unknownCamera = (id: string) =>
  new ProblemError(404, "Unknown camera", {
    detail: `There is no camera '${id.slice(0, 80)}'. GET /api/cameras lists those there are.`,
  });
