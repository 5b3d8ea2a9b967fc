/** `GET`, `POST /api/cameras/{id}/locks` and `DELETE …/locks/{lockId}`: ranges that are kept whatever the limits say. */
import { randomUUID } from "node:crypto";
import { appendEvents } from "@rokuga/db/append.ts";
import { readLock, readLocks } from "@rokuga/db/read_locks.ts";
import { LockRequest, type LocksAnswer, type LockView } from "@rokuga/media/lock_api.ts";
import { type FootageLock, footageLocked, footageUnlocked, isInForce } from "@rokuga/media/locks.ts";
import { actorOf, personOf } from "./asking.ts";
import { webContext } from "./context.ts";
import { ProblemError } from "./problem.ts";
import { checkedRange, knownCamera, requiredTime } from "./query.ts";
import { readBody } from "./read_body.ts";

/** The longest range that is listed or locked at once, ms: two years. */
const LONGEST_MS = 731 * 24 * 3_600_000;
const EXAMPLE = {
  from: "2026-01-31T18:00:00Z",
  to: "2026-01-31T18:10:00Z",
  reason: "Break-in, asked for by the police",
  until: "2027-01-31T00:00:00Z",
};

export async function listLocks(request: Request, id: string): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const range = checkedRange(requiredTime(query, "from"), requiredTime(query, "to"), LONGEST_MS);
  const cameraId = await knownCamera(id);
  const nowMs = Date.now();
  const locks = await readLocks(webContext().database, { cameraId, range });
  const answer: LocksAnswer = { cameraId, nowMs, locks: locks.map((lock) => viewOf(lock, nowMs)) };
  return Response.json(answer, { headers: { "cache-control": "no-store" } });
}

/** Locks a range. It may reach into the future: what is recorded then is kept as well. */
export async function putLock(request: Request, id: string): Promise<Response> {
  const cameraId = await knownCamera(id);
  const { from, to, reason, until } = await readBody(request, { schema: LockRequest, example: EXAMPLE });
  const nowMs = Date.now();
  const given = new URLSearchParams({ from: String(from), to: String(to), until: String(until ?? "") });
  const range = checkedRange(requiredTime(given, "from"), requiredTime(given, "to"), LONGEST_MS);
  const untilMs = until === null || until === undefined ? null : requiredTime(given, "until");
  if (untilMs !== null && untilMs <= nowMs) {
    throw new ProblemError(400, "Malformed request", {
      detail: "'until' has passed: the lock would keep nothing. Give a later moment, or leave it out.",
    });
  }
  const lockId = randomUUID();
  const by = actorOf(personOf());
  await appendEvents(webContext().database, [
    footageLocked({ cameraId, lockId, ...range, reason, untilMs, by }, nowMs),
  ]);
  const lock: LockView = { lockId, ...range, reason, untilMs, inForce: true };
  return Response.json(lock, { status: 201, headers: { "cache-control": "no-store" } });
}

/** Ends a lock, for good. One that has ended already stays ended. */
export async function removeLock(
  _request: Request,
  place: { id: string; lockId: string },
): Promise<Response> {
  const cameraId = await knownCamera(place.id);
  const { database } = webContext();
  const lock = await readLock(database, { cameraId, lockId: place.lockId });
  if (!lock) {
    throw new ProblemError(404, "Unknown lock", {
      detail: `There is no lock '${place.lockId.slice(0, 80)}' on footage of '${cameraId}'. GET /api/cameras/${cameraId}/locks lists those there are.`,
    });
  }
  const { lockId } = lock;
  const by = actorOf(personOf());
  if (!lock.unlocked) await appendEvents(database, [footageUnlocked({ cameraId, lockId, by }, Date.now())]);
  return new Response(null, { status: 204 });
}

function viewOf(lock: FootageLock, nowMs: number): LockView {
  const { lockId, startMs, endMs, reason, untilMs } = lock;
  return { lockId, startMs, endMs, reason, untilMs, inForce: isInForce(lock, nowMs) };
}
