/**
 * The worker's parts on real ones, for tests: a database that the test brings, a store on a disk, a spool. The store
 * can be taken away and given back.
 */
import { createHash } from "node:crypto";
import { access, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { SegmentId } from "@rokuga/media/ids.ts";
import { segmentEventId } from "@rokuga/media/ids.ts";
import type { EventsJob, SegmentJob } from "@rokuga/media/job.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { parseSegment } from "@rokuga/media/segment_parser.ts";
import { outboxId, outboxPath, segmentPath } from "@rokuga/media/spool_layout.ts";
import { handMadeSegment } from "@rokuga/media/test_data.ts";
import type { Fields, Log } from "@rokuga/runtime/log.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import pLimit from "p-limit";
import { Breaker } from "./breaker.ts";
import type { JobParts } from "./do_job.ts";
import { PostgresEventSink } from "./event_sink.ts";
import { storeOutageAware } from "./outage_error.ts";
import { OutboxIndex } from "./outbox_index.ts";
import { Pacer } from "./pacer.ts";
import { SegmentReader } from "./read_segment.ts";

export const START = 1_770_000_000_000;
export const media = handMadeSegment();

export type TestParts = AsyncDisposable & {
  parts: JobParts;
  database: Database;
  /** What was logged since the last look: `level message`. */
  logged: { level: string; message: string; fields: Fields }[];
  /** Keys that were put, in order, also in vain. */
  puts: string[];
  /** Takes the store away, as when a share is not mounted, and gives it back. */
  unmount(): Promise<void>;
  mount(): Promise<void>;
};

/** `databaseUrl`: with Rokuga's schema. `directory`: empty; store and spool are made in it. */
export async function openTestParts({
  databaseUrl,
  directory,
}: {
  databaseUrl: string;
  directory: string;
}): Promise<TestParts> {
  await using cleanup = new AsyncDisposableStack();
  const database = cleanup.use(openDatabase(databaseUrl));
  const [root, spool] = [join(directory, "store"), join(directory, "spool")];
  await mkdir(root);
  await mkdir(spool);
  const storage = cleanup.use(openStorage(pathToFileURL(root).href));
  const puts: string[] = [];
  const put = storage.put.bind(storage);
  storage.put = (key, body, options) => {
    puts.push(key);
    return put(key, body, options);
  };
  const logged: TestParts["logged"] = [];
  const log = listeningLog(logged);
  const sink = new PostgresEventSink(database);
  const pauses = { firstMs: 5, longestMs: 50 };
  const store = cleanup.use(
    new Breaker({
      destination: "store",
      probe: (options) => storeOutageAware(storage.check(options)),
      log,
      ...pauses,
    }),
  );
  const eventLog = cleanup.use(
    new Breaker({ destination: "event log", probe: () => sink.check(), log, ...pauses }),
  );
  const parts: JobParts = {
    spool,
    reader: new SegmentReader({ most: 2 }),
    uploads: { live: pLimit(2), backlog: pLimit(2) },
    storage,
    sink,
    breakers: { store, log: eventLog },
    pacer: new Pacer(),
    outbox: new OutboxIndex(spool),
    log,
    onStored: () => {},
    missingMs: 20,
  };
  const moved = cleanup.move();
  return {
    parts,
    database,
    logged,
    puts,
    unmount: () => rename(root, `${root}.away`),
    mount: () => rename(`${root}.away`, root),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

function listeningLog(lines: TestParts["logged"]): Log {
  const line =
    (level: string) =>
    (message: string, fields: Fields = {}) =>
      void lines.push({ level, message, fields });
  const log: Log = { info: line("info"), warn: line("warn"), error: line("error"), with: () => log };
  return log;
}

/** A closed segment in the spool, and its job. */
export async function spooled(spool: string, id: SegmentId): Promise<SegmentJob> {
  const path = segmentPath(spool, id);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, media);
  return segmentJob(id);
}

export function segmentJob(id: SegmentId): SegmentJob {
  const parsed = parseSegment(media);
  if (!parsed.ok) throw new Error("the hand-made segment does not parse");
  const startMs = START + Number.parseInt(id.runId.slice(-3), 10) * 3_600_000 + id.sequence * 320;
  const segment = { ...parsed.segment, ...id, firstFragment: id.sequence * 2, startMs, wallDurationMs: 320 };
  return { kind: "segment", siteId: "home", segment, closedAtMs: startMs + 320 };
}

export const keyOf = ({ segment }: SegmentJob) => objectKey({ ...segment, siteId: "home" });
export const mediaSha256 = createHash("sha256").update(media).digest("hex");

export function overflowed({ segment }: SegmentJob): NewEvent {
  const { cameraId, runId, sequence, startMs, wallDurationMs, bytes } = segment;
  return {
    eventId: segmentEventId(segment, "SegmentLost"),
    type: "SegmentLost",
    version: 1,
    occurredAtMs: startMs,
    data: {
      cameraId,
      runId,
      sequence,
      startMs,
      wallDurationMs,
      bytes,
      cause: "spool-overflow",
      detail: "The spool was full",
    },
  };
}

/** Writes events to the outbox as the relay does, and gives their job. */
export async function inOutbox(spool: string, events: readonly NewEvent[]): Promise<EventsJob> {
  const id = outboxId(events.map(({ eventId }) => eventId));
  await writeOutbox(spool, { id, text: events.map((event) => `${JSON.stringify(event)}\n`).join("") });
  return { kind: "events", siteId: "home", outboxId: id };
}

export async function writeOutbox(spool: string, { id, text }: { id: string; text: string }): Promise<void> {
  const path = outboxPath(spool, id);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
