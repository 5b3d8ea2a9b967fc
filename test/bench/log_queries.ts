/**
 * What the page and the players ask of the database, with years of history in it: a camera of a year in full, a hundred
 * cameras of a week, one of 30 days with a thousand gaps, one of a day. The log is generated, the projections are built
 * from it by `rebuildProjections`, which is measured too.
 */
import { appendEvents } from "@rokuga/db/append.ts";
import { type Database, openDatabase } from "@rokuga/db/connect.ts";
import { rebuildProjections } from "@rokuga/db/projections.ts";
import { readCameras } from "@rokuga/db/read_cameras.ts";
import { readCompleteness } from "@rokuga/db/read_completeness.ts";
import { readLiveSegments, readNearest, readSegments } from "@rokuga/db/read_segments.ts";
import { readTimeline } from "@rokuga/db/read_timeline.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import { type GeneratedLog, generateLog, prepareGeneration, SEGMENT_MS } from "./generated_log.ts";
import { type Benchmark, percentile, type Row } from "./report.ts";

const DAY_MS = 86_400_000;
const DAY = DAY_MS / SEGMENT_MS;
const END_MS = Date.UTC(2026, 10, 1);
const ASKED = 60;

/** Cameras that end at the same moment. */
const endingNow = (
  firstCamera: number,
  { cameras = 1, days, perRun }: { cameras?: number; days: number; perRun: number },
) => ({ cameras, firstCamera, startMs: END_MS - days * DAY_MS, segments: days * DAY, perRun });

const YEAR = 1;
const MONTH_WITH_GAPS = 2;
const ONE_DAY = 3;
const LOGS: readonly GeneratedLog[] = [
  endingNow(YEAR, { days: 365, perRun: DAY }),
  endingNow(MONTH_WITH_GAPS, { days: 30, perRun: 259 }),
  endingNow(ONE_DAY, { days: 1, perRun: DAY }),
  endingNow(100, { cameras: 100, days: 7, perRun: DAY }),
];

export const logQueries: Benchmark = {
  name: "log-queries",
  about:
    "Queries on 9.5 million segments, a camera of a year beside one of a day; the rebuild of all of it; what a segment takes.",
  async run(say) {
    await using server = await startPostgresServer();
    await using database = openDatabase(server.url);
    await prepareGeneration(database);
    let events = 0;
    for (const log of LOGS) {
      say(`log-queries: generating the log of ${log.cameras} × ${log.segments} segments …`);
      events += await generateLog(database, log);
    }
    await vacuum(database, "events");
    const startedMs = performance.now();
    let saidMs = startedMs;
    await rebuildProjections(server.url, {
      onProgress: ({ events: done }) => {
        if (performance.now() - saidMs < 10_000) return;
        saidMs = performance.now();
        say(`log-queries: rebuilt ${done} of ${events} events`);
      },
    });
    const rebuildSeconds = (performance.now() - startedMs) / 1_000;
    await vacuum(database, "segments, coverage, runs, gaps");
    return [
      { metric: "rebuild", value: events / rebuildSeconds, unit: "events/s" },
      ...(await sizes(database)),
      ...(await queries(database)),
    ];
  },
};

/** As autovacuum does in time. */
async function vacuum({ pool }: Database, tables: string): Promise<void> {
  await pool.query({ text: `VACUUM ANALYZE ${tables}`, query_timeout: 3_600_000 } as never);
}

async function sizes({ pool }: Database): Promise<Row[]> {
  const { rows } = await pool.query<{ segments: number; projected: number; logged: number }>({
    text: `SELECT (SELECT count(*) FROM segments)::float8 AS segments,
      pg_total_relation_size('segments')::float8 AS projected, pg_total_relation_size('events')::float8 AS logged`,
    query_timeout: 600_000,
  } as never);
  const { segments, projected, logged } = rows[0]!;
  return [
    { metric: "segments in the database", value: segments, unit: "" },
    { metric: "a segment in its projection, with indexes", value: projected / segments, unit: "bytes" },
    { metric: "a segment's event in the log, with indexes", value: logged / segments, unit: "bytes" },
  ];
}

