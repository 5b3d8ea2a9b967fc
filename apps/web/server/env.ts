/** The web app's settings, from its environment. */

import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bytes } from "@rokuga/runtime/bytes.ts";
import { readEnvironment } from "@rokuga/runtime/environment.ts";
import { z } from "zod";

/** Passwords and cookies go over it: unencrypted only within this machine. */
const PublicUrl = z
  .url({ protocol: /^https?$/, error: "must be an address like https://cameras.example.com" })
  .transform((text) => new URL(text))
  .refine(
    ({ protocol, hostname }) =>
      protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname),
    "must begin with https:// where it is not this machine's own: browsers send passwords and cookies there",
  );

const Variables = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, "must begin with postgres://"),
  /** Where objects are: `s3://bucket?endpoint=…&region=…` or `file:///path`. */
  STORAGE_URL: z.string(),
  /** CloudFront in front of the store: all three, or none. See packages/storage/cloudfront.ts. */
  CLOUDFRONT_URL: z.string().optional(),
  CLOUDFRONT_KEY_PAIR_ID: z.string().optional(),
  CLOUDFRONT_PRIVATE_KEY: z.string().optional(),
  /** Signs the URLs of media that this app streams itself. Any long random text, the same for every instance. */
  MEDIA_SECRET: z.string().min(32, "must be at least 32 characters"),
  /** The relay's set-up page with its key, where this app runs beside it. For owners. */
  SETUP_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Signs the cookies of sessions. Any long random text, the same for every instance. */
  AUTH_SECRET: z.string().min(32, "must be at least 32 characters"),
  /** The address by which people open it, where that is not this machine's own: `https://cameras.example.com`. */
  PUBLIC_URL: PublicUrl.optional(),
  /** The header in which the proxy in front of it says who asks (`x-forwarded-for`), if there is one. */
  CLIENT_ADDRESS_HEADER: z.string().toLowerCase().optional(),
  /** Decodes snapshots. */
  FFMPEG_PATH: z.string().default("ffmpeg"),
  /** Where clips that are made in the background are kept for a while. */
  CLIPS_DIR: z.string().default(join(tmpdir(), `rokuga-clips-${process.getuid?.() ?? "user"}`)),
  /** Most that they may have together: `20GB`, or bytes. */
  CLIPS_LIMIT_BYTES: Bytes.default(20_000_000_000),
  /** What they leave free on their disk. */
  CLIPS_FREE_BYTES: Bytes.default(2_000_000_000),
  HOST: z.string().default("127.0.0.1"),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  /** `1` runs Next's development server. */
  HOT: z.string().optional(),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

const CLOUDFRONT = ["CLOUDFRONT_URL", "CLOUDFRONT_KEY_PAIR_ID", "CLOUDFRONT_PRIVATE_KEY"] as const;

const Environment = Variables.superRefine((given, context) => {
  const missing = CLOUDFRONT.filter((name) => given[name] === undefined);
  if (missing.length === 0 || missing.length === CLOUDFRONT.length) return;
  for (const name of missing) {
    context.addIssue({ code: "custom", path: [name], message: "must be set too, to use CloudFront" });
  }
}).transform(({ CLOUDFRONT_URL: url, CLOUDFRONT_KEY_PAIR_ID: id, CLOUDFRONT_PRIVATE_KEY: key, ...rest }) => ({
  ...rest,
  cloudfront: url && id && key ? { url, keyPairId: id, privateKey: key } : null,
}));

export type WebEnvironment = z.infer<typeof Environment>;

export const readWebEnvironment = (environment: NodeJS.ProcessEnv): WebEnvironment =>
  readEnvironment(Environment, environment);
