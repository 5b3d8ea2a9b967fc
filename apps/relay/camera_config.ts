/**
 * The list of cameras on site: one YAML file, checked as a whole. A file with a mistake is refused with file,
 * line and reason, and whatever ran goes on running. Camera addresses never leave this program.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CameraId, SiteId } from "@rokuga/media/ids.ts";
import { NO_LIMITS, type RetentionLimits } from "@rokuga/media/retention.ts";
import { parseBytes } from "@rokuga/runtime/bytes.ts";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";

const Size = z.string().regex(/^\d{2,5}x\d{2,5}$/, "must be width x height, such as 1280x720");
const Fps = z.number().min(1).max(120);

const RtspUrl = z.string().superRefine((value, context) => {
  const url = URL.parse(value);
  // The value is not repeated: it may hold a password.
  if (!url || !["rtsp:", "rtsps:"].includes(url.protocol)) {
    context.addIssue("must be an address that begins with rtsp:// or rtsps://");
  } else if (url.hostname === "") {
    context.addIssue("the address has no host name");
  }
});

const InputObject = z.union(
  [
    z.strictObject({ rtsp: RtspUrl, transport: z.enum(["tcp", "udp"]).default("tcp") }),
    z.strictObject({
      /** `/dev/video0` on Linux, an index or name on macOS, a device name on Windows. */
      webcam: z.union([z.string().min(1), z.int().min(0).transform(String)]),
      size: Size.default("1280x720"),
      fps: Fps.default(15),
      /** Pixel format to ask the device for, such as `mjpeg` (v4l2). */
      format: z
        .string()
        .regex(/^[a-z0-9_]{1,16}$/)
        .optional(),
    }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ synthetic: z.literal(true), size: Size.default("960x540"), fps: Fps.default(15) }),
  ],
  "must be an rtsp:// address, 'synthetic', or one of {rtsp: …}, {webcam: …}, {file: …}, {synthetic: true}",
);

const InputString = z.string().transform((value, context): z.input<typeof InputObject> => {
  if (value === "synthetic") return { synthetic: true };
  if (/^rtsps?:/.test(value)) return { rtsp: value };
  context.addIssue(
    "must be an rtsp:// or rtsps:// address, 'synthetic', or one of {rtsp: …}, {webcam: …}, {file: …}",
  );
  return z.NEVER;
});

/** Less than this is a number whose unit was forgotten, and would leave nothing to look at. */
const LEAST_BYTES = 1_000_000;

const Bytes = z.union([z.number(), z.string()]).transform((value, context) => {
  const bytes = typeof value === "string" ? parseBytes(value) : value;
  if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= LEAST_BYTES) return bytes;
  context.addIssue("must be a size with its unit, such as 500GB, and at least 1MB");
  return z.NEVER;
});

const NO_RETENTION = "must be { days: …, bytes: … } with one of them or both, or none";

/** A limit that is left out is none. */
const Limits = z
  .strictObject({
    days: z
      .number()
      .positive("must be more than 0")
      .max(36_500)
      .optional()
      .describe("Footage that is older goes, in days."),
    bytes: Bytes.optional().describe(
      "The most that is kept of a camera, such as 500GB: the oldest goes first.",
    ),
  })
  .refine(({ days, bytes }) => days !== undefined || bytes !== undefined, NO_RETENTION);

const Retention = z.union([Limits, z.literal("none", NO_RETENTION), z.null()]);

export const CameraConfig = z.strictObject({
  id: CameraId,
  /** What people read. The id when absent. */
  name: z.string().min(1).max(200).optional(),
  input: z.union([InputString.pipe(InputObject), InputObject]),
  /** Length of a segment, s: it is closed at the first keyframe after this. */
  segment_seconds: z.number().min(1).max(60).default(10),
  audio: z.boolean().default(true),
  /** For how long, and how much of it, footage is kept. See {@link retentionOf}. */
  retention: Retention.optional().describe(
    "How much of this camera is kept. It takes the place of the site's retention as a whole; none: no limit.",
  ),
});

export const SiteConfig = z.strictObject({
  site: z
    .strictObject({
      id: SiteId,
      name: z.string().min(1).max(200).optional(),
      /** Of each camera that does not say otherwise. Without it everything is kept. */
      retention: Retention.optional().describe(
        "How much is kept of each camera that has no retention of its own. Without it all footage is kept.",
      ),
    })
    .default({ id: "home" }),
  cameras: z.array(CameraConfig).max(1_000),
});

export type CameraInput = z.infer<typeof InputObject>;
export type CameraConfig = z.infer<typeof CameraConfig>;
export type SiteConfig = z.infer<typeof SiteConfig>;

/**
 * What holds for a camera: its own `retention`, whole, or the site's when it has none. The two are never mixed: a
 * camera with `{ days: 7 }` has no limit of bytes, whatever the site says, and one with `none` (or null) has no limit.
 */
