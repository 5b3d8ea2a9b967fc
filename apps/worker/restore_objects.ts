/**
 * The second half of a restore: the objects of segments are compared with what the log knows by now, one camera's day
 * after the other. What it does not know was stored after it was archived last, and is read, parsed and appended, so
 * that it plays as it did. What it knows and is not there is only told: the log is not to say what is not known.
 */
import { createHash } from "node:crypto";
import type { CameraDay, RestoreLog, SegmentBefore } from "@rokuga/db/restore_log.ts";
import { linkOf } from "@rokuga/media/chain.ts";
import { NewEvent } from "@rokuga/media/events.ts";
import { type SegmentId, segmentEventId } from "@rokuga/media/ids.ts";
import { type ObjectKeyParts, parseObjectKey } from "@rokuga/media/object_key.ts";
import type { ParsedSegment } from "@rokuga/media/segment.ts";
import { SegmentParser } from "@rokuga/media/segment_parser.ts";
import { NotFoundError, type ObjectInfo } from "@rokuga/storage/storage.ts";
import { ahead } from "./ahead.ts";
import { introductions } from "./introductions.ts";
import { BATCH, type RestoreOptions } from "./restore_archive.ts";
import { storedEvent } from "./store_segment.ts";

/** Objects that are read at the same time. */
const OBJECTS_AHEAD = 8;
const DAY_MS = 86_400_000;
/** What the stores' checks leave (`Storage.check`). */
const PROBE = /(^|\/)rokuga-probe$/;

type Listed = ObjectKeyParts & ObjectInfo;

/** What an object's bytes say; or why it is no segment, in a sentence. */
type Described = { ok: true; parsed: ParsedSegment; sha256: string } | { ok: false; problem: string };

export async function restoreObjects(options: RestoreOptions): Promise<void> {
  await new ObjectRestorer(options).run();
}

class ObjectRestorer {
  readonly #options: RestoreOptions;
  readonly #log: RestoreLog;
  /** Days of which the log has objects and none was listed so far. */
  #unseen = new Map<string, CameraDay>();
  #oddKeys = new Set<string>();
  /** The segment that was made last. */
  #last: (SegmentId & SegmentBefore) | undefined;
  /** Event ids of sites and cameras that were made known, perhaps not yet to the database. */
  readonly #introduced = new Set<string>();

