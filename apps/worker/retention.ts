/**
 * Keeps every camera within its limits: now and then lets go what is beyond them (packages/db/retention.ts), then
 * deletes the objects of all that has expired and is not deleted yet, also of what a crash left. Each step may be done
 * twice; what is begun is found again in the log. docs/design/retention.md has the rules.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { appendEvents } from "@rokuga/db/append.ts";
import type { Database } from "@rokuga/db/connect.ts";
import {
  hasArchive,
  type PendingExpiries,
  type PendingExpiry,
  readExpiredObjects,
  readPendingExpiries,
} from "@rokuga/db/expired_objects.ts";
import { type ExpiredBatch, FIRST_PLACE, type Place } from "@rokuga/db/read_expired.ts";
import { expireBatch, readOverLimit } from "@rokuga/db/retention.ts";
import { type RetentionClock, readRetentionClock } from "@rokuga/db/retention_clock.ts";
import { takeRetentionTurn } from "@rokuga/db/retention_turn.ts";
import { bytesOf, expiredObjectsDeleted, type Limit } from "@rokuga/media/retention.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import type { Breaker } from "./breaker.ts";
import { logOutageAware, storeOutageAware } from "./outage_error.ts";
import { SteadyClock } from "./steady_clock.ts";

/** Before the first time, ms: what a start is for comes first. */
const FIRST_MS = 60_000;

/** Expiries that are looked up at a time. */
const PAGE = 100;

export type RetentionParts = {
  database: Database;
  storage: Storage;
  breakers: { store: Breaker; log: Breaker };
  log: Log;
};

export type RetentionTimes = { periodMs: number; firstMs?: number };

/** Goes on until it is disposed of. */
export function keepRetention(
  parts: RetentionParts,
  { periodMs, firstMs = FIRST_MS }: RetentionTimes,
): AsyncDisposable {
  const closing = new AbortController();
  const { signal } = closing;
  const retention = new Retention(parts);
  const keep = async () => {
    for (let pauseMs = firstMs; ; pauseMs = periodMs) {
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await retention.run(signal).catch((error) => {
        if (!signal.aborted)
          parts.log.error("retention could not be done; it is tried again", { error, inMs: periodMs });
      });
    }
  };
  const done = keep();
  return {
    async [Symbol.asyncDispose]() {
      closing.abort(new Error("retention is stopped"));
      await done;
    },
  };
}

type Tally = { segments: number; bytes: number; untilMs: number };

export class Retention {
  readonly #parts: RetentionParts;
  readonly #steady: Pick<SteadyClock, "look">;
  #toldOfArchive = false;

  constructor(parts: RetentionParts, steady: Pick<SteadyClock, "look"> = new SteadyClock()) {
    this.#parts = parts;
    this.#steady = steady;
  }

  /** Does all that is due, unless another worker is about it. Outages are waited for. */
  async run(signal: AbortSignal): Promise<void> {
    await using turn = await this.#ask(() => takeRetentionTurn(this.#parts.database), signal);
    if (!turn) return;
    await this.#expire(signal);
    await this.#deleteExpired(signal);
  }

  #ask<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#parts.breakers.log.run(() => logOutageAware(work()), signal);
  }

  async #expire(signal: AbortSignal): Promise<void> {
    const { database, log } = this.#parts;
    const { nowMs, isTrusted } = await this.#ask(() => readRetentionClock(database, Date.now()), signal);
    const isSteady = this.#steady.look(nowMs);
    const clock = { nowMs, isTrusted: isTrusted || isSteady };
    const over = await this.#ask(() => readOverLimit(database, nowMs), signal);
    if (!clock.isTrusted && over.some(({ byDays }) => byDays)) {
      log.warn("no footage expires by its age for a day: the clock was set ahead, or nothing was recorded", {
        now: new Date(nowMs).toISOString(),
      });
    }
    for (const { cameraId } of over) await this.#expireCamera(cameraId, { clock, signal });
  }

  async #expireCamera(
    cameraId: string,
    { clock, signal }: { clock: RetentionClock; signal: AbortSignal },
  ): Promise<void> {
    const { database, log } = this.#parts;
    const gone = new Map<Limit, Tally>();
    let excessBytes = 0;
    for (let next: Place | undefined = FIRST_PLACE; next; ) {
      const place: Place = next;
      const batch: ExpiredBatch = await this.#ask(
        () => expireBatch(database, { cameraId, place, clock }),
        signal,
      );
      const { limit, segments } = batch;
      const before = gone.get(limit) ?? { segments: 0, bytes: 0, untilMs: 0 };
      if (segments.length > 0)
        gone.set(limit, {
          segments: before.segments + segments.length,
          bytes: before.bytes + bytesOf(segments),
          untilMs: segments.reduce((latest, { endMs }) => Math.max(latest, endMs), before.untilMs),
        });
      excessBytes = batch.excessBytes;
      next = batch.next;
    }
    for (const [limit, { segments, bytes, untilMs }] of gone) {
      const until = new Date(untilMs).toISOString();
      log.info("footage has expired", { camera: cameraId, limit, segments, bytes, until });
    }
    if (excessBytes > 0)
      log.warn("more of a camera stays than its limit: it is locked, or one segment", {
        camera: cameraId,
        excessBytes,
      });
  }

  async #deleteExpired(signal: AbortSignal): Promise<void> {
    const { database, log } = this.#parts;
    let waiting = 0;
    for (let next: string | undefined = ""; next !== undefined; ) {
      const after: string = next;
      const page: PendingExpiries = await this.#ask(
        () => readPendingExpiries(database, { after, limit: PAGE }),
        signal,
      );
      for (const { eventId, problem } of page.unreadable)
        log.error("objects cannot be deleted: what expired cannot be read in the log", { eventId, problem });
      for (const expiry of page.expiries) {
        if (expiry.isArchived) await this.#deleteObjects(expiry, signal);
        else waiting++;
      }
      next = page.next;
    }
    if (waiting === 0 || this.#toldOfArchive) return;
    if (await this.#ask(() => hasArchive(database), signal)) return;
    this.#toldOfArchive = true;
    log.info("the objects of expired footage are deleted once the log is archived; there is no archive yet", {
      expiries: waiting,
    });
  }

  async #deleteObjects(expiry: PendingExpiry, signal: AbortSignal): Promise<void> {
    const { database, storage, breakers, log } = this.#parts;
    const { eventId, data } = expiry;
    const { keys, bytes, unreadable } = await this.#ask(() => readExpiredObjects(database, expiry), signal);
    if (unreadable.length > 0) {
      const { eventId: unread, problem } = unreadable[0]!;
      return log.error("objects cannot be deleted: what was stored cannot be read in the log", {
        camera: data.cameraId,
        expiry: eventId,
        segments: unreadable.length,
        eventId: unread,
        problem,
      });
    }
    await breakers.store.run(() => storeOutageAware(storage.delete(keys, { signal })), signal);
    await this.#ask(() => appendEvents(database, [expiredObjectsDeleted(expiry, Date.now())]), signal);
    log.info("expired objects are deleted", {
      camera: data.cameraId,
      limit: data.limit,
      objects: keys.length,
      bytes,
    });
  }
}
