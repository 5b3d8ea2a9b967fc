/** Why footage is missing. Apart from the events, which a page need not load. */
import { z } from "zod";

/** Why a range of a camera's life cannot be played. */
export const GapCause = z.enum([
  "camera-unreachable",
  "relay-stopped",
  "waiting-on-site",
  "spool-overflow",
  "corrupt",
  "expired",
  "deleted",
  "unknown",
]);
export type GapCause = z.infer<typeof GapCause>;