  constructor(options: RestoreOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  async run(): Promise<void> {
    const { signal, report, onProgress } = this.#options;
    this.#unseen = new Map((await this.#log.days()).map((day) => [nameOf(day), day]));
    this.#oddKeys = new Set(await this.#log.oddKeys());
    for await (const { day, listed } of this.#listedDays()) {
      signal.throwIfAborted();
      this.#unseen.delete(nameOf(day));
      await this.#compare(day, listed);
      onProgress();
    }
    for (const day of this.#unseen.values()) await this.#compare(day, []);
    for (const key of this.#oddKeys) report.missing.add(key);
  }

  /** Keys are in order: those of a camera's day follow each other. */
  async *#listedDays(): AsyncGenerator<{ day: CameraDay; listed: Listed[] }> {
    const { storage, report, signal, onProgress } = this.#options;
    let current: { day: CameraDay; listed: Listed[] } | undefined;
    for await (const info of storage.list("sites/", { signal })) {
      const parts = parseObjectKey(info.key);
      if (!parts) {
        if (!this.#oddKeys.delete(info.key) && !PROBE.test(info.key)) {
          report.foreign.add(`${info.key}: its key is not one of a segment`);
        }
        continue;
      }
      report.listed++;
      const day = dayOf(parts);
      if (current && nameOf(current.day) !== nameOf(day)) {
        yield current;
        current = undefined;
      }
      current ??= { day, listed: [] };
      current.listed.push({ ...parts, ...info });
      onProgress();
    }
    if (current) yield current;
  }

  async #compare(day: CameraDay, listed: readonly Listed[]): Promise<void> {
    const held = await this.#log.keysOf(day);
    const unheld = listed.filter(({ key }) => !held.delete(key));
    for (const key of [...held].sort()) this.#options.report.missing.add(key);
    const explained = await this.#log.explained(unheld);
    const unknown = unheld.filter((object) => !explained.has(segmentEventId(object, "SegmentStored")));
    // Within a run by sequence, and so by time.
    unknown.sort((a, b) => (a.runId < b.runId ? -1 : a.runId > b.runId ? 1 : a.sequence - b.sequence));
    await this.#rebuild(unknown);
  }

  async #rebuild(objects: readonly Listed[]): Promise<void> {
    const { report, onProgress, signal } = this.#options;
    let batch: NewEvent[] = [];
    const flush = async () => {
      await this.#log.append(batch);
      batch = [];
    };
    const described = ahead(objects, {
      most: OBJECTS_AHEAD,
      work: async (object) => ({ object, description: await this.#describe(object) }),
    });
    let before: Listed | undefined;
    for await (const { object, description } of described) {
      signal.throwIfAborted();
      const events = description.ok ? await this.#eventsOf(object, description) : description.problem;
      if (typeof events === "string") {
        report.foreign.add(`${object.key}: ${events}`);
        continue;
      }
      // The same segment under two keys is one event.
      if (before?.runId !== object.runId || before.sequence !== object.sequence) report.rebuilt++;
      before = object;
      batch.push(...events);
      if (batch.length >= BATCH) await flush();
      onProgress();
    }
    await flush();
  }

  async #describe({ key, bytes }: Listed): Promise<Described> {
    const { storage, signal } = this.#options;
    const parser = new SegmentParser();
    const hash = createHash("sha256");
    try {
      for await (const chunk of await storage.get(key, { signal })) {
        parser.push(chunk);
        hash.update(chunk);
      }
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      return { ok: false, problem: "it was deleted meanwhile" };
    }
    const result = parser.finish();
    if (!result.ok) return { ok: false, problem: result.reason };
    if (result.segment.bytes !== bytes) {
      return { ok: false, problem: `its video changes at byte ${result.segment.bytes} of ${bytes}` };
    }
    return { ok: true, parsed: result.segment, sha256: hash.digest("hex") };
  }

  /** What is appended for an object; or why it cannot be described, in a sentence. */
  async #eventsOf(
    object: Listed,
    { parsed, sha256 }: Described & { ok: true },
  ): Promise<NewEvent[] | string> {
    const { siteId, cameraId, runId, sequence, startMs, wallDurationMs } = object;
    const id = { cameraId, runId, sequence };
    const { fragments: firstFragment, link: previous } = await this.#before(id);
    const segment = { ...parsed, ...id, startMs, wallDurationMs, firstFragment, previous };
    const checked = NewEvent.safeParse(storedEvent({ segment, siteId }, sha256));
    if (!checked.success) {
      const { path, message } = checked.error.issues[0]!;
      return `it cannot be described (${path.join(".")}: ${message})`;
    }
    const events = [...(await this.#introduce(object)), checked.data];
    const link = linkOf({ ...id, sha256, previous });
    this.#last = { ...id, fragments: firstFragment + parsed.fragments.length, link };
    return events;
  }

  /**
   * What is known of what comes before a segment in its run, in the log or made here just now. Of a hole, the segments
   * that were lost had no fragments; others are counted as none, for want of knowledge.
   */
  async #before(id: SegmentId): Promise<Pick<SegmentBefore, "fragments" | "link">> {
    const last =
      this.#last?.cameraId === id.cameraId && this.#last.runId === id.runId ? this.#last : undefined;
    if (last?.sequence === id.sequence - 1) return last;
    const logged = await this.#log.segmentBefore(id);
    const isLast = last && (!logged || last.sequence > logged.sequence);
    return { fragments: (isLast ? last : logged)?.fragments ?? 0, link: logged?.link ?? null };
  }

  /** The site, the camera and the run of an object, as far as the log does not know them. */
  async #introduce(object: Listed): Promise<NewEvent[]> {
    if (this.#last?.runId === object.runId && this.#last.cameraId === object.cameraId) return [];
    const events = introductions(object, await this.#log.unknown(object));
    const fresh = events.filter(({ eventId }) => !this.#introduced.has(eventId));
    for (const { eventId } of fresh) this.#introduced.add(eventId);
    return fresh;
  }
}

function dayOf({ siteId, cameraId, startMs }: ObjectKeyParts): CameraDay {
  return { siteId, cameraId, dayMs: Math.floor(startMs / DAY_MS) * DAY_MS };
}

const nameOf = ({ siteId, cameraId, dayMs }: CameraDay) => `${siteId}/${cameraId}/${dayMs}`;
