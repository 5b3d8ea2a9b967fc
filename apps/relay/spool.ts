/**
 * The spool on disk, the relay's side: what a run's directory holds and how it is read after a crash.
 *
 * A run's directory has `run.json` (what the run is, and how it ended), the closed segments, `open/` with what
 * FFmpeg is writing, and an index: one line of JSON per closed segment, in files of {@link INDEX_CHUNK} lines each,
 * which go once their segments are stored. A segment without a line was not closed. Events wait in `_outbox`
 * until they are appended.
 */
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NewEvent } from "@rokuga/media/events.ts";
import { RunEndReason } from "@rokuga/media/events.ts";
import { CameraId, OutboxId, RunId, type SegmentId, Sequence, SiteId } from "@rokuga/media/ids.ts";
import { Segment } from "@rokuga/media/segment.ts";
import {
  OUTBOX,
  openDirectory,
  openSegmentPath,
  outboxId,
  outboxPath,
  QUARANTINE,
  quarantinePath,
  runDirectory,
  segmentPath,
  sequenceOf,
} from "@rokuga/media/spool_layout.ts";
import { z } from "zod";

/** Index lines per file. */
export const INDEX_CHUNK = 1_000;

/** Whether the operating system's clock followed a time server. `unknown`: it does not say. */
export const ClockState = z.enum(["synchronised", "unsynchronised", "unknown"]);
export type ClockState = z.infer<typeof ClockState>;

export const RunFile = z.strictObject({
  version: z.literal(1),
  siteId: SiteId,
  cameraId: CameraId,
  runId: RunId,
  /** Of the wall clock when the run began. */
  clock: ClockState.default("unknown"),
  /** Wall-clock time of the first frame, as first estimated, ms. Absent until it came. */
  startMs: z.int().positive().optional(),
  /** Media time of the first frame (90 kHz). Absent until it came. */
  startTicks: z.int().min(0).optional(),
  /** The file that it was cut from: split_run.ts. */
  splitFrom: z.strictObject({ runId: RunId, sequence: Sequence }).optional(),
  /** Steps of the wall clock during the run: when, and by how much, ms. */
  clockSteps: z.array(z.strictObject({ atMs: z.number(), byMs: z.number() })),
  /** Sum of the `ClockCorrected` events of the run, ms. */
  correctedByMs: z.int().default(0),
  /** How FFmpeg ended, where that is known before the run is finished. */
  endReason: RunEndReason.optional(),
  ended: z.strictObject({ endMs: z.int().positive(), reason: RunEndReason }).optional(),
});
export type RunFile = z.infer<typeof RunFile>;

export type RunIdentity = { cameraId: string; runId: string };

export async function writeRunFile(spool: string, run: RunFile): Promise<void> {
  await writeAtomically(runFilePath(spool, run), JSON.stringify(run));
}

/** Undefined when there is none that can be read: the run is then known by its directory alone. */
export async function readRunFile(spool: string, identity: RunIdentity): Promise<RunFile | undefined> {
  try {
    const run = RunFile.parse(JSON.parse(await readFile(runFilePath(spool, identity), "utf8")));
    return run.cameraId === identity.cameraId && run.runId === identity.runId ? run : undefined;
  } catch {
    return undefined;
  }
}

const runFilePath = (spool: string, run: RunIdentity) => join(runDirectory(spool, run), "run.json");

/** Where a segment's line lies in its index file, in bytes. */
export type IndexPlace = { offset: number; length: number };
export type IndexedSegment = { segment: Segment; place: IndexPlace };

/** Lines begin and end with a line feed: one that follows a torn line stands on its own. */
export async function appendToIndex(spool: string, segment: Segment): Promise<IndexPlace> {
  const line = Buffer.from(`\n${JSON.stringify(segment)}\n`);
  const file = await open(indexPath(spool, segment, chunkOf(segment.sequence)), "a");
  try {
    const { size } = await file.stat();
    await file.appendFile(line);
    return { offset: size + 1, length: line.length - 2 };
  } finally {
    await file.close();
  }
}

export const chunkOf = (sequence: number) => Math.floor(sequence / INDEX_CHUNK);

const indexPath = (spool: string, run: RunIdentity, chunk: number) =>
  join(runDirectory(spool, run), `segments-${chunk}.jsonl`);

/** Every line of a run's index that can be read, by sequence number. A line that a crash has torn is left out. */
export async function readIndex(spool: string, run: RunIdentity): Promise<Map<number, IndexedSegment>> {
  return await readChunks(spool, run, await listChunks(spool, run));
}

/** The same, of the newest file of the index only: at most {@link INDEX_CHUNK} segments. */
export async function readNewestIndex(spool: string, run: RunIdentity): Promise<Map<number, IndexedSegment>> {
  return await readChunks(spool, run, (await listChunks(spool, run)).slice(-1));
}

