/**
 * Where events go. One small interface, so that a site on the internet can hand them to the web app's ingest
 * route instead of a database; for now there is the database.
 *
 * Appends from jobs that run side by side are gathered into one transaction: while one is committed the next
 * batch fills, so that nobody waits for a timer and nobody commits alone under load.
 */

import { appendEvents, knownEvents } from "@rokuga/db/append.ts";
import { checkSchema } from "@rokuga/db/check_schema.ts";
import type { Database } from "@rokuga/db/connect.ts";
import { readStoredInVain } from "@rokuga/db/expired_objects.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { segmentEventId } from "@rokuga/media/ids.ts";
import { logOutageAware, OutageError } from "./outage_error.ts";

export type Appended = {
  /**
   * Ids of those `SegmentStored` whose segment had expired before: it is not played, and whoever stored it deletes its
   * object.
   */
  inVain: ReadonlySet<string>;
};

export type EventSink = {
  /**
   * Resolves once all of the events are committed (now or before); they are in one transaction. Rejects with
   * {@link OutageError} when the log is away, with another error when it refuses one of them.
   */
  append(events: readonly NewEvent[]): Promise<Appended>;
  /** Which of these events the log has. Rejects with {@link OutageError} when it is away. */
  known(eventIds: readonly string[]): Promise<Set<string>>;
  /**
   * Resolves when the log can be reached and is of this program's schema. Rejects with {@link OutageError} when it is
   * away, with a SchemaError when it is another's.
   */
  check(): Promise<void>;
};

/** Events per transaction, unless more come together. */
const MAX_BATCH = 200;

type Waiting = {
  events: readonly NewEvent[];
  resolve: (appended: Appended) => void;
  reject: (error: unknown) => void;
};

export class PostgresEventSink implements EventSink {
  readonly #database: Database;
  readonly #waiting: Waiting[] = [];
  #appending = false;

  constructor(database: Database) {
    this.#database = database;
  }

  async append(events: readonly NewEvent[]): Promise<Appended> {
    if (events.length === 0) return { inVain: new Set() };
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    this.#waiting.push({ events, resolve, reject });
    void this.#drain();
    return await promise;
  }

  known(eventIds: readonly string[]): Promise<Set<string>> {
    return logOutageAware(knownEvents(this.#database, eventIds));
  }

  async check(): Promise<void> {
    await logOutageAware(checkSchema(this.#database.pool));
  }

  async #drain(): Promise<void> {
    if (this.#appending) return;
    this.#appending = true;
    while (this.#waiting.length > 0) await this.#appendBatch(this.#nextBatch());
    this.#appending = false;
  }

  #nextBatch(): Waiting[] {
    let events = 0;
    const end = this.#waiting.findIndex((one) => {
      events += one.events.length;
      return events > MAX_BATCH;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(1, end));
  }

  async #appendBatch(batch: Waiting[]): Promise<void> {
    try {
      const inVain = await logOutageAware(this.#commit(batch.flatMap(({ events }) => events)));
      for (const { resolve } of batch) resolve({ inVain });
    } catch (error) {
      if (batch.length === 1 || error instanceof OutageError) {
        for (const { reject } of batch) reject(error);
        return;
      }
      // An event that the log refuses must not take along what came with it by chance.
      for (const one of batch) await this.#appendBatch([one]);
    }
  }

  async #commit(events: readonly NewEvent[]): Promise<ReadonlySet<string>> {
    await appendEvents(this.#database, events);
    const stored = events.flatMap(({ type, data }) => (type === "SegmentStored" ? [data] : []));
    const inVain = await readStoredInVain(this.#database, stored);
    return new Set(inVain.map((segment) => segmentEventId(segment, "SegmentStored")));
  }
}
