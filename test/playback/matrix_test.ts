/**
 * Every kind of footage through the real path from the store to a player: what the playlists say is checked against the
 * RFC and against the bytes, and FFmpeg plays each from its address, start to end. The pictures tell which frames came:
 * none twice, none missing.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { clockFrames } from "../fixtures/clock_frames.ts";
import { checkBytes, fetchedOnce, load, type Playlist, readPlaylist } from "./conformance.ts";
import { framesIn, makeRun, type Run, type RunOptions } from "./footage.ts";
import { type Library, openLibrary } from "./library.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 5 * 3_600_000;
const HOUR_MS = 3_600_000;
/** Near and far, and one that comes right after another. */
const IRREGULAR = [0, 0.4, 1.1, 1.2, 3.9, 4, 9];

const KINDS: Record<string, Omit<RunOptions, "cameraId" | "startMs">> = {
  "H.264, GOP 0.5 s, B-frames, AAC, 25 fps": { seconds: 10, gop: 0.5, bFrames: true, audio: "aac", fps: 25 },
  "H.264, GOP 1 s, G.711, 10 fps": { seconds: 12, gop: 1, audio: "g711", fps: 10 },
  "H.264, GOP 2 s, silent, 20 fps": { seconds: 13, gop: 2 },
  "H.264, GOP 4 s, B-frames, G.711, 30 fps": { seconds: 13, gop: 4, bFrames: true, audio: "g711", fps: 30 },
  "H.264, GOP 10 s, AAC, 20 fps": { seconds: 32, gop: 10, audio: "aac" },
  "H.264, irregular GOPs, B-frames, 25 fps": { seconds: 14, gop: IRREGULAR, bFrames: true, fps: 25 },
  "H.265, GOP 0.5 s, silent, 25 fps": { codec: "h265", seconds: 8, gop: 0.5, fps: 25 },
  "H.265, GOP 1 s, B-frames, G.711, 30 fps": {
    ...{ codec: "h265", seconds: 9, gop: 1, bFrames: true, audio: "g711", fps: 30 },
  },
  "H.265, GOP 2 s, AAC, 20 fps": { codec: "h265", seconds: 9, gop: 2, audio: "aac" },
  "H.265, GOP 4 s, silent, 10 fps": { codec: "h265", seconds: 13, gop: 4, fps: 10 },
  "H.265, GOP 10 s, B-frames, AAC, 20 fps": {
    codec: "h265",
    seconds: 22,
    gop: 10,
    bFrames: true,
    audio: "aac",
  },
  "H.265, irregular GOPs, 25 fps": { codec: "h265", seconds: 14, gop: IRREGULAR, fps: 25 },
  // 33 bits of 90 kHz are over after 95,443.7 s.
  "time stamps that wrap, B-frames, AAC": {
    seconds: 12,
    bFrames: true,
    audio: "aac",
    firstTimestamp: 95_438,
  },
};

