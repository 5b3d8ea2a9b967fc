/**
 * Splits a file where its video changes (another size or codec, time stamps that jump): what follows becomes the
 * only segment of a run of its own, since a run has one picture and one time line.
 */
import { mkdir, open, rename, truncate } from "node:fs/promises";
import { newRunId, type SegmentId } from "@rokuga/media/ids.ts";
import { openDirectory, openSegmentPath } from "@rokuga/media/spool_layout.ts";
import { type RunFile, type RunIdentity, writeRunFile } from "./spool.ts";

export type Split = {
  /** The run that the file belongs to. */
  from: RunFile;
  id: SegmentId;
  /** Where the change is, in bytes. 0: all of the file goes. */
  atByte: number;
  /** Where what follows begins, ms since the epoch. */
  startMs: number;
};

/**
 * Moves the bytes from `atByte` on into a new run, which is left for recovery.ts to finish. Done again after a
 * crash it makes the same run.
 */
export async function splitRun(spool: string, { from, id, atByte, startMs }: Split): Promise<RunIdentity> {
  const run: RunFile = {
    ...from,
    runId: newRunId(startMs, (id.sequence % 1_000) / 1_000),
    startMs,
    startTicks: undefined,
    splitFrom: { runId: from.runId, sequence: id.sequence },
    endReason: "changed",
    ended: undefined,
  };
  const identity = { cameraId: run.cameraId, runId: run.runId };
  await mkdir(openDirectory(spool, run), { recursive: true });
  await writeRunFile(spool, run);
  const source = openSegmentPath(spool, id);
  const target = openSegmentPath(spool, { ...identity, sequence: 0 });
  if (atByte === 0) {
    await rename(source, target);
    return identity;
  }
  await copyFrom(source, { atByte, target: `${target}.new` });
  await rename(`${target}.new`, target);
  await truncate(source, atByte);
  return identity;
}

async function copyFrom(
  source: string,
  { atByte, target }: { atByte: number; target: string },
): Promise<void> {
  await using from = await open(source, "r");
  await using to = await open(target, "w");
  await to.writeFile(from.createReadStream({ start: atByte, autoClose: false }));
}