async function listChunks(spool: string, run: RunIdentity): Promise<number[]> {
  const names: string[] = await readdir(runDirectory(spool, run)).catch(emptyIfAbsent);
  return names
    .flatMap((name) => /^segments-(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

async function readChunks(
  spool: string,
  run: RunIdentity,
  chunks: readonly number[],
): Promise<Map<number, IndexedSegment>> {
  const index = new Map<number, IndexedSegment>();
  for (const chunk of chunks) {
    const bytes = await readFile(indexPath(spool, run, chunk));
    for (const place of linesOf(bytes)) {
      const segment = parseLine(bytes, place);
      if (segment?.cameraId === run.cameraId && segment.runId === run.runId) {
        index.set(segment.sequence, { segment, place });
      }
    }
  }
  return index;
}

/** Reads lines of one index file again. A segment whose line is not there any more is left out. */
export async function readIndexLines(
  spool: string,
  run: RunIdentity,
  { chunk, places }: { chunk: number; places: readonly IndexPlace[] },
): Promise<Segment[]> {
  const from = Math.min(...places.map((place) => place.offset));
  const to = Math.max(...places.map((place) => place.offset + place.length));
  const file = await open(indexPath(spool, run, chunk)).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return [];
  try {
    const { buffer } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    return places
      .map(({ offset, length }) => parseLine(buffer, { offset: offset - from, length }))
      .filter((segment) => segment !== undefined);
  } finally {
    await file.close();
  }
}

/** Removes an index file: none of its segments is in the spool any more. */
export async function removeIndexChunk(spool: string, run: RunIdentity, chunk: number): Promise<void> {
  await rm(indexPath(spool, run, chunk), { force: true });
}

function* linesOf(bytes: Buffer): Generator<IndexPlace> {
  for (let offset = 0; offset < bytes.length; ) {
    const end = bytes.indexOf(0x0a, offset);
    const length = (end < 0 ? bytes.length : end) - offset;
    if (length > 0) yield { offset, length };
    offset += length + 1;
  }
}

function parseLine(bytes: Buffer, { offset, length }: IndexPlace): Segment | undefined {
  try {
    return Segment.parse(JSON.parse(bytes.toString("utf8", offset, offset + length)));
  } catch {
    return undefined;
  }
}

/** The runs in the spool, oldest first for each camera. */
export async function listRuns(spool: string): Promise<RunIdentity[]> {
  const runs: RunIdentity[] = [];
  for (const cameraId of await directoriesIn(spool)) {
    if (CameraId.safeParse(cameraId).success) runs.push(...(await listRunsOf(spool, cameraId)));
  }
  return runs;
}

/** A camera's runs in the spool, oldest first. */
export async function listRunsOf(spool: string, cameraId: string): Promise<RunIdentity[]> {
  const names = await directoriesIn(join(spool, cameraId));
  const runIds = names.filter((name) => RunId.safeParse(name).success);
  return runIds.sort().map((runId) => ({ cameraId, runId }));
}

async function directoriesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(emptyIfAbsent);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Sequence numbers of a run's files, ascending: those that are closed, and those in `open/`. */
export async function listSegments(
  spool: string,
  run: RunIdentity,
): Promise<{ closed: number[]; open: number[] }> {
  const [closed, open] = await Promise.all([
    readdir(runDirectory(spool, run)).catch(emptyIfAbsent),
    readdir(openDirectory(spool, run)).catch(emptyIfAbsent),
  ]);
  return { closed: sequencesIn(closed), open: sequencesIn(open) };
}

function sequencesIn(names: readonly string[]): number[] {
  return names
    .map(sequenceOf)
    .filter((sequence) => sequence !== undefined)
    .sort((a, b) => a - b);
}

/** Moves a closed segment to where the worker takes it from. */
export async function moveToClosed(spool: string, id: SegmentId): Promise<void> {
  await rename(openSegmentPath(spool, id), segmentPath(spool, id));
}

/** Takes a segment that cannot be played out of the way, for a person to look at. */
export async function quarantine(spool: string, id: SegmentId, path: string): Promise<void> {
  await mkdir(join(spool, QUARANTINE), { recursive: true });
  await rename(path, quarantinePath(spool, id));
}

/** Keeps events until they are appended. Resolves with the name of their file in the outbox. */
export async function writeToOutbox(spool: string, events: readonly NewEvent[]): Promise<string> {
  const id = outboxId(events.map((event) => event.eventId));
  await writeAtomically(outboxPath(spool, id), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return id;
}

/** Takes events back that were not appended yet. */
export async function removeFromOutbox(spool: string, id: string): Promise<void> {
  await rm(outboxPath(spool, id), { force: true });
}

/** The names of what waits in the outbox. */
export async function listOutbox(spool: string): Promise<string[]> {
  const names: string[] = await readdir(join(spool, OUTBOX)).catch(emptyIfAbsent);
  return names
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length))
    .filter((id) => OutboxId.safeParse(id).success);
}

/** Writes a file so that it is there whole or not at all. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

export function emptyIfAbsent(error: NodeJS.ErrnoException): never[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
