/**
 * A history of two sites on a real log and a real store, for tests of the archive and the restore: with all that can
 * happen to segments, and with more of them stored after the archive was written.
 */
import { createHash } from "node:crypto";
import { appendArguments } from "@rokuga/db/append.ts";
import type { Database } from "@rokuga/db/connect.ts";
import { readSegments } from "@rokuga/db/read_segments.ts";
import * as told from "@rokuga/db/test_events.ts";
import { linkOf } from "@rokuga/media/chain.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { runEventId } from "@rokuga/media/ids.ts";
import { objectKey } from "@rokuga/media/object_key.ts";
import { rangePlaylist } from "@rokuga/media/playlist.ts";
import type { Segment } from "@rokuga/media/segment.ts";
import { parseSegment } from "@rokuga/media/segment_parser.ts";
import { handMadeSegment } from "@rokuga/media/test_data.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import { Archiver } from "./archive.ts";
import { Breaker } from "./breaker.ts";
import { storeOutageAware } from "./outage_error.ts";
import { Pacer } from "./pacer.ts";
import { storedEvent } from "./store_segment.ts";

/** Ten seconds before the day ends, in UTC and in keys. */
export const T = Date.UTC(2026, 0, 31, 23, 59, 50);

const HOUR = 3_600_000;

export type Place = { database: Database; storage: Storage };

/** Appends events as if the log had taken them at that time; now without one. */
export async function record(
  { database }: Pick<Place, "database">,
  events: readonly NewEvent[],
  recordedAtMs?: number,
): Promise<void> {
  const placed = events.map((event) => (recordedAtMs === undefined ? event : { ...event, recordedAtMs }));
  await database.pool.query("SELECT append_locked($1, $2)", appendArguments(placed));
}

/** A camera that is recorded, as its relay and worker do. */
export class TestCamera {
  readonly #place: Place;
  readonly #siteId: string;
  readonly #cameraId: string;
  /** Whether the log took what happens when it happened, and not now. */
  inThePast = true;
  runId = "";
  #startMs = 0;
  #nextMs = 0;
  #sequence = 0;
  #fragments = 0;
  #link: string | null = null;
  readonly keys: string[] = [];

  constructor(place: Place, { siteId, cameraId }: { siteId: string; cameraId: string }) {
    this.#place = place;
    this.#siteId = siteId;
    this.#cameraId = cameraId;
  }

