/** The same from an S3 store: clips and snapshots are made of ranges of its objects. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClipJobView } from "@rokuga/media/clip_api.ts";
import { startSwift } from "../fixtures/swift.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { checkClip, fetchClip, START } from "./checks.ts";
import { recordRun, storeRun } from "./recording.ts";
import { startTestWeb } from "./web.ts";

test("a clip, a job and a snapshot from S3", async () => {
  await using swift = await startSwift();
  await using web = await startTestWeb({
    STORAGE_URL: swift.storageUrl(),
    AWS_ACCESS_KEY_ID: swift.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: swift.credentials.secretAccessKey,
  });
  const files = await recordRun({ startMs: START, seconds: 24 });
  const { segments } = await storeRun(files, { ...web, cameraId: "a", startMs: START });
  const range = { startMs: START + 1_500, endMs: START + 22_500 };
  await checkClip(await fetchClip(web, "a", range), [range]);
  const body = { cameraId: "a", from: range.startMs, to: range.endMs };
  const { id } = ClipJobView.parse(await (await web.post("/api/clips", body)).json());
  const view = async () => ClipJobView.parse(await (await fetch(`${web.url}/api/clips/${id}`)).json());
  await waitFor(async () => (await view()).state === "ready", { what: "the clip" });
  const snapshot = await fetch(`${web.url}/api/cameras/a/snapshot.jpg?at=${range.startMs}`);
  assert.equal(snapshot.status, 200);
  await snapshot.arrayBuffer();
  // An object that is gone is told from a store that is away.
  await web.storage.delete([segments[1]!.key]);
  const gone = `${web.url}/api/cameras/a/clip.mp4?from=${segments[1]!.startMs + 1_000}&to=${range.endMs}`;
  assert.equal((await fetch(gone)).status, 404);
  await swift[Symbol.asyncDispose]();
  const away = await fetch(`${web.url}/api/cameras/a/snapshot.jpg?at=${START + 20_000}`);
  assert.equal(away.status, 503);
});
