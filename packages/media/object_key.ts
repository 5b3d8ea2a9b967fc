/**
 * Object keys: `sites/<site>/cameras/<camera>/<yyyy>/<mm>/<dd>/<startMs>-<durationMs>-<run>-<sequence>.ts`.
 * A key says what is needed to place its object on the timeline, so that the bucket alone can rebuild the log.
 * The date is the UTC day of the segment's start.
 */
import { CameraId, RunId, type SegmentId, SiteId } from "./ids.ts";

export type ObjectKeyParts = SegmentId & { siteId: string; startMs: number; wallDurationMs: number };

export function objectKey(parts: ObjectKeyParts): string {
  return objectKeysOf(parts)(parts);
}

const DAY_MS = 86_400_000;

/** {@link objectKey} for many segments of a camera: the folder of a day is written once. */
export function objectKeysOf({
  siteId,
  cameraId,
}: Pick<ObjectKeyParts, "siteId" | "cameraId">): (
  segment: Omit<ObjectKeyParts, "siteId" | "cameraId">,
) => string {
  let day = Number.NaN;
  let folder = "";
  return ({ startMs, wallDurationMs, runId, sequence }) => {
    if (Math.floor(startMs / DAY_MS) !== day) {
      day = Math.floor(startMs / DAY_MS);
      const date = new Date(startMs).toISOString().slice(0, 10).replaceAll("-", "/");
      folder = `sites/${siteId}/cameras/${cameraId}/${date}/`;
    }
    return `${folder}${startMs}-${wallDurationMs}-${runId}-${sequence}.ts`;
  };
}

const KEY =
  /^sites\/([^/]+)\/cameras\/([^/]+)\/(\d{4}\/\d{2}\/\d{2})\/(\d{1,15})-(\d{1,12})-([0-9a-z]{13})-(\d{1,8})\.ts$/;

/** The parts of a key, or undefined when it is not one of ours. */
export function parseObjectKey(key: string): ObjectKeyParts | undefined {
  const match = KEY.exec(key);
  if (!match) return undefined;
  const [, siteId, cameraId, , start, duration, runId, sequence] = match as unknown as string[];
  const parts = {
    siteId: siteId!,
    cameraId: cameraId!,
    runId: runId!,
    sequence: Number(sequence),
    startMs: Number(start),
    wallDurationMs: Number(duration),
  };
  const known =
    SiteId.safeParse(siteId).success &&
    CameraId.safeParse(cameraId).success &&
    RunId.safeParse(runId).success;
  return known && objectKey(parts) === key ? parts : undefined;
}
