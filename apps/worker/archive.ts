/**
 * Keeps the archive of the log in the store up to date (packages/media/archive.ts): every few minutes the files with
 * news are written whole from the database, then the cursor is moved. Writing one again changes nothing, so a crash in
 * between costs nothing but the repetition. Every worker does this for the whole log, one at a time.
 *
 * What was once in a file stays in it. A file is read before it is written, unless it is the one that this worker
 * wrote last with more at its end, as it nearly always is.
 */
import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type ArchiveTurn, takeArchiveTurn } from "@rokuga/db/archive_log.ts";
import { type ArchiveFile, archiveKey, archiveText, withLinesOf } from "@rokuga/media/archive.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { NotFoundError, type Storage } from "@rokuga/storage/storage.ts";
import type { Breaker } from "./breaker.ts";
import { logOutageAware, storeOutageAware } from "./outage_error.ts";
import type { Pacer } from "./pacer.ts";

/** Media type of JSON lines: not registered, but usual. */
const CONTENT_TYPE = "application/x-ndjson";

/** Events that are looked at for news at once: about an hour of 140 cameras. */
const PAGE_EVENTS = 50_000;

/** Files of which it is remembered how they were written. */
const MOST_REMEMBERED = 2_000;

/** How long the last events may take at the end of the program, ms. */
const LAST_MS = 3_000;

export type ArchiverOptions = {
  databaseUrl: string;
  storage: Storage;
  breakers: { store: Breaker; log: Breaker };
  /** The uplink is shared with footage: files are sent as the backlog is. */
  pacer: Pacer;
  log: Log;
  /** Pause between two looks at the log, ms. */
  intervalMs: number;
  pageEvents?: number;
};

/** How a cycle ended: all is archived, another worker does it, or a restore has to end first. */
export type ArchiveOutcome = "archived" | "elsewhere" | "restoring";

/** What was last said of how it goes. */
type State = ArchiveOutcome | "failing";

type Written = { bytes: number; sha256: string };

const sha256Of = (body: Uint8Array) => createHash("sha256").update(body).digest("hex");

export class Archiver implements AsyncDisposable {
  readonly #options: Required<ArchiverOptions>;
  readonly #closing = new AbortController();
  readonly #written = new Map<string, Written>();
  /** Put, but the cursor was not moved after it: another may have taken the turn meanwhile, and have put it as well. */
  readonly #unsettled = new Map<string, ArchiveFile>();
  #state: State | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ArchiverOptions) {
    this.#options = { pageEvents: PAGE_EVENTS, ...options };
  }

  /** Begins to archive by itself. */
  start(): this {
    this.#running = this.#keepArchiving(this.#closing.signal);
    return this;
  }

  /**
   * Archives all that is new, unless it is another's turn. Waits for outages to end. Rejects with what a person has to
   * cure, and with the signal's reason.
   */
  async cycle(signal: AbortSignal): Promise<ArchiveOutcome> {
    try {
      return await this.#options.breakers.log.run(() => this.#takeTurn(signal), signal);
    } catch (error) {
      // The end of the session is what the signal has caused.
      signal.throwIfAborted();
      throw error;
    }
  }

  /** Ends it, with the last events archived if that is quickly done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("stopping"));
    if (!this.#running) return;
    await this.#running;
    const { store, log } = this.#options.breakers;
    if ((store.status.awaySinceMs ?? log.status.awaySinceMs) !== null) return;
    await this.#attempt(AbortSignal.timeout(LAST_MS));
  }

  async #keepArchiving(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#attempt(signal);
      await sleep(this.#options.intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    try {
      this.#become(await this.cycle(signal));
    } catch (error) {
      if (!signal.aborted) this.#become("failing", error);
    }
  }

  async #takeTurn(signal: AbortSignal): Promise<ArchiveOutcome> {
    const taken = await logOutageAware(takeArchiveTurn(this.#options.databaseUrl, signal));
    if (taken.kind !== "taken") return taken.kind;
    await using turn = taken.turn;
    for (;;) {
      const { files, cursor, isFull } = await logOutageAware(turn.readNews(this.#options.pageEvents));
      const news = new Map([...this.#unsettled, ...files.map((file) => [archiveKey(file), file] as const)]);
      for (const [key, file] of news) {
        this.#unsettled.set(key, file);
        await this.#archive(turn, { key, file, signal });
      }
      if (news.size > 0) await logOutageAware(turn.moveCursor(cursor));
      this.#unsettled.clear();
      if (!isFull) return "archived";
    }
  }

  async #archive(
    turn: ArchiveTurn,
    { key, file, signal }: { key: string; file: ArchiveFile; signal: AbortSignal },
  ): Promise<void> {
    const body = archiveText(await logOutageAware(turn.readFile(file)));
    const last = this.#written.get(key);
    const isOwn = last !== undefined && hasGrown(last, Buffer.from(body));
    if (isOwn && last.bytes === Buffer.byteLength(body)) return;
    const put = async () =>
      this.#put(key, isOwn ? body : withLinesOf(await this.#read(key, signal), body), signal);
    this.#remember(key, await this.#options.breakers.store.run(put, signal));
  }

  async #put(key: string, body: string, signal: AbortSignal): Promise<Written> {
    const { storage, pacer } = this.#options;
    const bytes = Buffer.from(body);
    const sha256 = sha256Of(bytes);
    using upload = pacer.begin("backlog", signal);
    const pace = upload.pace ? { pace: upload.pace } : {};
    const options = { contentType: CONTENT_TYPE, sha256, signal, ...pace };
    await storeOutageAware(storage.put(key, bytes, options));
    return { bytes: bytes.byteLength, sha256 };
  }

  /** The text of a file as it is in the store; empty when it is not there. */
  async #read(key: string, signal: AbortSignal): Promise<string> {
    try {
      return await storeOutageAware(
        this.#options.storage.get(key, { signal }).then((stream) => text(stream)),
      );
    } catch (error) {
      if (error instanceof NotFoundError) return "";
      throw error;
    }
  }

  #remember(key: string, written: Written): void {
    this.#written.delete(key);
    this.#written.set(key, written);
    const oldest = this.#written.keys().next().value!;
    if (this.#written.size > MOST_REMEMBERED) this.#written.delete(oldest);
  }

  #become(state: State, error?: unknown): void {
    // Whose turn it is says nothing of how it goes.
    if (state === "elsewhere" || state === this.#state) return;
    this.#state = state;
    const { log } = this.#options;
    if (state === "archived") log.info("the log is archived in the store");
    else if (state === "restoring") {
      log.warn("nothing is archived: this database is being restored; if that was interrupted, run it again");
    } else log.error("the log cannot be archived; recording goes on, and a person must act", { error });
  }
}

/** Whether a body is what was written last, with perhaps more at its end. */
function hasGrown(last: Written, body: Uint8Array): boolean {
  return last.bytes <= body.byteLength && sha256Of(body.subarray(0, last.bytes)) === last.sha256;
}
