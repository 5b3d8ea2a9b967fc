/**
 * Clips that are made in the background, and what becomes of clips when something ends before its time: the client,
 * the job, the room on the disk, the objects.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { get as httpGet } from "node:http";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { Problem } from "@rokuga/media/api.ts";
import { ClipJobView, ExportsAnswer } from "@rokuga/media/clip_api.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { checkClip, clipUrl, START } from "./checks.ts";
import { recordRun, type StoredRun, storeRun } from "./recording.ts";
import { gate, startTestWeb, type TestWeb, TOKEN_ID } from "./web.ts";

const CAMERA = "front";
const range = (from: number, to: number) => ({ startMs: START + from, endMs: START + to });

let web: TestWeb;
let stored: StoredRun;
before(async () => {
  web = await startTestWeb();
  const files = await recordRun({ startMs: START, seconds: 40 });
  stored = await storeRun(files, { ...web, cameraId: CAMERA, startMs: START });
});
after(() => web[Symbol.asyncDispose]());

async function createJob(from: number, to: number): Promise<ClipJobView> {
  const { startMs, endMs } = range(from, to);
  const response = await web.post("/api/clips", {
    cameraId: CAMERA,
    from: startMs,
    to: new Date(endMs).toISOString(),
  });
  const job = ClipJobView.parse(await response.json());
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("location"), `/api/clips/${job.id}`);
  return job;
}

const view = async (id: string) =>
  ClipJobView.parse(await (await fetch(`${web.url}/api/clips/${id}`)).json());
const fileUrl = (id: string) => `${web.url}/api/clips/${id}/clip.mp4`;
const ended = (id: string) =>
  waitFor(async () => ["ready", "failed"].includes((await view(id)).state) && (await view(id)), {
    what: "the clip to be made",
  });

/** Names of all files that jobs have now. */
async function files(): Promise<string[]> {
  const all = await readdir(web.clipsDirectory, { recursive: true });
  return all.filter((name) => name.endsWith(".mp4"));
}

async function exportsOf(): Promise<ExportsAnswer["exports"]> {
  const answer = await fetch(clipUrl(web, CAMERA, range(0, 40_000), "exports"));
  return ExportsAnswer.parse(await answer.json()).exports;
}

test("a job is queued, made and fetched, whole and in parts, and is one export", async () => {
  const job = await createJob(1_000, 39_000);
  const { state, bytes, progress, expiresMs } = await ended(job.id);
  assert.deepEqual([state, progress], ["ready", 1]);
  assert.ok(expiresMs! > Date.now());
  assert.deepEqual(await exportsOf(), [], "nothing has been handed out yet");

  const head = await fetch(fileUrl(job.id), { method: "HEAD" });
  assert.deepEqual([head.status, Number(head.headers.get("content-length"))], [200, bytes]);
  assert.deepEqual(await exportsOf(), []);
  const whole = await fetch(fileUrl(job.id));
  const body = Buffer.from(await whole.arrayBuffer());
  assert.equal(body.length, bytes);
  assert.match(
    whole.headers.get("content-disposition")!,
    /^attachment; filename="front_2026-01-31T09-00-01.000Z_2026-01-31T09-00-39.000Z.mp4"$/,
  );
  const path = join(web.directory, "job.mp4");
  await writeFile(path, body);
  await checkClip(path, [range(1_000, 39_000)]);

  const etag = whole.headers.get("etag")!;
  const part = (headers: Record<string, string>) => fetch(fileUrl(job.id), { headers });
  const rest = await part({ range: "bytes=100000-", "if-range": etag });
  assert.deepEqual(
    [rest.status, rest.headers.get("content-range")],
    [206, `bytes 100000-${bytes! - 1}/${bytes}`],
  );
  assert.ok(Buffer.from(await rest.arrayBuffer()).equals(body.subarray(100_000)));
  assert.equal((await part({ range: "bytes=100000-", "if-range": '"other"' })).status, 200);
  assert.equal((await part({ "if-none-match": etag })).status, 304);
  assert.equal((await part({ range: `bytes=${bytes}-` })).status, 416);
  assert.deepEqual(
    (await exportsOf()).map(({ exportId, format, by, ...rest }) => [
      exportId,
      format,
      by,
      rest.bytes,
      rest.startMs,
    ]),
    [[job.id, "mp4", `token/${TOKEN_ID}`, bytes, START + 1_000]],
  );

  // The same clip as a stream is another export, whose length nobody knew.
  await (await fetch(clipUrl(web, CAMERA, range(2_000, 3_000)))).arrayBuffer();
  const [streamed] = await exportsOf();
  assert.deepEqual([streamed?.startMs, streamed?.bytes], [START + 2_000, null]);

  assert.equal((await web.delete(`/api/clips/${job.id}`)).status, 204);
  assert.equal((await fetch(fileUrl(job.id))).status, 404);
  assert.equal((await web.delete(`/api/clips/${job.id}`)).status, 404);
  assert.deepEqual(await files(), []);
});

