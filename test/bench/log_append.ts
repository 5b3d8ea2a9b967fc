/**
 * Appending to the log: events a second with several writers and sizes of batches, each a SegmentStored of a camera of
 * its own, beside bare inserts of the same rows (of the log and of the projection) by the same client in the same run.
 */
import { appendEvents, batchText } from "@rokuga/db/append.ts";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { newRunId, segmentEventId } from "@rokuga/media/ids.ts";
import { packFragments } from "@rokuga/media/packed_fragments.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import type { Benchmark, Row } from "./report.ts";

const WRITERS = [1, 8, 32];
const BATCHES = [1, 100];
/** Each is measured for so long, in turns with what stands beside it, ms. */
const TURN_MS = 2_000;
const TURNS = 3;
const START_MS = Date.UTC(2026, 0, 1);

export const logAppend: Benchmark = {
  name: "log-append",
  about: "Events appended a second (and projected), beside bare inserts of the same rows.",
  async run(say) {
    await using server = await startPostgresServer();
    await using database = openDatabase(server.url, { max: 32 });
    await database.pool.query(BARE);
    const rows: Row[] = [];
    for (const batch of BATCHES) {
      for (const writers of WRITERS) {
        say(`log-append: ${writers} writers, batches of ${batch} …`);
        const source = new Source(writers, batch);
        const rate = { append: 0, bare: 0 };
        // In turns, so that what else the machine does falls on both.
        for (let turn = 0; turn < TURNS; turn++) {
          rate.append += await eventsPerSecond(source, (events) => appendEvents(database, events));
          rate.bare += await eventsPerSecond(source, (events) => insertBare(database, events));
        }
        rows.push({
          metric: `${writers} writers, batches of ${batch}`,
          value: rate.append / TURNS,
          unit: "events/s",
          beside: { what: "bare inserts", value: rate.bare / TURNS },
        });
      }
    }
    return rows;
  },
};

/** Gives each writer the next segments of its camera. */
class Source {
  readonly #batch: number;
  readonly #next: number[];
  readonly #runs: string[];

  constructor(writers: number, batch: number) {
    this.#batch = batch;
    this.#next = Array.from({ length: writers }, () => 0);
    this.#runs = this.#next.map(() => newRunId(START_MS, Math.random()));
  }

  get writers(): number {
    return this.#next.length;
  }

  take(writer: number): NewEvent[] {
    return Array.from({ length: this.#batch }, () =>
      stored(`camera-${writer}`, this.#runs[writer]!, this.#next[writer]!++),
    );
  }
}

async function eventsPerSecond(
  source: Source,
  append: (events: NewEvent[]) => Promise<unknown>,
): Promise<number> {
  const startedMs = performance.now();
  let events = 0;
  const write = async (writer: number) => {
    while (performance.now() - startedMs < TURN_MS) {
      const batch = source.take(writer);
      await append(batch);
      events += batch.length;
    }
  };
  await Promise.all(Array.from({ length: source.writers }, (_, writer) => write(writer)));
  return events / ((performance.now() - startedMs) / 1_000);
}

const fragments = packFragments(
  Array.from({ length: 5 }, () => ({ bytes: 500_080, durationTicks: 180_000, keyframeBytes: 60_160 })),
);

function stored(cameraId: string, runId: string, sequence: number): NewEvent {
  const startMs = START_MS + sequence * 10_000;
  return {
    eventId: segmentEventId({ cameraId, runId, sequence }, "SegmentStored"),
    type: "SegmentStored",
    version: 2,
    occurredAtMs: startMs + 10_000,
    data: {
      siteId: "home",
      cameraId,
      runId,
      sequence,
      firstFragment: sequence * 5,
      startMs,
      wallDurationMs: 10_000,
      bytes: 2_500_400,
      startTicks: sequence * 900_000,
      mediaDurationTicks: 900_000,
      tracks: "avc1.64001f 1920x1080 mp4a.40.2",
      fragments,
      sha256: "a".repeat(64),
      previous: "b".repeat(64),
    },
  };
}

/** Tables with the same columns and indexes, and nothing that looks at what is there. */
const BARE = `
  CREATE TABLE bare_events (LIKE events INCLUDING ALL);
  CREATE TABLE bare_segments (LIKE segments INCLUDING ALL)`;

async function insertBare({ pool }: Database, events: NewEvent[]): Promise<void> {
  await pool.query({
    name: "bare",
    text: `WITH event AS MATERIALIZED (SELECT event FROM jsonb_array_elements($1::jsonb) AS event),
    logged AS (
      INSERT INTO bare_events (event_id, stream, type, version, data, occurred_at, recorded_at)
      SELECT event->>'eventId', event->>'stream', event->>'type', (event->>'version')::smallint, event->'data',
        to_timestamp((event->>'occurredAtMs')::bigint / 1000.0), clock_timestamp()
      FROM event
    )
    INSERT INTO bare_segments (camera_id, site_id, run_id, sequence, first_fragment, start_ms, end_ms, start_ticks,
      media_duration_ticks, bytes, tracks, fragments)
    SELECT "cameraId", "siteId", "runId", sequence, "firstFragment", "startMs", "startMs" + "wallDurationMs",
      "startTicks", "mediaDurationTicks", bytes, tracks, fragments
    FROM event CROSS JOIN LATERAL jsonb_to_record(event->'data') AS data ("cameraId" text, "siteId" text,
      "runId" text, sequence integer, "firstFragment" integer, "startMs" bigint, "wallDurationMs" bigint,
      "startTicks" bigint, "mediaDurationTicks" integer, bytes integer, tracks text, fragments text)`,
    values: [batchText(events)],
  });
}
