/**
 * The log as files of the store: `log/<site>/<yyyy>/<mm>/<dd>/<hh>.jsonl`, one for each site and each UTC hour in
 * which the log took its events. A line is an event as it was appended, with when the log took it, as JSON; lines are
 * in the order of the log.
 *
 * Whoever reads the files takes each event once, by its id: one whose site became known later may be in two of them.
 */
import { z } from "zod";
import type { NewEvent } from "./events.ts";
import { SiteId } from "./ids.ts";
import { readEvent } from "./upcast.ts";

/** What all keys of the archive begin with. */
export const ARCHIVE_PREFIX = "log/";

/** In place of the site of an event that does not say it, of a camera whose site is not known. */
export const UNKNOWN_SITE = "unknown";

export const HOUR_MS = 3_600_000;

/** A file of the archive. `hourMs`: start of its hour, ms since the epoch. */
export type ArchiveFile = { siteId: string; hourMs: number };

/** An event as the log has it, of whatever version. `recordedAtMs`: when the log took it, by the database's clock. */
export type ArchivedEvent = {
  eventId: string;
  type: string;
  version: number;
  occurredAtMs: number;
  recordedAtMs: number;
  data: unknown;
};

export function archiveKey({ siteId, hourMs }: ArchiveFile): string {
  const [day, hour] = new Date(hourMs).toISOString().slice(0, 13).split("T") as [string, string];
  return `${ARCHIVE_PREFIX}${siteId}/${day.replaceAll("-", "/")}/${hour}.jsonl`;
}

const KEY = /^log\/([^/]+)\/(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\.jsonl$/;

/** The file that a key names, or undefined when it is none of the archive's. */
export function parseArchiveKey(key: string): ArchiveFile | undefined {
  const [, siteId, year, month, day, hour] = KEY.exec(key) ?? [];
  if (!SiteId.safeParse(siteId).success) return undefined;
  const hourMs = Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
  const file = { siteId: siteId!, hourMs };
  return Number.isFinite(hourMs) && archiveKey(file) === key ? file : undefined;
}

/** The text of a file. */
export function archiveText(events: Iterable<ArchivedEvent>): string {
  let text = "";
  for (const { eventId, type, version, occurredAtMs, recordedAtMs, data } of events) {
    text += `${JSON.stringify({ eventId, type, version, occurredAtMs, recordedAtMs, data })}\n`;
  }
  return text;
}

/**
 * `text` with those lines of `before` whose events it has not, at its end: what is once in a file stays in it. So an
 * event is kept that belongs to another file by now, and all that another database has archived there.
 */
export function withLinesOf(before: string, text: string): string {
  const lines = linesOf(text);
  const present = new Set(lines);
  const others = linesOf(before).filter((line) => !present.has(line));
  if (others.length === 0) return text;
  const eventIds = new Set(lines.map(eventIdOf));
  const kept = others.filter((line) => {
    const eventId = eventIdOf(line);
    return eventId === undefined || !eventIds.has(eventId);
  });
  return text + kept.map((line) => `${line}\n`).join("");
}

export type ReadLine =
  | { ok: true; event: NewEvent & { recordedAtMs: number } }
  /** `line` counts from 1. `problem`: what is wrong with it, in a sentence. */
  | { ok: false; line: number; problem: string };

const Recorded = z.looseObject({ recordedAtMs: z.int().positive() });

/** The events of a file, as this program knows them. A line that cannot be read (cut off, unknown) is told, and passed. */
export function* readArchive(text: string): Generator<ReadLine> {
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const read = readLine(line);
    yield "problem" in read ? { ok: false, line: index + 1, problem: read.problem } : { ok: true, ...read };
  }
}

function readLine(line: string): { event: NewEvent & { recordedAtMs: number } } | { problem: string } {
  const written = parseJson(line);
  if (written === undefined) return { problem: "it is not JSON, as when it was cut off" };
  const recorded = Recorded.safeParse(written);
  if (!recorded.success) return { problem: "it does not say when it was recorded" };
  const { recordedAtMs, ...event } = recorded.data;
  const read = readEvent(event);
  return read.ok ? { event: { ...read.event, recordedAtMs } } : { problem: read.problem };
}

const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");

function eventIdOf(line: string): string | undefined {
  const { eventId } = (parseJson(line) ?? {}) as { eventId?: unknown };
  return typeof eventId === "string" ? eventId : undefined;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
