/**
 * Tells the cloud what the config says of the site and its cameras: each fact once, and again when it changes. What
 * was told is kept in the spool and told anew at every start, under the same event ids: a log that has it takes no
 * notice, and a new database learns it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { NewEvent } from "@rokuga/media/events.ts";
import { z } from "zod";
import { writeAtomically } from "./spool.ts";

/** What publishing needs to know of the relay. */
export type PublishedOptions = {
  spool: string;
  publish: (event: NewEvent) => Promise<void>;
  nowMs: () => number;
};

type Told<V> = { value: V; events: NewEvent[] };

/** A fact that is new, or has changed. `before`: the events that told it so far, oldest first. */
export type Change<V> = { key: string; value: V; before: readonly NewEvent[] };

export class PublishedFacts<V> {
  readonly #file: string;
  readonly #publish: PublishedOptions["publish"];
  /** By `site/<id>` or `camera/<id>`: the value in force, and the events that make it so. */
  readonly #known: z.ZodType<Record<string, Told<V>>>;
  readonly #toldBefore = new Set<string>();

  /** `file`: its name in the spool. `value`: what a fact says. */
  constructor(
    { spool, publish }: Pick<PublishedOptions, "spool" | "publish">,
    { file, value }: { file: string; value: z.ZodType<V> },
  ) {
    this.#file = join(spool, file);
    this.#publish = publish;
    const told = z.strictObject({ value, events: z.array(NewEvent) }) as unknown as z.ZodType<Told<V>>;
    this.#known = z.record(z.string(), told);
  }

  /**
   * Publishes what is new, and what this program has not told since its start. `eventsOf`: all events that tell a
   * fact from now on, of those before the ones that still matter.
   */
  async publish(facts: ReadonlyMap<string, V>, eventsOf: (change: Change<V>) => NewEvent[]): Promise<void> {
    const known = await this.#read();
    for (const [key, value] of facts) {
      const before = known[key];
      if (before && isDeepStrictEqual(before.value, value)) continue;
      known[key] = { value, events: eventsOf({ key, value, before: before?.events ?? [] }) };
    }
    await writeAtomically(this.#file, JSON.stringify(known));
    for (const key of facts.keys()) {
      for (const event of known[key]!.events) {
        if (this.#toldBefore.has(event.eventId)) continue;
        await this.#publish(event);
        this.#toldBefore.add(event.eventId);
      }
    }
  }

  /** A file that cannot be read is as good as none: all is told anew. */
  async #read(): Promise<Record<string, Told<V>>> {
    try {
      return this.#known.parse(JSON.parse(await readFile(this.#file, "utf8")));
    } catch {
      return {};
    }
  }
}