async function queries(database: Database): Promise<Row[]> {
  const month = { startMs: END_MS - 30 * DAY_MS, endMs: END_MS };
  const day = { startMs: END_MS - DAY_MS, endMs: END_MS };
  const nowMs = END_MS;
  const at = (camera: number) => `camera-${camera}`;
  const timeline = (camera: number, range: typeof day) => () =>
    readTimeline(database, { cameraId: at(camera), range, resolutionMs: 0, nowMs });
  const rows: Row[] = [];
  const { gaps } = await timeline(MONTH_WITH_GAPS, month)();
  rows.push({
    metric: `timeline of 30 days, ${gaps.length} gaps, p95`,
    value: percentile(await times(timeline(MONTH_WITH_GAPS, month)), 0.95),
    unit: "ms",
  });
  const each: [string, (camera: number) => () => Promise<unknown>][] = [
    ["timeline of a day", (camera) => timeline(camera, day)],
    [
      "segments of an hour",
      (camera) => () =>
        readSegments(database, at(camera), {
          startMs: END_MS - 3 * 3_600_000,
          endMs: END_MS - 2 * 3_600_000,
        }),
    ],
    ["live", (camera) => () => readLiveSegments(database, at(camera), 6)],
    [
      "nearest footage",
      (camera) => () => readNearest(database, at(camera), { startMs: END_MS, endMs: END_MS + 1 }),
    ],
    [
      "completeness of a day",
      (camera) => () => readCompleteness(database, { cameraIds: [at(camera)], range: day, nowMs }),
    ],
    ["a segment appended", (camera) => appendOne(database, camera)],
  ];
  for (const [metric, query] of each) {
    // Alternately, so that what else the machine does falls on both.
    const [year, one] = await alternately(query(YEAR), query(ONE_DAY));
    rows.push({
      metric: `${metric}, camera with a year, median`,
      value: percentile(year, 0.5),
      unit: "ms",
      beside: { what: "camera with a day", value: percentile(one, 0.5) },
    });
  }
  rows.push({
    metric: `all ${103} cameras, p95`,
    value: percentile(await times(() => readCameras(database, nowMs)), 0.95),
    unit: "ms",
  });
  return rows;
}

async function times(query: () => Promise<unknown>): Promise<number[]> {
  return (await alternately(query, async () => {}))[0];
}

async function alternately(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<[number[], number[]]> {
  const taken: [number[], number[]] = [[], []];
  for (let round = 0; round < ASKED; round++) {
    for (const [which, query] of [one, other].entries()) {
      const startedMs = performance.now();
      await query();
      // The first ones plan and fill caches.
      if (round >= 5) taken[which]!.push(performance.now() - startedMs);
    }
  }
  return taken;
}

/** Appends what comes after the last segment of a camera, once each time it is called. */
function appendOne(database: Database, camera: number): () => Promise<unknown> {
  let next = 0;
  const cameraId = `camera-${camera}`;
  const runId = `${END_MS.toString(36).padStart(9, "0")}zzzz`;
  return () => {
    const sequence = next++;
    const startMs = END_MS + sequence * SEGMENT_MS;
    const event: NewEvent = {
      eventId: `${cameraId}/${runId}/${sequence}/SegmentStored`,
      type: "SegmentStored",
      version: 2,
      occurredAtMs: startMs,
      data: {
        siteId: "site-0",
        cameraId,
        runId,
        sequence,
        firstFragment: sequence,
        startMs,
        wallDurationMs: SEGMENT_MS,
        bytes: 1_880,
        startTicks: sequence * 900_000,
        mediaDurationTicks: 900_000,
        tracks: "avc1.64001f 1920x1080",
        fragments: "2A6g9zYA",
        sha256: "a".repeat(64),
        previous: null,
      },
    };
    return appendEvents(database, [event]);
  };
}
