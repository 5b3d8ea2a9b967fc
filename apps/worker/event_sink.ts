/**
 * Where events go. One small interface, so that a site on the internet can hand them to the web app's ingest
 * route instead of a database; for now there is the database.
 *
 * Appends from jobs that run side by side are gathered into one transaction: while one is committed the next
 * batch fills, so that nobody waits for a timer and nobody commits alone under load.
 */

import { appendEvents, knownEvents } from "@rokuga/db/append.ts";
import { type Database, isUnreachable } from "@rokuga/db/connect.ts";
import type { NewEvent } from "@rokuga/media/events.ts";
import { OutageError } from "./outage.ts";

export type EventSink = {
  /** Resolves once the event is committed (now or before). Rejects with {@link OutageError} when the log is away. */
  append(event: NewEvent): Promise<void>;
  /** Whether the log has the event. */
  has(eventId: string): Promise<boolean>;
  /** Resolves when the log can be reached. */
  check(): Promise<void>;
};

/** Events per transaction. */
const MAX_BATCH = 200;

type Waiting = { event: NewEvent; resolve: () => void; reject: (error: unknown) => void };

export class PostgresEventSink implements EventSink {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #appending = false;

  constructor(database: Database) {
    this.#database = database;
  }

  append(event: NewEvent): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ event, resolve, reject });
    void this.#drain();
    return promise;
  }

  async has(eventId: string): Promise<boolean> {
    return (await explained(knownEvents(this.#database, [eventId]))).has(eventId);
  }

  async check(): Promise<void> {
    await explained(this.#database.pool.query("SELECT 1"));
  }

  async #drain(): Promise<void> {
    if (this.#appending) return;
    this.#appending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      await this.#appendBatch(batch);
    }
    this.#appending = false;
  }

  async #appendBatch(batch: Waiting[]): Promise<void> {
    try {
      await explained(
        appendEvents(
          this.#database,
          batch.map(({ event }) => event),
        ),
      );
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length === 1 || error instanceof OutageError) {
        for (const { reject } of batch) reject(error);
        return;
      }
      // One event that the log refuses must not take the others of its batch along.
      for (const one of batch) await this.#appendBatch([one]);
    }
  }
}

async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isUnreachable(error)) throw new OutageError("the event log cannot be reached", { cause: error });
    throw error;
  }
}
