/**
 * Knows which segments the relay has given up, by the events in the outbox that are not appended yet. The relay
 * writes those before it deletes a file, so that a file that is gone is explained by the outbox or by the log.
 *
 * A file of the outbox never changes, so each is read once; its name says nothing of the many events in it.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { OUTBOX } from "@rokuga/media/spool_layout.ts";

const unlessAbsent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== "ENOENT") throw error;
  return undefined;
};

export class OutboxIndex {
  readonly #directory: string;
  /** By file name: the ids of its `SegmentLost` events. */
  readonly #lost = new Map<string, ReadonlySet<string>>();

  constructor(spool: string) {
    this.#directory = join(spool, OUTBOX);
  }

  /** Whether the outbox holds this `SegmentLost` event right now. */
  async holds(eventId: string): Promise<boolean> {
    const names = (await readdir(this.#directory).catch(unlessAbsent)) ?? [];
    const present = new Set(names.filter((name) => name.endsWith(".jsonl")));
    for (const name of this.#lost.keys()) if (!present.has(name)) this.#lost.delete(name);
    let isHeld = false;
    for (const name of present) {
      const ids = this.#lost.get(name) ?? (await this.#read(name));
      isHeld ||= ids?.has(eventId) ?? false;
    }
    return isHeld;
  }

  async #read(name: string): Promise<ReadonlySet<string> | undefined> {
    const text = await readFile(join(this.#directory, name), "utf8").catch(unlessAbsent);
    if (text === undefined) return undefined;
    const ids = new Set(text.split("\n").flatMap(lostEventId));
    this.#lost.set(name, ids);
    return ids;
  }
}

/** What is not an event is a matter of whoever appends it. */
function lostEventId(line: string): string[] {
  if (!line.includes('"SegmentLost"')) return [];
  try {
    const { type, eventId } = JSON.parse(line) as { type?: unknown; eventId?: unknown };
    return type === "SegmentLost" && typeof eventId === "string" ? [eventId] : [];
  } catch {
    // Half a line tells of nothing.
    return [];
  }
}