  async begin(startMs: number): Promise<void> {
    this.runId = `${startMs.toString(36).padStart(9, "0")}aaaa`;
    [this.#startMs, this.#nextMs, this.#sequence, this.#fragments] = [startMs, startMs, 0, 0];
    await this.tell({ ...told.started(this.#cameraId, this.runId) });
  }

  /** Segments that follow each other, of two seconds and a bit unless their bytes are given. */
  async store(segments: number | readonly Uint8Array[]): Promise<void> {
    const bodies =
      typeof segments === "number" ? Array.from({ length: segments }, () => this.#handMade()) : segments;
    for (const body of bodies) await this.#storeOne(body);
  }

  #handMade(): Uint8Array {
    const firstPts = 126_000 + (this.#nextMs - this.#startMs) * 90;
    return handMadeSegment({ gops: 2 + (this.#sequence % 2), deltas: 20 + this.#sequence, firstPts });
  }

  async #storeOne(body: Uint8Array): Promise<void> {
    const { storage } = this.#place;
    const parsed = parseSegment(body);
    if (!parsed.ok) throw new Error(parsed.reason);
    const sha256 = createHash("sha256").update(body).digest("hex");
    const wallDurationMs = Math.round(parsed.segment.mediaDurationTicks / 90) + 1;
    const segment: Segment = {
      ...parsed.segment,
      cameraId: this.#cameraId,
      runId: this.runId,
      sequence: this.#sequence,
      firstFragment: this.#fragments,
      startMs: this.#nextMs,
      wallDurationMs,
      sha256,
      previous: this.#link,
    };
    const key = objectKey({ ...segment, siteId: this.#siteId });
    this.keys.push(key);
    await storage.put(key, body, { contentType: "video/mp2t", sha256 });
    await this.tell(storedEvent({ segment, siteId: this.#siteId }, sha256));
    this.#link = linkOf({ ...segment, sha256, previous: this.#link });
    this.#fragments += parsed.segment.fragments.length;
    this.#sequence++;
    this.#nextMs += wallDurationMs;
  }

  /** The next segment is lost; `isTold`: the log knows. */
  async lose({ isTold = true } = {}): Promise<void> {
    if (isTold) await this.tell(told.lost(this.#cameraId, this.runId, this.#sequence));
    this.#sequence++;
    this.#nextMs += 2_000;
  }

  async tell(event: NewEvent): Promise<void> {
    await record(this.#place, [event], this.inThePast ? this.#nextMs + 1_000 : undefined);
  }
}

export type History = Record<"a" | "b" | "c", TestCamera>;

/** What is archived: two sites, three cameras. */
export async function makeHistory(place: Place): Promise<History> {
  const camera = (siteId: string, cameraId: string) => new TestCamera(place, { siteId, cameraId });
  const [a, b, c] = [camera("home", "a"), camera("home", "b"), camera("shop", "c")];
  await record(
    place,
    [told.siteNamed("home", "Home", T - HOUR), told.relayStarted("home", T - HOUR, null)],
    T - HOUR,
  );
  await record(place, [told.siteNamed("shop", "Shop", T), told.registered("a", "Front")], T - HOUR);
  await record(place, [told.registered("b", "Back"), told.renamed("a", "Front door", T)], T);
  const atShop = told.registered("c", "Till");
  await record(place, [{ ...atShop, data: { ...atShop.data, siteId: "shop" } } as NewEvent], T);

  await a.begin(T);
  await a.store(6);
  await a.lose();
  await a.store(2);
  const spans = [{ runId: a.runId, fromSequence: 0, toSequence: 1 }];
  await a.tell(told.ended("a", a.runId, { endMs: T + 30_000, reason: "disconnected" }));
  await a.tell(told.expired("a", spans));
  await a.tell(told.objectsDeleted("a", told.expired("a", spans).eventId));
  await place.storage.delete(a.keys.slice(0, 2));
  // Its object is still there.
  await a.tell(told.expired("a", [{ runId: a.runId, fromSequence: 2, toSequence: 2 }]));
  await a.tell(told.retentionSet("a", T, { days: 30, bytes: null }));
  await a.tell(told.locked("a", "one", { startMs: T, endMs: T + 60_000 }));
  await a.tell(told.locked("a", "two", { startMs: T, endMs: T + 60_000 }));
  await a.tell(told.unlocked("a", "two"));

  await b.begin(T + 5_000);
  await b.store(3);
  await b.tell(told.corrected("b", b.runId, { seenMs: T + 20_000, byMs: 30 * HOUR }));
  await b.store(2);
  await b.tell(told.ended("b", b.runId, { endMs: T + 15_000, reason: "stalled" }));
  await b.begin(T + HOUR);
  await b.tell(told.corrected("b", b.runId, { seenMs: T + HOUR + 1, byMs: -700 }));
  await b.store(2);

  await c.begin(T + 2_000);
  await c.store(3);
  await c.tell(told.fellSilent("c", c.runId, { startMs: T + 40_000, endMs: T + 50_000 }));
  await c.store(1);
  await c.tell(told.reported("c", T + 60_000, [{ startMs: T - 60_000, endMs: T - 20_000 }]));
  await record(place, [told.relayStopped("shop", T + HOUR), told.relayHeard("home", T + HOUR)], T + HOUR);
  // Its clock was ahead.
  await record(place, [told.relayHeard("home", T + 100 * HOUR)], T + HOUR);
  return { a, b, c };
}

/** What happens after that, and is not archived; also to a camera that the archive does not know. */
export async function goOn(place: Place, { a, b, c }: History): Promise<History & { d: TestCamera }> {
  const d = new TestCamera(place, { siteId: "shop", cameraId: "d" });
  for (const camera of [a, b, c, d]) camera.inThePast = false;
  await a.begin(T + 2 * HOUR);
  await a.store(3);
  await a.lose();
  await a.store(2);
  await b.store(3);
  await c.store(2);
  await c.lose({ isTold: false });
  await c.store(1);
  await d.begin(T + 2 * HOUR);
  await d.store(3);
  return { a, b, c, d };
}

const RANGES = [
  { startMs: T - HOUR, endMs: T + 40 * HOUR },
  { startMs: T, endMs: T + 60_000 },
  { startMs: T + 3_300, endMs: T + 9_700 },
  { startMs: T + 2 * HOUR, endMs: T + 2 * HOUR + 5_000 },
  { startMs: T + 29 * HOUR, endMs: T + 31 * HOUR },
];

/** What plays of cameras: their segments, and their playlists of several ranges. */
export async function whatPlays(
  { database }: Pick<Place, "database">,
  cameraIds: readonly string[],
): Promise<unknown> {
  const plays = [];
  for (const cameraId of cameraIds) {
    for (const range of RANGES) {
      const segments = await readSegments(database, cameraId, range);
      plays.push({
        cameraId,
        range,
        segments,
        text: rangePlaylist(segments, { range, addressOf: (key) => ({ before: "/", own: key, after: "" }) }),
      });
    }
  }
  return plays;
}

/** The log's events by id, without those that say when the log took them. */
export async function eventsOf({
  database,
}: Pick<Place, "database">): Promise<Map<string, { data: Record<string, unknown> }>> {
  const { rows } = await database.pool.query("SELECT event_id, type, version, data, occurred_at FROM events");
  return new Map(rows.map(({ event_id: id, ...event }) => [id, event]));
}

/** Archives what the log has, as a worker does. */
export async function archiveAll({ database, storage }: Place): Promise<void> {
  const log = silentLog;
  await using store = new Breaker({
    destination: "store",
    probe: (options) => storeOutageAware(storage.check(options)),
    log,
  });
  await using eventLog = new Breaker({ destination: "event log", probe: async () => {}, log });
  const breakers = { store, log: eventLog };
  const options = { databaseUrl: database.url, storage, breakers, pacer: new Pacer(), log, intervalMs: HOUR };
  const outcome = await new Archiver(options).cycle(new AbortController().signal);
  if (outcome !== "archived") throw new Error(`not archived: ${outcome}`);
}

export const runStartedId = (cameraId: string, runId: string) =>
  runEventId({ cameraId, runId }, "RunStarted");
