/**
 * Playlists without an end, as footage comes: what was listed stays in its place on every reload, whatever arrives in
 * whatever order, and players go on.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clockFrames } from "../fixtures/clock_frames.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { checkBytes, fetchedOnce, load, readPlaylist } from "./conformance.ts";
import { makeRun, type Run } from "./footage.ts";
import { type Library, openLibrary } from "./library.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 120_000;
const SEGMENT_MS = 4_000;

describe("playlists without an end", { timeout: 120_000 }, () => {
  let library: Library;
  let run: Run;

  before(async () => {
    library = await openLibrary();
    run = await makeRun({ cameraId: "door", startMs: START, seconds: 32, audio: "aac" });
    await library.register("door");
  });
  after(() => library[Symbol.asyncDispose]());

  const openUrl = (fromMs: number) => `${library.openUrl}/api/cameras/door/playlist.m3u8?from=${fromMs}`;

  /** Opens a range as a player does: the address that is loaded again and again. */
  async function open(fromMs: number): Promise<string> {
    const text = await load(openUrl(fromMs));
    assert.match(text, /^#EXTM3U\n(.*\n)*#EXT-X-STREAM-INF:BANDWIDTH=\d+,.*CODECS="avc1\.\w+,mp4a\.40\.2"/);
    const uri = text.split("\n").find((line) => line !== "" && !line.startsWith("#"))!;
    return new URL(uri, openUrl(fromMs)).href;
  }

  const store = (...sequences: number[]) =>
    library.store(
      run,
      sequences.map((sequence) => run.segments[sequence]!),
    );

  /** Which segments are listed; checks them against the RFC and their bytes. */
  async function listed(url: string): Promise<{ text: string; sequences: number[] }> {
    const text = await load(url);
    const playlist = readPlaylist(text, url);
    assert.equal(playlist.ended, false);
    await checkBytes(playlist, fetchedOnce());
    return { text, sequences: playlist.items.map((item) => Number(/-(\d+)\.ts/.exec(item.url)![1])) };
  }

  test("late footage does not move what was listed; who comes later sees it", async () => {
    await store(0, 1, 3);
    const from = START + SEGMENT_MS / 2;
    const viewer = await open(from);
    const first = await listed(viewer);
    assert.match(first.text, /#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-START:TIME-OFFSET=2\.000,PRECISE=YES\n/);
    assert.deepEqual(first.sequences, [0, 1], "the third leaves a hole, which may be filled any moment");
    // The one that was waited for.
    await store(2);
    const second = await listed(viewer);
    assert.deepEqual(second.sequences, [0, 1, 2, 3]);
    assert.ok(second.text.startsWith(first.text), "only added to");
    await store(5);
    assert.deepEqual((await listed(viewer)).sequences, [0, 1, 2, 3]);
    // As if it had been waited for long enough. The log refuses changes: its triggers are set aside.
    await library.database.pool.query(
      `BEGIN; ALTER TABLE events DISABLE TRIGGER events_are_kept;
       UPDATE events SET recorded_at = recorded_at - interval '50 s' WHERE type = 'SegmentStored';
       ALTER TABLE events ENABLE TRIGGER events_are_kept; COMMIT`,
    );
    const waited = viewer.replace(/pin=(\d+)-(\d+)/, (_, ...times) => {
      const [opened, seen] = times.slice(0, 2).map((ms) => Number(ms) - 50_000);
      return `pin=${opened}-${seen}`;
    });
    assert.deepEqual((await listed(waited)).sequences, [0, 1, 2, 3, 5]);
    await store(4, 6);
    assert.deepEqual((await listed(waited)).sequences, [0, 1, 2, 3, 5, 6], "too late for this viewer");
    assert.deepEqual(
      (await listed(await open(from))).sequences,
      [0, 1, 2, 3, 4, 5, 6],
      "but not for the next one",
    );
    const text = await load(`${openUrl(from)}&to=${START + 60_000}`);
    const range = readPlaylist(text, openUrl(from)).items.map(({ url }) =>
      Number(/-(\d+)\.ts/.exec(url)![1]),
    );
    assert.deepEqual([...new Set(range)], [0, 1, 2, 3, 4, 5, 6]);
  });

  test("a pin that is none is refused; one whose beginning is gone says so", async () => {
    const viewer = await open(START);
    const answer = async (url: string) => {
      const response = await fetch(url);
      return [response.status, ((await response.json()) as { detail: string }).detail] as const;
    };
    const [status, detail] = await answer(viewer.replace(/pin=[^&]*/, "pin=1-2-3"));
    assert.deepEqual([status, /without it/.test(detail)], [400, true]);
    const [gone, why] = await answer(viewer.replace(/-\d+$/, "-77"));
    assert.deepEqual([gone, /Open the range again/.test(why)], [410, true]);
  });

  test("FFmpeg plays what comes while it comes, each frame once", async () => {
    const camera = "growing";
    const growing = await makeRun({ cameraId: camera, startMs: START, seconds: 24 });
    await library.register(camera);
    await library.store(growing, growing.segments.slice(0, 2));
    const url = `${library.openUrl}/api/cameras/${camera}/playlist.m3u8?from=${START}`;
    const stop = new AbortController();
    const frames: (number | undefined)[] = [];
    const playing = (async () => {
      for await (const { clockMs } of clockFrames(url, { signal: stop.signal })) frames.push(clockMs);
    })().catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    for (const segment of growing.segments.slice(2)) {
      await sleep(1_000);
      await library.store(growing, [segment]);
    }
    // Without an end FFmpeg's decoder keeps the last few.
    const enough = growing.frames.length - 20;
    await waitFor(() => frames.length >= enough, { what: "the frames of all segments", timeoutMs: 40_000 });
    stop.abort();
    await playing;
    assert.deepEqual(frames, growing.frames.slice(0, frames.length));
  });
});
