/**
 * The launcher's settings: from the environment and the command line, checked, with their defaults. The only
 * module here that knows the names of the variables it reads. It decides nothing: whether an embedded server is
 * started follows from a setting's absence, elsewhere.
 */
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readEnvironment } from "@rokuga/runtime/environment.ts";
import { z } from "zod";
import { CannotStart } from "./cannot_start.ts";
import { LOOPBACK } from "./ports.ts";

const Port = z.coerce
  .number("must be a port number")
  .int()
  .min(1, "must be 1 to 65535")
  .max(65_535, "must be 1 to 65535");

const url = (protocols: readonly string[], example: string) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL like ${example}`,
    );

const DATABASE = ["postgres:", "postgresql:"];

const Environment = z
  .object({
    DATABASE_URL: url(DATABASE, "postgres://user:password@host:5432/name").optional(),
    DATABASE_OWNER_URL: url(DATABASE, "postgres://owner:password@host:5432/name").optional(),
    REDIS_URL: z
      .union([z.literal("postgres"), url(["redis:", "rediss:", ...DATABASE], "redis://host:6379")], {
        error: "must be a URL like redis://host:6379, rediss://… or postgres://…, or the word postgres",
      })
      .optional(),
    STORAGE_URL: url(["file:", "s3:"], "file:///path or s3://bucket?region=…").optional(),
    FFMPEG_PATH: z.string().optional(),
    PORT: Port.optional(),
    RELAY_PORT: Port.optional(),
    CAMERAS_FILE: z.string().default("cameras.yaml"),
    ROKUGA_HOME: z.string().default(".rokuga"),
    LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  })
  .refine(
    ({ DATABASE_URL, DATABASE_OWNER_URL }) => DATABASE_URL !== undefined || DATABASE_OWNER_URL === undefined,
    {
      path: ["DATABASE_OWNER_URL"],
      error: "needs DATABASE_URL too, for the user that worker and web have",
    },
  );

/** Where the queue lives: `embedded` is a Redis of our own or, without one installed, the database. */
export type QueueSetting = { kind: "embedded" } | { kind: "database" } | { kind: "given"; url: string };

export type Settings = {
  /** The repository. */
  root: string;
  /** The state directory, absolute. */
  home: string;
  camerasFile: string;
  /** The web with Next's development server. */
  hot: boolean;
  databaseUrl: string | undefined;
  /** The same database as the user that owns its tables, where that is another one. */
  databaseOwnerUrl: string | undefined;
  queue: QueueSetting;
  storageUrl: string | undefined;
  ffmpegPath: string | undefined;
  /** Ports that were asked for: when taken, that is an error. */
  port: number | undefined;
  relayPort: number | undefined;
  logLevel: string;
  /** All that was read, for what is passed on to the parts. */
  environment: NodeJS.ProcessEnv;
};

export const USAGE = `Usage: npx pnpm dev [--hot]
  --hot   serve the page with Next's development server, for those who change the page
