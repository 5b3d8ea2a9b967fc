/**
 * Reads a part's log lines (JSON, see `createLog`) and says which of them a person at the terminal should see,
 * and how. All lines are in the part's log file anyway.
 */
import { z } from "zod";
import type { Level } from "./report.ts";

const Line = z.looseObject({ level: z.string(), msg: z.string().default("") });

/** Fields that every line has, or that only make sense in the file. */
const HIDDEN = new Set(["level", "time", "part", "msg", "stack", "pid", "hostname"]);
/** The field that comes first: whom the line is about. */
const SUBJECTS = ["camera", "cameraId"];

export type ShownLine = { level: Level; text: string };

/** A line as a person reads it: `camera front-door: no answer (retryMs 5000): connect ECONNREFUSED …`. */
export function readLine(text: string): ShownLine | undefined {
  const line = parse(text);
  if (!line || (line.level !== "warn" && line.level !== "error" && line.level !== "fatal")) return undefined;
  const subject = SUBJECTS.map((name) => line[name]).find((value) => typeof value === "string");
  const details = Object.entries(line)
    .filter(
      ([name, value]) => !HIDDEN.has(name) && !SUBJECTS.includes(name) && name !== "error" && isShort(value),
    )
    .map(([name, value]) => `${name} ${value}`);
  const parts = [
    subject === undefined ? "" : `camera ${subject}: `,
    line.msg,
    details.length > 0 ? ` (${details.join(", ")})` : "",
    typeof line.error === "string" ? `: ${line.error}` : "",
  ];
  return { level: line.level === "warn" ? "warn" : "error", text: parts.join("").replace(/\s+/g, " ") };
}

/** What a part says last before it fails: the message of its newest error line, or of an uncaught error. */
export function lastComplaint(lines: readonly string[]): string {
  for (const text of lines.toReversed()) {
    const shown = readLine(text);
    if (shown?.level === "error") return shown.text;
    const thrown = /^(?:Uncaught )?\w*Error(?: \[\w+\])?: (.+)$/.exec(text);
    if (thrown?.[1]) return thrown[1];
  }
  return "";
}

/** Lets a line through unless the same one was shown within `everyMs`: a camera that stays away fills no screen. */
export function limitRepeats(everyMs: number, now: () => number): (line: ShownLine) => boolean {
  const shownAt = new Map<string, number>();
  return ({ level, text }) => {
    const at = now();
    for (const [key, before] of shownAt) if (at - before >= everyMs) shownAt.delete(key);
    // Numbers differ from one repetition to the next (attempts, milliseconds, process ids).
    const key = `${level} ${text.replace(/\d+/g, "#")}`;
    if (shownAt.has(key)) return false;
    shownAt.set(key, at);
    return true;
  };
}

function isShort(value: unknown): boolean {
  return (
    (typeof value === "string" && value.length <= 200) ||
    typeof value === "number" ||
    typeof value === "boolean"
  );
}

function parse(text: string) {
  if (!text.startsWith("{")) return undefined;
  try {
    return Line.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON after all: a line of some library, which the file keeps.
    return undefined;
  }
}
