/** The relay's settings, from its environment. */

import { Bytes } from "@rokuga/runtime/bytes.ts";
import { readEnvironment } from "@rokuga/runtime/environment.ts";
import { z } from "zod";

const Environment = z.object({
  /** The queue: `redis://…`, `rediss://…`, or `postgres://…` where a site has no Redis. */
  REDIS_URL: z.string(),
  /** The list of cameras (YAML). */
  CAMERAS_FILE: z.string(),
  SPOOL_DIR: z.string(),
  /** Most that may wait in the spool: `50GB`, `500MB`, or bytes. Without it the disk is the limit. */
  SPOOL_LIMIT_BYTES: Bytes.optional(),
  /** What the spool leaves free on its disk: `2GB`. By default 5 % of the disk, and at most 2 GiB. */
  SPOOL_FREE_BYTES: Bytes.optional(),
  FFMPEG_PATH: z.string().default("ffmpeg"),
  /** The status API. It listens on loopback unless told otherwise. */
  RELAY_HOST: z.string().default("127.0.0.1"),
  RELAY_PORT: z.coerce.number().int().min(0).max(65_535).default(3001),
  /** Opens the set-up page, `/setup#<key>`. Without it there is none. */
  SETUP_KEY: z.string().min(20, "must be at least 20 characters").optional(),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export type RelayEnvironment = z.infer<typeof Environment>;

export const readRelayEnvironment = (environment: NodeJS.ProcessEnv): RelayEnvironment =>
  readEnvironment(Environment, environment);
