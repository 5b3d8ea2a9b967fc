/**
 * The spool on disk, the relay's side: what a run's directory holds and how it is read after a crash.
 *
 * A run's directory has `run.json` (what the run is, and how it ended), the segments, and an index: one line of
 * JSON per closed segment, in files of {@link INDEX_CHUNK} lines each, which go once their segments are stored.
 * Segments without a line were not closed when the relay died. Events wait in `_outbox` until they are appended.
 */
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NewEvent, RunEndReason } from "@rokuga/media/events.ts";
import { CameraId, RunId, type SegmentId, SiteId } from "@rokuga/media/ids.ts";
import { Segment } from "@rokuga/media/segment.ts";
import {
  OUTBOX,
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

export const RunFile = z.strictObject({
  version: z.literal(1),
  siteId: SiteId,
  cameraId: CameraId,
  runId: RunId,
  /** Wall-clock time of the first frame, as first estimated, ms. */
  startMs: z.int().positive(),
  /** Media time of the first frame (90 kHz). */
  startTicks: z.int().min(0),
  /** Steps of the wall clock during the run: when, and by how much, ms. */
  clockSteps: z.array(z.strictObject({ atMs: z.number(), byMs: z.number() })),
  ended: z.strictObject({ endMs: z.int().positive(), reason: RunEndReason }).optional(),
});
export type RunFile = z.infer<typeof RunFile>;

export type StoredRun = {
  run: RunFile;
  /** Closed segments by sequence number; those already stored may still be listed. */
  index: Map<number, Segment>;
  /** Sequence numbers of the segment files that are there, ascending. */
  files: number[];
};

export async function writeRunFile(spool: string, run: RunFile): Promise<void> {
  await writeAtomically(join(runDirectory(spool, run), "run.json"), JSON.stringify(run));
}

/** Lines begin and end with a line feed: one that follows a torn line stands on its own. */
export async function appendToIndex(spool: string, segment: Segment): Promise<void> {
  await appendFile(indexPath(spool, segment), `\n${JSON.stringify(segment)}\n`);
}

const indexPath = (spool: string, { sequence, ...run }: SegmentId) =>
  join(runDirectory(spool, run), `segments-${Math.floor(sequence / INDEX_CHUNK)}.jsonl`);

export type RunIdentity = { cameraId: string; runId: string };

/** The runs in the spool, oldest first for each camera. */
export async function listRuns(spool: string): Promise<RunIdentity[]> {
  const runs: RunIdentity[] = [];
  for (const cameraId of await directoriesIn(spool)) {
    if (!CameraId.safeParse(cameraId).success) continue;
    const runIds = (await directoriesIn(join(spool, cameraId))).filter(
      (name) => RunId.safeParse(name).success,
    );
    runs.push(...runIds.sort().map((runId) => ({ cameraId, runId })));
  }
  return runs;
}

async function directoriesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(emptyIfAbsent);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Sequence numbers of a run's segment files that are there, ascending. */
export async function listSegments(spool: string, identity: RunIdentity): Promise<number[]> {
  return sequencesIn(await readdir(runDirectory(spool, identity)).catch(emptyIfAbsent));
}

function sequencesIn(names: readonly string[]): number[] {
  return names
    .map(sequenceOf)
    .filter((sequence) => sequence !== undefined)
    .sort((a, b) => a - b);
}

/** Reads a run's directory. `run` is undefined when `run.json` was never written: nothing was recorded. */
export async function readRun(
  spool: string,
  identity: RunIdentity,
): Promise<StoredRun | { run: undefined; files: number[] }> {
  const directory = runDirectory(spool, identity);
  const names: string[] = await readdir(directory).catch(emptyIfAbsent);
  const files = sequencesIn(names);
  if (!names.includes("run.json")) return { run: undefined, files };
  const run = RunFile.parse(JSON.parse(await readFile(join(directory, "run.json"), "utf8")));
  const index = new Map<number, Segment>();
  for (const name of names.filter((candidate) => /^segments-\d+\.jsonl$/.test(candidate))) {
    for (const line of (await readFile(join(directory, name), "utf8")).split("\n")) {
      const segment = parseIndexLine(line);
      if (segment) index.set(segment.sequence, segment);
    }
  }
  return { run, index, files };
}

/** A line that a crash has torn is as good as none: its segment is looked at anew. */
function parseIndexLine(line: string): Segment | undefined {
  if (line === "") return undefined;
  try {
    return Segment.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** Takes a segment that cannot be played out of the way, for a person to look at. */
export async function quarantine(spool: string, id: SegmentId): Promise<void> {
  await mkdir(join(spool, QUARANTINE), { recursive: true });
  await rename(segmentPath(spool, id), quarantinePath(spool, id));
}

/** Keeps an event until it is appended. */
export async function writeToOutbox(spool: string, event: NewEvent): Promise<void> {
  await mkdir(join(spool, OUTBOX), { recursive: true });
  await writeAtomically(outboxPath(spool, event.eventId), JSON.stringify(event));
}

/** The events that are not appended yet, in the order they happened. */
export async function readOutbox(spool: string): Promise<NewEvent[]> {
  const names = await readdir(join(spool, OUTBOX)).catch(emptyIfAbsent);
  const events: NewEvent[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(".json"))) {
    // The worker may have appended and deleted it in the meantime.
    const text = await readFile(join(spool, OUTBOX, name), "utf8").catch(() => undefined);
    if (text !== undefined) events.push(NewEvent.parse(JSON.parse(text)));
  }
  return events.sort((a, b) => a.occurredAtMs - b.occurredAtMs);
}

/** Removes what is not needed any more: ended runs without segments, and index files whose segments are stored. */
export async function pruneRun(spool: string, identity: RunIdentity): Promise<void> {
  const stored = await readRun(spool, identity);
  const directory = runDirectory(spool, identity);
  if (stored.files.length === 0 && (!stored.run || stored.run.ended)) {
    await rm(directory, { recursive: true, force: true });
    return;
  }
  if (!stored.run) return;
  const wanted = new Set(stored.files.map((sequence) => Math.floor(sequence / INDEX_CHUNK)));
  const newest = Math.floor(Math.max(0, ...stored.index.keys()) / INDEX_CHUNK);
  for (let chunk = 0; chunk < newest; chunk++) {
    if (!wanted.has(chunk)) await rm(join(directory, `segments-${chunk}.jsonl`), { force: true });
  }
}

async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

function emptyIfAbsent(error: NodeJS.ErrnoException): never[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
