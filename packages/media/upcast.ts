/**
 * Reads events that an earlier version of the program has written: to each version of a payload belongs a function
 * that makes the next one of it. What cannot be read is a result, not an exception: one bad event must not stop those
 * who read the others.
 */
import { z } from "zod";
import { type EventType, NewEvent, VERSIONS } from "./events.ts";
import { parseObjectKey } from "./object_key.ts";
import { packFragments } from "./packed_fragments.ts";
import { Segment, Sha256, tracksText } from "./segment.ts";

/** Of an event as it comes from outside (from the log, an outbox file, a request): what says how to read it. */
const Written = z.object({ type: z.string(), version: z.int().positive() });

const StoredV1 = Segment.omit({ previous: true }).extend({
  key: z.string().min(1).max(1024),
  sha256: Sha256,
});

/** Makes version n + 1 of a payload of version n. Throws a ZodError when it is not one. */
type Upcaster = (data: unknown) => unknown;

/** By type: the first makes version 2 of version 1, and so on. */
const UPCASTERS: Partial<Record<EventType, readonly Upcaster[]>> = {
  SegmentStored: [
    (data) => {
      const { key, tracks, fragments, ...rest } = StoredV1.parse(data);
      const parts = parseObjectKey(key);
      return {
        ...rest,
        siteId: parts?.siteId ?? "unknown",
        tracks: tracksText(tracks),
        fragments: packFragments(fragments),
        previous: null,
        ...(parts ? {} : { key }),
      };
    },
  ],
};

type Older = { type: EventType; version: number; data: unknown };

/** Throws a ZodError when the payload is not one of its version. */
function upcast(older: Older): unknown {
  const steps = UPCASTERS[older.type]?.slice(older.version - 1) ?? [];
  const data = steps.reduce((payload, step) => step(payload), older.data);
  return { ...older, version: VERSIONS[older.type], data };
}

export type ReadEvent = { ok: true; event: NewEvent } | { ok: false; problem: string };

/** An event of any version, as this program knows it; or what is wrong with it, in a sentence. */
export function readEvent(written: unknown): ReadEvent {
  try {
    const { type, version } = Written.parse(written);
    const current = Object.hasOwn(VERSIONS, type) ? VERSIONS[type as EventType] : undefined;
    if (current === undefined) return { ok: false, problem: `this program does not know the type '${type}'` };
    if (version > current) {
      return {
        ok: false,
        problem: `it is version ${version} of ${type}, this program knows ${current}: update it`,
      };
    }
    return { ok: true, event: NewEvent.parse(version === current ? written : upcast(written as Older)) };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const { path, message } = error.issues[0]!;
    return { ok: false, problem: `${path.join(".") || "all of it"}: ${message}` };
  }
}