Settings: DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, STORAGE_URL, FFMPEG_PATH, PORT, RELAY_PORT, CAMERAS_FILE, ROKUGA_HOME, LOG_LEVEL`;

/**
 * Reads the settings. Relative paths are relative to `root`. Throws `SettingError` for a bad variable and
 * {@link CannotStart} for an unknown option.
 */
export function readSettings(
  environment: NodeJS.ProcessEnv,
  args: readonly string[],
  root: string,
): Settings {
  const options = args.filter((argument) => argument !== "--");
  const unknown = options.find((option) => option !== "--hot");
  if (unknown !== undefined) throw new CannotStart(`Unknown option ${unknown}.\n${USAGE}`);
  const read = readEnvironment(Environment, environment);
  const path = (text: string) => (isAbsolute(text) ? text : resolve(root, text));
  return {
    root,
    home: path(read.ROKUGA_HOME),
    camerasFile: path(read.CAMERAS_FILE),
    hot: options.includes("--hot"),
    databaseUrl: read.DATABASE_URL,
    databaseOwnerUrl: read.DATABASE_OWNER_URL,
    queue: queueSetting(read.REDIS_URL),
    storageUrl: read.STORAGE_URL,
    ffmpegPath: read.FFMPEG_PATH,
    port: read.PORT,
    relayPort: read.RELAY_PORT,
    logLevel: read.LOG_LEVEL,
    environment,
  };
}

/** The store that was given, or the one in the state directory. */
export function storageUrlOf({ home, storageUrl }: Pick<Settings, "home" | "storageUrl">): string {
  return storageUrl ?? pathToFileURL(join(home, "store")).href;
}

function queueSetting(value: string | undefined): QueueSetting {
  if (value === undefined) return { kind: "embedded" };
  return value === "postgres" ? { kind: "database" } : { kind: "given", url: value };
}

/** What the parts are given: every address they need, decided. */
export type Decided = {
  databaseUrl: string;
  queueUrl: string;
  storageUrl: string;
  ffmpegPath: string;
  mediaSecret: string;
  setupKey: string;
  authSecret: string;
  port: number;
  relayPort: number;
};

/** Of our own environment, what any program needs, and what one needs that writes to a terminal. */
const COMMON = ["PATH", "HOME", "TZ", "LANG", "LC_ALL", "TMPDIR", "NODE_EXTRA_CA_CERTS"];
const TERMINAL = ["TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR"];

/** What is passed on as it is; the parts check it. */
const RELAY_SETTINGS = ["SPOOL_LIMIT_BYTES", "SPOOL_FREE_BYTES", "RELAY_HOST"];
const WORKER_SETTINGS = ["WORKER_CONCURRENCY", "UPLOAD_BITS_PER_SECOND"];
const WEB_SETTINGS = [
  ...["PUBLIC_URL", "CLIENT_ADDRESS_HEADER"],
  ...["CLIPS_DIR", "CLIPS_LIMIT_BYTES", "CLIPS_FREE_BYTES"],
  ...["CLOUDFRONT_URL", "CLOUDFRONT_KEY_PAIR_ID", "CLOUDFRONT_PRIVATE_KEY"],
];

type Wanted = (name: string) => boolean;
const isAws: Wanted = (name) => name.startsWith("AWS_");

/** Those variables of our own environment that are wanted. */
function pick({ environment }: Settings, wanted: Wanted): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== undefined && wanted(name)),
  );
}

/** What a command is given; `storageUrl` only when it has to do with the store. */
export type CommandAddresses = {
  databaseUrl: string;
  appRole: string | undefined;
  storageUrl: string | undefined;
};

/** The environment of a command: what it needs and nothing else. */
export function commandEnvironment(
  settings: Settings,
  { databaseUrl, appRole, storageUrl }: CommandAddresses,
): NodeJS.ProcessEnv {
  return {
    ...pick(settings, (name) => COMMON.includes(name) || TERMINAL.includes(name)),
    LOG_LEVEL: settings.logLevel,
    DATABASE_URL: databaseUrl,
    ...(appRole === undefined ? {} : { DATABASE_APP_ROLE: appRole }),
    ...(storageUrl === undefined ? {} : { ...pick(settings, isAws), STORAGE_URL: storageUrl }),
  };
}

/**
 * The environment of each part: what it needs and nothing else, so that the relay, which talks to cameras, knows
 * neither the database nor the store.
 */
export function partEnvironments(
  settings: Settings,
  decided: Decided,
): Record<"relay" | "worker" | "web", NodeJS.ProcessEnv> {
  const common = { ...pick(settings, (name) => COMMON.includes(name)), LOG_LEVEL: settings.logLevel };
  const aws = pick(settings, isAws);
  const spool = join(settings.home, "spool");
  return {
    relay: {
      ...common,
      ...pick(settings, (name) => RELAY_SETTINGS.includes(name)),
      REDIS_URL: decided.queueUrl,
      CAMERAS_FILE: settings.camerasFile,
      SPOOL_DIR: spool,
      FFMPEG_PATH: decided.ffmpegPath,
      RELAY_PORT: String(decided.relayPort),
      SETUP_KEY: decided.setupKey,
    },
    worker: {
      ...common,
      ...aws,
      ...pick(settings, (name) => WORKER_SETTINGS.includes(name)),
      REDIS_URL: decided.queueUrl,
      DATABASE_URL: decided.databaseUrl,
      STORAGE_URL: decided.storageUrl,
      SPOOL_DIR: spool,
    },
    web: {
      ...common,
      ...aws,
      DATABASE_URL: decided.databaseUrl,
      STORAGE_URL: decided.storageUrl,
      MEDIA_SECRET: decided.mediaSecret,
      SETUP_URL: `http://${LOOPBACK}:${decided.relayPort}/setup#${decided.setupKey}`,
      AUTH_SECRET: decided.authSecret,
      FFMPEG_PATH: decided.ffmpegPath,
      CLIPS_DIR: join(settings.home, "clips"),
      ...pick(settings, (name) => WEB_SETTINGS.includes(name)),
      HOST: "127.0.0.1",
      PORT: String(decided.port),
      NODE_ENV: settings.hot ? "development" : "production",
      ...(settings.hot ? { HOT: "1" } : {}),
    },
  };
}
