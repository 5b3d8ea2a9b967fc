/** What a clip has to be, whatever it was made of. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TimeRange } from "@rokuga/media/api.ts";
import { ClipDescription } from "@rokuga/media/clip_api.ts";
import { beepsIn, probeClip, shownPictures } from "./clip_file.ts";
import { FRAME_MS } from "./recording.ts";
import type { TestWeb } from "./web.ts";

export const START = Date.UTC(2026, 0, 31, 9, 0, 0);
/** How far sound and picture may be apart, ms. */
export const IN_STEP_MS = 40;

type Web = Pick<TestWeb, "url" | "directory">;

export function clipUrl(
  { url }: Pick<Web, "url">,
  camera: string,
  { startMs, endMs }: TimeRange,
  name = "clip.mp4",
) {
  return `${url}/api/cameras/${camera}/${name}?from=${startMs}&to=${endMs}`;
}

/** Path of the clip, fetched. */
export async function fetchClip(web: Web, camera: string, range: TimeRange): Promise<string> {
  const response = await fetch(clipUrl(web, camera, range));
  const bytes = new Uint8Array(await response.arrayBuffer());
  assert.equal(response.status, 200, new TextDecoder().decode(bytes.subarray(0, 500)));
  assert.equal(response.headers.get("content-type"), "video/mp4");
  const path = join(web.directory, `${randomUUID()}.mp4`);
  await writeFile(path, bytes);
  return path;
}

export async function describeClip(web: Web, camera: string, range: TimeRange): Promise<ClipDescription> {
  const response = await fetch(clipUrl(web, camera, range, "clip.json"));
  return ClipDescription.parse(await response.json());
}

export type CheckOptions = {
  hasSound?: boolean;
  /** Of what is shown, what was recorded without sound. */
  silent?: readonly TimeRange[];
};

/** Checks a clip that shows these covered ranges: its length, its pictures, its sound. */
export async function checkClip(
  path: string,
  shown: readonly TimeRange[],
  { hasSound = true, silent = [] }: CheckOptions = {},
): Promise<void> {
  const { seconds, audio } = await probeClip(path);
  const totalMs = shown.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  assert.ok(Math.abs(seconds * 1000 - totalMs) <= FRAME_MS, `it plays ${seconds} s, not ${totalMs} ms`);
  assert.equal(audio !== undefined, hasSound);
  await checkPictures(path, shown);
  let atMs = 0;
  for (const range of shown) {
    const beeps = hasSound && !silent.includes(range);
    if (beeps) await checkBeeps(path, { range, atMs });
    atMs += range.endMs - range.startMs;
  }
}

/** Exactly the pictures whose time lies in the ranges, each in its place. */
async function checkPictures(path: string, shown: readonly TimeRange[]): Promise<void> {
  const { frames, complaints } = await shownPictures(path, START);
  // What H.264 says of an open GOP at the beginning: the pictures that are left out there cannot be forgotten again.
  const usual = /^.*(mmco: unref short failure|Last message repeated).*$/gm;
  assert.equal(complaints.replaceAll(usual, "").trim(), "");
  const expected: { clockMs: number; mediaMs: number }[] = [];
  let atMs = 0;
  for (const { startMs, endMs } of shown) {
    const first = Math.ceil(startMs / FRAME_MS) * FRAME_MS;
    for (let clockMs = first; clockMs < endMs; clockMs += FRAME_MS)
      expected.push({ clockMs, mediaMs: atMs + clockMs - startMs });
    atMs += endMs - startMs;
  }
  assert.deepEqual(
    frames.map(({ clockMs }) => (clockMs === undefined ? undefined : clockMs - START)),
    expected.map(({ clockMs }) => clockMs - START),
    "exactly the pictures of the range",
  );
  for (const [index, { mediaMs }] of frames.entries())
    assert.ok(Math.abs(mediaMs - expected[index]!.mediaMs) <= 2, `picture ${index} at ${mediaMs} ms`);
}

/** A beep at every full second of the range, which the clip shows from `atMs` on. */
async function checkBeeps(path: string, { range, atMs }: { range: TimeRange; atMs: number }): Promise<void> {
  const lengthMs = range.endMs - range.startMs;
  const expected: number[] = [];
  for (let ms = Math.ceil(range.startMs / 1000) * 1000; ms < range.endMs; ms += 1000)
    expected.push(ms - range.startMs);
  // FFmpeg plays the last frame of sound to its end.
  const heard = (await beepsIn(path, { startMs: atMs, endMs: atMs + lengthMs })).filter(
    (ms) => ms < lengthMs,
  );
  assert.equal(heard.length, expected.length, `beeps at ${heard} instead of ${expected}`);
  for (const [index, ms] of heard.entries())
    assert.ok(
      Math.abs(ms - expected[index]!) < IN_STEP_MS,
      `beep ${index} at ${ms} ms, not ${expected[index]}`,
    );
}
