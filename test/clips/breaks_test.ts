/**
 * Clips across what breaks a recording: runs that end and begin, segments that are missing, clocks that were wrong,
 * encoders that change. What is there is shown back to back, and clip.json says where on the wall clock it lies.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { appendEvents } from "@rokuga/db/append.ts";
import { Problem } from "@rokuga/media/api.ts";
import { runEventId } from "@rokuga/media/ids.ts";
import { checkClip, clipUrl, describeClip, fetchClip, START } from "./checks.ts";
import { probeClip, shownPictures } from "./clip_file.ts";
import { recordRun, storeRun } from "./recording.ts";
import { startTestWeb, type TestWeb } from "./web.ts";

let web: TestWeb;
before(async () => {
  web = await startTestWeb();
});
after(() => web[Symbol.asyncDispose]());

const range = (from: number, to: number) => ({ startMs: START + from, endMs: START + to });

test("a run that ends, and another one: back to back, with the gap and its cause in clip.json", async () => {
  const cameraId = "two-runs";
  const first = await recordRun({ startMs: START, seconds: 8, bFrames: 2 });
  await storeRun(first, { ...web, cameraId, startMs: START });
  // It has time stamps of its own, no B-frames, and other parameter sets.
  const encoder = ["-profile:v", "main", "-refs", "3", "-level", "1.2"];
  const startMs = START + 15_000;
  const second = await recordRun({ startMs, seconds: 8, ptsSeconds: 5_000, encoder });
  await storeRun(second, { ...web, cameraId, startMs });
  const asked = range(5_300, 18_700);
  const shown = [range(5_300, 8_000), range(15_000, 18_700)];
  await checkClip(await fetchClip(web, cameraId, asked), shown);
  const { ranges, gaps, durationMs, objects } = await describeClip(web, cameraId, asked);
  assert.deepEqual(ranges, [
    { ...shown[0], clipStartMs: 0, clipEndMs: 2_700 },
    { ...shown[1], clipStartMs: 2_700, clipEndMs: 6_400 },
  ]);
  assert.deepEqual(gaps, [{ ...range(8_000, 15_000), cause: "camera-unreachable" }]);
  assert.equal(durationMs, 6_400);
  // The objects tile the clip; the last may be there for sound that is stored late.
  let end = 0;
  for (const { clipStartMs, clipEndMs } of objects) {
    assert.equal(clipStartMs, end);
    end = clipEndMs;
  }
  assert.equal(end, durationMs);
});

test("segments that are missing in the middle of a run, and a range that begins and ends in gaps", async () => {
  const cameraId = "holes";
  const files = await recordRun({ startMs: START, seconds: 20 });
  await storeRun(files, { ...web, cameraId, startMs: START, without: [1, 3] });
  const shown = [range(0, 4_000), range(8_000, 12_000), range(16_000, 20_000)];
  await checkClip(await fetchClip(web, cameraId, range(-7_000, 30_000)), shown);
  const { gaps } = await describeClip(web, cameraId, range(-7_000, 30_000));
  assert.deepEqual(
    gaps
      .filter(({ startMs, endMs }) => startMs > START && endMs <= START + 16_000)
      .map(({ startMs, endMs }) => [startMs - START, endMs - START]),
    [
      [4_000, 8_000],
      [12_000, 16_000],
    ],
  );
});

test("pictures that refer to what is missing before them are left out, not shown broken", async () => {
  for (const codec of ["h264", "h265"] as const) {
    const cameraId = `open-gop-${codec}`;
    const files = await recordRun({ startMs: START, seconds: 12, codec, bFrames: 2, openGop: true });
    const { segments } = await storeRun(files, { ...web, cameraId, startMs: START, without: [1] });
    const shown = segments.map(({ startMs, endMs }) => ({ startMs, endMs }));
    await checkClip(await fetchClip(web, cameraId, range(0, 12_000)), shown);
  }
});

test("a run whose clock was corrected: the pictures of the asked moment, wherever their objects lie", async () => {
  const cameraId = "corrected";
  const files = await recordRun({ startMs: START, seconds: 8 });
  // The site's clock was an hour behind when it began.
  const byMs = 3_600_000;
  const { runId } = await storeRun(files, { ...web, cameraId, startMs: START - byMs });
  await appendEvents(web.database, [
    {
      eventId: `${runEventId({ cameraId, runId }, "ClockCorrected")}/${START}`,
      type: "ClockCorrected",
      version: 1,
      occurredAtMs: START + 10_000,
      data: { cameraId, runId, seenMs: START + 10_000, byMs },
    },
  ]);
  await checkClip(await fetchClip(web, cameraId, range(1_000, 7_000)), [range(1_000, 7_000)]);
  const { objects } = await describeClip(web, cameraId, range(1_000, 7_000));
  assert.match(objects[0]!.key, new RegExp(`/${START - byMs}-`));
  assert.equal((await fetch(clipUrl(web, cameraId, range(1_000 - byMs, 7_000 - byMs)))).status, 404);
});

test("a moment that two runs hold is shown once", async () => {
  const cameraId = "twice";
  for (const [from, seconds] of [
    [0, 12],
    [6_000, 12],
  ] as const) {
    const startMs = START + from;
    const files = await recordRun({ startMs, seconds });
    await storeRun(files, { ...web, cameraId, startMs });
  }
  const shown = [range(1_300, 12_000), range(12_000, 17_100)];
  await checkClip(await fetchClip(web, cameraId, range(1_300, 17_100)), shown);
  const { ranges, durationMs } = await describeClip(web, cameraId, range(1_300, 17_100));
  assert.deepEqual(
    ranges.map(({ startMs, endMs }) => ({ startMs, endMs })),
    shown,
  );
  assert.equal(durationMs, 15_800);
});

test("other parameter sets of the same size and profile: each part is decoded with its own", async () => {
  for (const codec of ["h264", "h265"] as const) {
    const cameraId = `sets-${codec}`;
    const settings = {
      h264: ["-x264-params", "cabac=1:ref=3:scenecut=0"],
      h265: ["-x265-params", "log-level=none:no-sao=1:ctu=16:keyint=50"],
    };
    const one = await recordRun({ startMs: START, seconds: 4, codec, encoder: ["-profile:v", "main"] });
    await storeRun(one, { ...web, cameraId, startMs: START });
    const startMs = START + 6_000;
    const encoder = ["-profile:v", "main", ...settings[codec]];
    const other = await recordRun({ startMs, seconds: 4, codec, encoder });
    await storeRun(other, { ...web, cameraId, startMs });
    const path = await fetchClip(web, cameraId, range(500, 9_500));
    await checkClip(path, [range(500, 4_000), range(6_000, 9_500)]);
    // FFmpeg would find them in the samples, too; other players read only what stands in front.
    const file = await readFile(path, "latin1");
    const records = file.slice(file.lastIndexOf("moov")).split(codec === "h264" ? "avcC" : "hvcC");
    assert.equal(records.length - 1, 2);
    assert.notEqual(records[1]!.slice(0, 100), records[2]!.slice(0, 100));
  }
});

test("sound of another rate, none, and again: it stays in step", async () => {
  const cameraId = "sounds";
  const kinds = [
    { sampleRate: 48_000 },
    { audio: "none" as const },
    { sampleRate: 16_000 },
    { sampleRate: 48_000 },
  ];
  for (const [index, kind] of kinds.entries()) {
    const startMs = START + index * 6_000;
    const files = await recordRun({ startMs, seconds: 4, ...kind });
    await storeRun(files, { ...web, cameraId, startMs });
  }
  const shown = [0, 1, 2, 3].map((index) => range(index * 6_000, index * 6_000 + 4_000));
  const path = await fetchClip(web, cameraId, range(0, 22_000));
  await checkClip(path, shown, { silent: [shown[1]!] });
});

test("another size of the picture in the range is refused with the moment; each side of it is a clip", async () => {
  const cameraId = "sizes";
  await storeRun(await recordRun({ startMs: START, seconds: 4 }), { ...web, cameraId, startMs: START });
  const startMs = START + 4_000;
  const larger = await recordRun({ startMs, seconds: 4, size: "640x360" });
  await storeRun(larger, { ...web, cameraId, startMs });
  for (const name of ["clip.mp4", "clip.json"] as const) {
    const refused = await fetch(clipUrl(web, cameraId, range(1_000, 7_000), name));
    assert.equal(refused.status, 409);
    const { detail } = Problem.parse(await refused.json());
    assert.ok(detail.includes(new Date(startMs).toISOString()), detail);
    assert.match(detail, /640×360 .* no longer 320×180/);
  }
  await checkClip(await fetchClip(web, cameraId, range(1_000, 4_000)), [range(1_000, 4_000)]);
  const after = await fetchClip(web, cameraId, range(4_000, 7_000));
  assert.equal((await probeClip(after)).video.width, 640);
});

test("a range shorter than a picture's time, and one of a single picture", async () => {
  const cameraId = "short";
  await storeRun(await recordRun({ startMs: START, seconds: 4 }), { ...web, cameraId, startMs: START });
  const one = await fetchClip(web, cameraId, range(1_000, 1_040));
  assert.equal((await shownPictures(one, START)).frames.length, 1);
  const less = await fetchClip(web, cameraId, range(1_010, 1_020));
  assert.ok((await probeClip(less)).seconds <= 0.04);
});

test("the file says when it was recorded", async () => {
  const { tags } = await probeClip(await fetchClip(web, "short", range(1_000, 2_000)));
  assert.equal(tags.creation_time, new Date(START + 1_000).toISOString().replace(".000Z", ".000000Z"));
});
