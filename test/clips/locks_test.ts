/** Locks through the API: put with a reason, listed, ended, and what is refused. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { appendEvents } from "@rokuga/db/append.ts";
import { Problem } from "@rokuga/media/api.ts";
import { LocksAnswer, LockView } from "@rokuga/media/lock_api.ts";
import { startTestWeb, type TestWeb, TOKEN_ID } from "./web.ts";

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 9, 1, 12);

let web: TestWeb;
before(async () => {
  web = await startTestWeb();
  for (const cameraId of ["door", "yard"]) {
    await appendEvents(web.database, [
      {
        ...{ eventId: `camera/${cameraId}/CameraRegistered`, type: "CameraRegistered", version: 1 },
        ...{ occurredAtMs: START, data: { siteId: "home", cameraId, name: cameraId } },
      },
    ]);
  }
});
after(() => web[Symbol.asyncDispose]());

const list = async (camera: string, startMs: number, endMs: number) => {
  const answer = await fetch(`${web.url}/api/cameras/${camera}/locks?from=${startMs}&to=${endMs}`);
  return LocksAnswer.parse(await answer.json()).locks;
};
const put = (camera: string, body: unknown) => web.post(`/api/cameras/${camera}/locks`, body);
const eventsOf = async (type: string) =>
  (await web.database.pool.query("SELECT data FROM events WHERE type = $1", [type])).rows.map(
    ({ data }) => data,
  );

test("a lock is put with a reason and listed where it overlaps, until it is unlocked, for good", async () => {
  const iso = (ms: number) => new Date(ms).toISOString();
  const untilMs = Date.now() + HOUR_MS;
  const answer = await put("door", {
    ...{ from: iso(START), to: START + HOUR_MS, reason: "  The parcel  ", until: iso(untilMs) },
  });
  assert.equal(answer.status, 201);
  const lock = LockView.parse(await answer.json());
  const { lockId } = lock;
  const range = { startMs: START, endMs: START + HOUR_MS };
  assert.deepEqual(lock, { lockId, ...range, reason: "The parcel", untilMs, inForce: true });
  assert.deepEqual(await list("door", START + HOUR_MS - 1, START + 2 * HOUR_MS), [lock]);
  assert.deepEqual(await list("door", START + HOUR_MS, START + 2 * HOUR_MS), []);
  assert.deepEqual(await list("yard", START, START + HOUR_MS), []);
  assert.deepEqual(await eventsOf("FootageLocked"), [
    { cameraId: "door", lockId, ...range, reason: "The parcel", untilMs, by: `token/${TOKEN_ID}` },
  ]);

  assert.equal((await web.delete(`/api/cameras/yard/locks/${lockId}`)).status, 404, "of another camera");
  for (const _ of ["first", "again"])
    assert.equal((await web.delete(`/api/cameras/door/locks/${lockId}`)).status, 204);
  assert.deepEqual(await list("door", START, START + HOUR_MS), [{ ...lock, inForce: false }]);
  assert.deepEqual(await eventsOf("FootageUnlocked"), [
    { cameraId: "door", lockId, by: `token/${TOKEN_ID}` },
  ]);
});

test("a lock without an end holds until it is unlocked", async () => {
  const answer = await put("yard", { from: START, to: START + 1, reason: "Kept", until: null });
  assert.deepEqual(await list("yard", START, START + 1), [LockView.parse(await answer.json())]);
  assert.equal((await list("yard", START, START + 1))[0]?.untilMs, null);
});

test("what cannot be locked is refused in a sentence, and nothing is noted", async () => {
  const before = (await eventsOf("FootageLocked")).length;
  const good = { from: START, to: START + 1_000, reason: "why" };
  const refused: [string, unknown, number, RegExp][] = [
    ["nobody", good, 404, /no camera 'nobody'/],
    ["door", { ...good, reason: " " }, 400, /must be like .*reason/s],
    ["door", { ...good, reason: "x".repeat(501) }, 400, /reason/],
    ["door", { from: START, to: START + 1_000 }, 400, /reason/],
    ["door", { ...good, to: START }, 400, /must be later/],
    ["door", { ...good, to: START + 800 * 24 * HOUR_MS }, 400, /too long/],
    ["door", { ...good, from: "yesterday" }, 400, /'from' is 'yesterday'/],
    ["door", { ...good, until: START }, 400, /'until' has passed/],
    ["door", { ...good, until: "" }, 400, /'until'/],
    ["door", { ...good, lockId: "mine" }, 400, /lockId/],
    ["door", "{", 400, /not JSON/],
    ["door", { ...good, reason: "x".repeat(40_000) }, 413, /more than 30000 bytes/],
  ];
  for (const [camera, body, status, sentence] of refused) {
    const answer = await put(camera, body);
    const { detail } = Problem.parse(await answer.json());
    assert.equal(answer.status, status, detail);
    assert.match(detail, sentence);
  }
  const missing = await web.delete("/api/cameras/door/locks/no-such-lock");
  assert.match(Problem.parse(await missing.json()).detail, /no lock 'no-such-lock'/);
  assert.equal((await eventsOf("FootageLocked")).length, before);
});