test("a job that is deleted while it is made leaves nothing, and the next one is made", async () => {
  using closed = gate();
  const job = await createJob(0, 30_000);
  const next = await createJob(0, 10_000);
  await waitFor(async () => (await view(job.id)).state === "running", { what: "the job to run" });
  await waitFor(async () => (await files()).length === 1, { what: "its file" });
  assert.equal((await view(next.id)).state, "queued");
  const early = await fetch(fileUrl(job.id));
  assert.equal(early.status, 409);
  assert.match(Problem.parse(await early.json()).detail, /being made: 0 %/);
  assert.equal((await web.delete(`/api/clips/${job.id}`)).status, 204);
  await waitFor(async () => (await view(next.id)).state === "running", { what: "the next job to run" });
  await waitFor(() => closed.givenUp() > 0 && closed.waiting() > 0, {
    what: "the reads of the deleted job to be given up",
  });
  closed.open();
  assert.equal((await ended(next.id)).state, "ready");
  assert.deepEqual(
    (await files()).map((name) => basename(name)),
    [`${next.id}.mp4`],
  );
  await web.delete(`/api/clips/${next.id}`);
});

test("a client that goes in the middle of a stream ends the reading of it", async () => {
  const before = (await exportsOf()).length;
  // More often than there are clips at a time: each one gives its place back.
  for (let client = 0; client < 12; client++) {
    using closed = gate({ but: stored.segments[0]!.key });
    const request = httpGet(clipUrl(web, CAMERA, range(0, 40_000)));
    const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) =>
      request.once("response", resolve).once("error", reject),
    );
    await new Promise((resolve) => response.once("data", resolve));
    await waitFor(() => closed.waiting() > 0, { what: "a read that waits" });
    response.on("error", () => undefined);
    request.on("error", () => undefined).destroy();
    await waitFor(() => closed.waiting() === 0, { what: "the reads to be given up" });
  }
  assert.equal((await exportsOf()).length, before + 12, "some of it was handed out each time");
  assert.deepEqual(await files(), []);
});

test("no more clips are streamed at a time than there are places for", async () => {
  using closed = gate({ but: stored.segments[0]!.key });
  const clients = Array.from({ length: 8 }, () => new AbortController());
  const streams = await Promise.all(
    clients.map(async ({ signal }) => {
      const response = await fetch(clipUrl(web, CAMERA, range(0, 40_000)), { signal });
      assert.equal(response.status, 200);
      return response;
    }),
  );
  const refused = await fetch(clipUrl(web, CAMERA, range(0, 40_000)));
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "2"]);
  closed.open();
  await Promise.all(streams.map((stream) => stream.arrayBuffer()));
  assert.equal((await fetch(clipUrl(web, CAMERA, range(0, 1_000)))).status, 200);
});

test("a disk that becomes full while a job runs is said, and leaves no file", async () => {
  await using disk = await smallDisk(join(web.clipsDirectory), 10_000_000);
  using closed = gate({ but: stored.segments[0]!.key });
  const job = await createJob(0, 40_000);
  await waitFor(() => closed.waiting() > 0, { what: "the job to read" });
  disk.fill();
  closed.open();
  const { state, problem, bytes } = await ended(job.id);
  assert.deepEqual([state, bytes], ["failed", null]);
  assert.match(problem!, /disk for clips became full. Free some space/);
  const refused = await fetch(fileUrl(job.id));
  assert.deepEqual([refused.status, Problem.parse(await refused.json()).detail], [409, problem]);
  assert.deepEqual(await files(), []);
  // Nor is a job taken that cannot fit.
  const { startMs, endMs } = range(0, 40_000);
  const tooLarge = await web.post("/api/clips", { cameraId: CAMERA, from: startMs, to: endMs });
  assert.equal(tooLarge.status, 507);
  assert.match(Problem.parse(await tooLarge.json()).detail, /disk for clips has 0.0 GB free/);
  await web.delete(`/api/clips/${job.id}`);
});

test("objects that are gone: before the first byte it is said, later the stream breaks off", async () => {
  const taken = stored.segments.find(({ startMs }) => startMs >= START + 20_000)!;
  await web.storage.delete([taken.key]);
  const gone = await fetch(clipUrl(web, CAMERA, { startMs: taken.startMs, endMs: taken.endMs }));
  assert.equal(gone.status, 404);
  assert.match(Problem.parse(await gone.json()).detail, /no longer in the store/);
  const broken = await fetch(clipUrl(web, CAMERA, range(0, 40_000)));
  assert.equal(broken.status, 200);
  await assert.rejects(broken.arrayBuffer());
  const job = await createJob(0, 40_000);
  assert.match((await ended(job.id)).problem!, /no longer in the store/);
  await web.delete(`/api/clips/${job.id}`);
});

/** Puts a disk of that size in place of a directory's only subdirectory, where jobs write. */
async function smallDisk(root: string, bytes: number): Promise<AsyncDisposable & { fill(): void }> {
  const [name] = await readdir(root);
  const path = join(root, name!);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "rokuga-test", path]);
  return {
    fill() {
      execFileSync("sh", ["-c", 'dd if=/dev/zero of="$0/ballast" bs=4096 2>/dev/null; true', path]);
    },
    async [Symbol.asyncDispose]() {
      await rm(join(path, "ballast"), { force: true });
      execFileSync("umount", [path]);
    },
  };
}