export function retentionOf(camera: CameraConfig, { site }: SiteConfig): RetentionLimits {
  const own = camera.retention === undefined ? site.retention : camera.retention;
  if (own === undefined || own === null || own === "none") return NO_LIMITS;
  return { days: own.days ?? null, bytes: own.bytes ?? null };
}

export type ConfigProblem = { line: number; column: number; message: string };
export type ConfigResult = { ok: true; config: SiteConfig } | { ok: false; problems: ConfigProblem[] };

export type ParseOptions = {
  /** Directory that relative paths of files start from. */
  directory: string;
  fileExists: (path: string) => boolean;
};

/** Checks the text of a camera file. Problems carry 1-based lines and columns and never a value of the file. */
export function parseCameraConfig(text: string, { directory, fileExists }: ParseOptions): ConfigResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, message };
  };
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map((error) => at(error.pos[0], firstSentence(error.message))),
    };
  }
  if (document.contents === null) {
    return {
      ok: false,
      problems: [{ line: 1, column: 1, message: "the file is empty: it must hold a list of cameras" }],
    };
  }
  const parsed = SiteConfig.safeParse(document.toJS());
  if (!parsed.success) {
    const problems = parsed.error.issues
      .flatMap(leaves)
      .map(({ path, message, key }) =>
        at(
          key === undefined ? offsetOf(document, path) : offsetOfKey(document, path, key),
          `${describe(path)}: ${message}`,
        ),
      );
    return { ok: false, problems };
  }
  const config = {
    ...parsed.data,
    cameras: parsed.data.cameras.map((camera) =>
      "file" in camera.input ? { ...camera, input: { file: resolve(directory, camera.input.file) } } : camera,
    ),
  };
  const problems: ConfigProblem[] = [];
  const first = new Map<string, number>();
  for (const [index, camera] of config.cameras.entries()) {
    const { line } = at(offsetOf(document, ["cameras", index, "id"]), "");
    const earlier = first.get(camera.id);
    if (earlier !== undefined) {
      const message = `cameras[${index}].id: '${camera.id}' is already the id of the camera in line ${earlier}`;
      problems.push(at(offsetOf(document, ["cameras", index, "id"]), message));
    }
    first.set(camera.id, earlier ?? line);
    if ("file" in camera.input && !fileExists(camera.input.file)) {
      const message = `cameras[${index}].input.file: there is no file ${camera.input.file}`;
      problems.push(at(offsetOf(document, ["cameras", index, "input"]), message));
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config };
}

/** Reads and checks a camera file. Rejects only when it cannot be read at all. */
export async function readCameraConfig(file: string): Promise<ConfigResult> {
  const text = await readFile(file, "utf8");
  return parseCameraConfig(text, { directory: dirname(resolve(file)), fileExists: existsSync });
}

/** One line for a problem: `cameras.yaml:7:3 cameras[1].input: …`. */
export function problemLine(file: string, { line, column, message }: ConfigProblem): string {
  return `${file}:${line}:${column} ${message}`;
}

type Leaf = { path: PropertyKey[]; message: string; key?: string };

/** The innermost reasons: a union of inputs complains about the alternative that was meant, if one can be told. */
function leaves(issue: z.core.$ZodIssue): Leaf[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: issue.path, message: `unknown key '${key}'`, key }));
  }
  if (issue.code === "invalid_union") {
    const under = (inner: z.core.$ZodIssue) => ({ ...inner, path: [...issue.path, ...inner.path] });
    // The alternative that fits best is the one that fails deepest, or with the fewest complaints about missing keys.
    const meant = issue.errors.find(
      (errors) => errors.length > 0 && !errors.some((inner) => isForeign(inner)),
    );
    if (meant) return meant.flatMap((inner) => leaves(under(inner)));
  }
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) {
    return [{ path: issue.path, message: "is missing" }];
  }
  return [{ path: issue.path, message: issue.message }];
}

/** Whether a complaint says that another alternative was meant: a wrong type at the top, or the key that names it is missing. */
function isForeign(issue: z.core.$ZodIssue): boolean {
  const naming = ["rtsp", "webcam", "file", "synthetic"];
  if (issue.path.length === 0) return issue.code === "invalid_type";
  return (
    issue.path.length === 1 &&
    naming.includes(String(issue.path[0])) &&
    issue.code !== "custom" &&
    issue.input === undefined
  );
}

/** Offset of the node at a path, or of the nearest one above it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

/** Offset of a key itself: what it leads to may begin lines further down. */
function offsetOfKey(document: Document, path: readonly PropertyKey[], key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(map)
    ? map.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : offsetOf(document, path);
}

function describe(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the file";
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`,
    )
    .join("");
}

const firstSentence = (message: string) => message.split("\n")[0]!;
