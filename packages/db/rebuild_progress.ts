/** What a person reads of a rebuild, while it runs and in the end. */
import { createProgress, type ProgressStream } from "@rokuga/runtime/progress.ts";
import type { RebuildOptions, RebuildProgress, Rebuilt } from "./projections.ts";

const number = new Intl.NumberFormat("en");

/** Events that cannot be read are named one by one up to so many. */
const MOST_NAMED = 20;

/** `12,345 of about 1,200,000 events (1 %), 45,000 a second, 26 s left`. */
export function progressText({ events, ofAbout }: RebuildProgress, perSecond: number): string {
  const share = Math.floor((100 * events) / Math.max(1, ofAbout));
  const text = `${number.format(events)} of about ${number.format(ofAbout)} events (${share} %)`;
  if (!(perSecond > 0)) return text;
  return `${text}, ${number.format(Math.round(perSecond))} a second, ${duration((ofAbout - events) / perSecond)} left`;
}

/** `26 s`, `3 min`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `Built the tables anew from 1,234 events in 3 s.`, and how many events were left out. */
export function summary({ events, unreadable }: Rebuilt, seconds: number): string {
  const built = `Built the tables anew from ${number.format(events)} events in ${duration(seconds)}.`;
  if (unreadable === 0) return built;
  return `${built} ${number.format(unreadable)} more cannot be read: they stay in the log, and are in no table.`;
}

/** Shows a rebuild on `stream` (standard error). Call `end` when it has ended, however. */
export function showRebuild(
  stream: ProgressStream,
): Required<Omit<RebuildOptions, "signal">> & { end(): void } {
  const progress = createProgress(stream);
  let first: { events: number; atMs: number } | undefined;
  let unreadable = 0;
  return {
    onProgress: (now) => {
      const atMs = performance.now();
      first ??= { events: now.events, atMs };
      progress.show(progressText(now, ((now.events - first.events) / (atMs - first.atMs)) * 1_000));
    },
    onUnreadable: ({ position, eventId, problem }) => {
      unreadable++;
      if (unreadable <= MOST_NAMED) progress.say(`Event ${position} (${eventId}) cannot be read: ${problem}`);
      if (unreadable === MOST_NAMED) progress.say("Further ones are only counted.");
    },
    end: () => progress.end(),
  };
}
