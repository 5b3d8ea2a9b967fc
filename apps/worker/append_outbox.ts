/** Events of the outbox: appended together, and only when they are committed is their file deleted. */
import { readFile, rm } from "node:fs/promises";
import type { NewEvent } from "@rokuga/media/events.ts";
import type { EventsJob } from "@rokuga/media/job.ts";
import { outboxPath } from "@rokuga/media/spool_layout.ts";
import { readEvent } from "@rokuga/media/upcast.ts";
import { GiveUpError } from "@rokuga/queue/consumer.ts";
import type { JobParts } from "./do_job.ts";

/** A file that is gone was appended before. Rejects with GiveUpError when it does not hold events: it stays. */
export async function appendOutbox(
  { spool, sink, breakers }: JobParts,
  { outboxId }: EventsJob,
  signal: AbortSignal,
): Promise<void> {
  const path = outboxPath(spool, outboxId);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new Error(`Cannot read events in the outbox (${cause.code}): check the spool's disk`, { cause });
  });
  if (text === undefined) return;
  const events = parseEvents(text, outboxId);
  await breakers.log.run(() => sink.append(events), signal);
  await rm(path, { force: true });
}

function parseEvents(text: string, outboxId: string): NewEvent[] {
  const lines = text.split("\n").filter((line) => line !== "");
  const refuse = (why: string) =>
    new GiveUpError(
      `Cannot append the events of ${outboxId}.jsonl in the outbox: ${why}. The file stays there`,
    );
  if (lines.length === 0) throw refuse("it holds none");
  return lines.map((line, index) => {
    // An earlier version of the relay may have written it.
    const read = readEvent(parseJson(line));
    if (read.ok) return read.event;
    throw refuse(`line ${index + 1} is not an event (${read.problem})`);
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not an event either, which is what is said of it.
    return undefined;
  }
}
