/**
 * Frames of a looped file, made comparable with those of a numbered camera: FFmpeg begins the file anew with every
 * run and after its end, so a number says what comes next and not when. Pure.
 */
import type { PlayedFrame } from "./frames.ts";

export type LoopedFrame = PlayedFrame & {
  /** Of the segment it is in. */
  sequence: number;
};

export type Unlooped = {
  played: PlayedFrame[];
  /** Every number from the first to the last: in all that time the file was to be played. */
  sent: number[];
  problems: string[];
};

/**
 * Gives the frames numbers that grow: within a run by what the file's numbers grow (modulo its length), from run to
 * run by the time between. The first frame of a run must be the file's first.
 */
export function unloop(
  frames: readonly LoopedFrame[],
  { frames: length, frameMs }: { frames: number; frameMs: number },
): Unlooped {
  const played: PlayedFrame[] = [];
  const problems: string[] = [];
  let before: { runId: string; number: number; virtual: number } | undefined;
  for (const { number, atMs, runId, sequence } of frames) {
    if (number === undefined) {
      played.push({ number, atMs, runId });
      continue;
    }
    const sameRun = before?.runId === runId;
    if (!sameRun && sequence === 0 && number !== 0) {
      problems.push(`run ${runId} begins with frame ${number} of the file`);
    }
    const virtual: number =
      before && sameRun
        ? before.virtual + ((number - before.number + length) % length)
        : Math.max((before?.virtual ?? -1) + 1, Math.round(atMs / frameMs));
    before = { runId, number, virtual };
    played.push({ number: virtual, atMs, runId });
  }
  const numbers = played.flatMap(({ number }) => number ?? []);
  const first = numbers[0] ?? 0;
  const sent = Array.from({ length: numbers.length ? numbers.at(-1)! - first + 1 : 0 }, (_, i) => first + i);
  return { played, sent, problems };
}