describe("playlists of all kinds of footage", { timeout: 240_000 }, () => {
  let library: Library;
  const playlists = new Map<string, Playlist>();

  before(async () => {
    library = await openLibrary();
  });
  after(() => library[Symbol.asyncDispose]());

  const urlOf = (cameraId: string, name = "playlist", hours = 1) =>
    `${library.openUrl}/api/cameras/${cameraId}/${name}.m3u8?from=${START - HOUR_MS}&to=${START + hours * HOUR_MS}`;

  /** Loads the playlists of all that a camera has and checks them. */
  async function checked(cameraId: string): Promise<Playlist> {
    const url = urlOf(cameraId);
    const playlist = readPlaylist(await load(url), url);
    const bytesOf = fetchedOnce();
    await checkBytes(playlist, bytesOf);
    const iframesUrl = urlOf(cameraId, "iframes");
    const iframes = readPlaylist(await load(iframesUrl), iframesUrl);
    const sum = ({ items }: Playlist) => items.reduce((seconds, item) => seconds + item.seconds, 0);
    assert.ok(Math.abs(sum(iframes) - sum(playlist)) < 0.01, "as long as the media playlist");
    for (const { url: object, range } of iframes.items) {
      assert.ok(range && range.end <= (await bytesOf(object)).length);
    }
    // Of more than two hours the segments are listed whole.
    const long = readPlaylist(await load(urlOf(cameraId, "playlist", 3)), url);
    await checkBytes(long, bytesOf);
    assert.ok(Math.abs(sum(long) - sum(playlist)) < 0.01);
    playlists.set(cameraId, playlist);
    return playlist;
  }

  /** The times in the pictures that FFmpeg plays from an address. */
  async function played(url: string): Promise<(number | undefined)[]> {
    const frames: (number | undefined)[] = [];
    const signal = AbortSignal.timeout(60_000);
    for await (const { clockMs } of clockFrames(url, { signal })) frames.push(clockMs);
    return frames;
  }

  async function record(cameraId: string, options: Omit<RunOptions, "cameraId">): Promise<Run> {
    const run = await makeRun({ cameraId, ...options });
    await library.register(cameraId);
    return run;
  }

  for (const [index, [name, kind]] of Object.entries(KINDS).entries()) {
    test(name, async () => {
      const cameraId = `kind-${index}`;
      const run = await record(cameraId, { startMs: START, ...kind });
      await library.store(run);
      const { items } = await checked(cameraId);
      assert.equal(items.filter((item) => item.discontinuity).length, 0);
      assert.equal(items.filter((item) => item.isStated).length, 1);
      assert.deepEqual(await played(urlOf(cameraId)), run.frames);
      assert.deepEqual(await played(urlOf(cameraId, "playlist", 3)), run.frames, "whole segments");
    });
  }

  test("a run break: another run follows, whose time stamps begin again", async () => {
    const first = await record("break", { startMs: START, seconds: 9, audio: "aac" });
    const second = await record("break", { startMs: START + 9_000, seconds: 7, audio: "aac" });
    await library.store(first);
    await library.store(second);
    const { items } = await checked("break");
    assert.deepEqual(
      items.filter((item) => item.discontinuity).map((item) => item.startMs),
      [START + 9_000],
    );
    assert.deepEqual(await played(urlOf("break")), [...first.frames, ...second.frames]);
  });

  test("a gap, and a segment that was quarantined in the middle of a run", async () => {
    const first = await record("gap", { startMs: START, seconds: 13, bFrames: true });
    const second = await record("gap", { startMs: START + 200_000, seconds: 6 });
    const kept = first.segments.filter(({ sequence }) => sequence !== 1);
    await library.store(first, kept);
    await library.store(second);
    const { items } = await checked("gap");
    assert.deepEqual(
      items.filter((item) => item.discontinuity).map((item) => item.startMs),
      [first.segments[2]!.startMs, START + 200_000],
    );
    assert.deepEqual(await played(urlOf("gap")), [...framesIn(first, kept), ...second.frames]);
  });

  test("another size of picture, and sound that is gone", async () => {
    const small = await record("size", { startMs: START, seconds: 6, audio: "g711" });
    const large = await record("size", { startMs: START + 6_000, seconds: 6, size: "640x360" });
    await library.store(small);
    await library.store(large);
    const { items } = await checked("size");
    assert.equal(items.filter((item) => item.discontinuity).length, 1);
    assert.deepEqual(await played(urlOf("size")), [...small.frames, ...large.frames]);
    const index = await load(urlOf("size", "index"));
    assert.match(index, /CODECS="avc1\.42C00C,avc1\.42C016,mp4a\.40\.2",RESOLUTION=640x360\n/);
  });

  test("another codec: named in the index, and each part plays", async () => {
    const before265 = await record("codec", { startMs: START, seconds: 6 });
    const after264 = await record("codec", { startMs: START + 6_000, seconds: 6, codec: "h265" });
    await library.store(before265);
    await library.store(after264);
    const { items } = await checked("codec");
    assert.equal(items.filter((item) => item.discontinuity).length, 1);
    assert.match(await load(urlOf("codec", "index")), /CODECS="avc1\.42C00C,hvc1\.[^",]+",RESOLUTION/);
    // FFmpeg 5.1 sets up one decoder for a playlist: it is asked for each part.
    const part = (from: number, to: number) =>
      `${library.openUrl}/api/cameras/codec/playlist.m3u8?from=${from}&to=${to}`;
    assert.deepEqual(await played(part(START, START + 6_000)), before265.frames);
    assert.deepEqual(await played(part(START + 6_000, START + 12_000)), after264.frames);
  });

  test("a clock that was wrong: the corrected run plays in its place, in order", async () => {
    const first = await record("clock", { startMs: START, seconds: 8 });
    // Recorded an hour too early, before the clock was set.
    const early = await record("clock", { startMs: START + 20_000 - HOUR_MS / 2, seconds: 8 });
    await library.store(first);
    await library.store(early);
    const seenMs = START + 60_000;
    await library.append([
      {
        eventId: `clock/${early.runId}/ClockCorrected/${seenMs}`,
        ...{ type: "ClockCorrected", version: 1, occurredAtMs: seenMs },
        data: { cameraId: "clock", runId: early.runId, seenMs, byMs: HOUR_MS / 2 },
      },
    ]);
    const { items } = await checked("clock");
    assert.deepEqual(
      items.filter((item) => item.isStated).map((item) => item.startMs),
      [START, START + 20_000],
    );
    assert.deepEqual(await played(urlOf("clock")), [...first.frames, ...early.frames]);
  });

  test("runs that overlap: the one that began first plays, the other one where it has ended", async () => {
    const first = await record("overlap", { startMs: START, seconds: 9 });
    const later = await record("overlap", { startMs: START + 2_500, seconds: 13 });
    await library.store(later);
    await library.store(first);
    const { items } = await checked("overlap");
    // The fragment of 8.5 s lies in the first run's time by 0.5 s.
    const takesOver = START + 8_500;
    assert.deepEqual(
      items.filter((item) => item.discontinuity).map((item) => item.startMs),
      [takesOver],
    );
    for (const [at, item] of items.slice(1).entries()) {
      assert.ok(item.startMs >= items[at]!.startMs + items[at]!.seconds * 1000 - 500, "no moment twice");
    }
    assert.deepEqual(await played(urlOf("overlap")), [
      ...first.frames,
      ...later.frames.filter((ms) => ms >= takesOver),
    ]);
  });

  test("the asked moment is inside the first item, of short ranges and of long ones", async () => {
    const [, { items }] = [...playlists].find(([id]) => id === "break")!;
    for (const offsetMs of [0, 1, 1_999, 2_000, 5_500, 8_999, 9_000, 12_345]) {
      for (const hours of [1, 3]) {
        const from = items[0]!.startMs + offsetMs;
        const url = `${library.openUrl}/api/cameras/break/playlist.m3u8?from=${from}&to=${from + hours * HOUR_MS}`;
        const first = readPlaylist(await load(url), url).items[0]!;
        assert.ok(first.startMs <= from && from < first.startMs + first.seconds * 1000, `${offsetMs} ms`);
        assert.ok(first.seconds <= (hours === 1 ? 2.001 : 4.001), "a fragment, or of a long range a segment");
      }
    }
  });
});
