/**
 * What the routes of clips and exports take and answer in JSON, as schemas. Wall-clock times are integer milliseconds
 * since the epoch, UTC; clip times are integer milliseconds from the clip's beginning.
 */
import { z } from "zod";
import { CausedGap, TimeRange } from "./api.ts";
import { ExportFormat } from "./export_format.ts";
import { CameraId, ExportId, ShareId } from "./ids.ts";
import { Sha256 } from "./segment.ts";

/** A range of the wall clock and where the clip shows it. */
export const ClipRange = TimeRange.extend({ clipStartMs: z.int().min(0), clipEndMs: z.int().min(0) });
export type ClipRange = z.infer<typeof ClipRange>;

/** `GET /api/cameras/{id}/clip.json?from&to`: what a clip of the range is made of. */
export const ClipDescription = z.strictObject({
  cameraId: CameraId,
  nowMs: z.int(),
  /** The asked range. */
  startMs: z.int(),
  endMs: z.int(),
  /** How long the clip plays, ms. */
  durationMs: z.int().min(0),
  /** How much footage is read for it; its file has a few per cent less. */
  bytes: z.int().positive(),
  /** What the clip shows, in its order: stretches without a break. Gaps take no time in the clip. */
  ranges: z.array(ClipRange),
  /** What the asked range lacks, each with its cause. */
  gaps: z.array(CausedGap),
  /** The stored objects that the clip is made of, each with the part of the clip that comes from it. */
  objects: z.array(
    ClipRange.extend({
      /** The object's key in the store. */
      key: z.string(),
      /** Length and SHA-256 of the whole object, as `SegmentStored` tells them. */
      bytes: z.int().positive(),
      sha256: Sha256,
    }),
  ),
});
export type ClipDescription = z.infer<typeof ClipDescription>;

/** `POST /api/clips`. Times are ISO 8601 with an offset, or epoch milliseconds. */
export const ClipRequest = z.strictObject({
  cameraId: z.string(),
  from: z.union([z.string(), z.int()]),
  to: z.union([z.string(), z.int()]),
});
export type ClipRequest = z.infer<typeof ClipRequest>;

/** `GET /api/clips/{id}`: a clip that is made in the background. */
export const ClipJobView = z.strictObject({
  id: ExportId,
  cameraId: CameraId,
  startMs: z.int(),
  endMs: z.int(),
  /** `ready`: its file can be fetched from `/api/clips/{id}/clip.mp4`. */
  state: z.enum(["queued", "running", "ready", "failed"]),
  /** How much of the footage has been read, 0 to 1. */
  progress: z.number().min(0).max(1),
  /** Length of the file; null until it is ready. */
  bytes: z.int().positive().nullable(),
  /** Of a failed one, in sentences: what went wrong and what to do. */
  problem: z.string().nullable(),
  createdMs: z.int(),
  /** When the file is removed at the latest; null until it is ready. */
  expiresMs: z.int().nullable(),
});
export type ClipJobView = z.infer<typeof ClipJobView>;

/** Footage that left the system as a file. */
export const ExportView = z.strictObject({
  exportId: ExportId,
  /** The range that was asked for. */
  startMs: z.int(),
  endMs: z.int(),
  exportedMs: z.int(),
  /** The name of the person or token; `person/<id>` of one who is not here any more; null where nobody signed in. */
  by: z.string().nullable(),
  format: ExportFormat,
  /** Length of the file; null where it was not known when it began to go. */
  bytes: z.int().positive().nullable(),
  /** The share by whose link it went out. */
  shareId: ShareId.nullable(),
});
export type ExportView = z.infer<typeof ExportView>;

/** `GET /api/cameras/{id}/exports?from&to`: exports whose footage overlaps the range, the latest first. */
export const ExportsAnswer = z.strictObject({
  cameraId: CameraId,
  nowMs: z.int(),
  exports: z.array(ExportView),
});
export type ExportsAnswer = z.infer<typeof ExportsAnswer>;
