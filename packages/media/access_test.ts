import assert from "node:assert/strict";
import { test } from "node:test";
import { Grant, permissionsAt, permissionsEverywhere } from "./access.ts";

const DOOR = { cameraId: "door", siteId: "home" };
const SHOP = { cameraId: "till", siteId: "shop" };
const viewer = (scope: Grant["scope"]): Grant => ({ role: "viewer", scope });
const operator = (scope: Grant["scope"]): Grant => ({ role: "operator", scope });

test("a role holds where it was granted", () => {
  assert.deepEqual(permissionsAt([viewer({ kind: "everything" })], DOOR), ["live", "playback"]);
  assert.deepEqual(permissionsAt([viewer({ kind: "site", id: "home" })], DOOR), ["live", "playback"]);
  assert.deepEqual(permissionsAt([viewer({ kind: "site", id: "home" })], SHOP), []);
  assert.deepEqual(permissionsAt([viewer({ kind: "camera", id: "door" })], DOOR), ["live", "playback"]);
  assert.deepEqual(permissionsAt([viewer({ kind: "camera", id: "door" })], SHOP), []);
  assert.deepEqual(permissionsAt([], DOOR), []);
});

test("a camera whose site is not known belongs to none", () => {
  const unplaced = { cameraId: "door", siteId: null };
  assert.deepEqual(permissionsAt([viewer({ kind: "site", id: "home" })], unplaced), []);
});

test("several roles add up", () => {
  const grants = [viewer({ kind: "everything" }), operator({ kind: "camera", id: "door" })];
  assert.deepEqual(permissionsAt(grants, DOOR), ["live", "playback", "export", "lock", "share"]);
  assert.deepEqual(permissionsAt(grants, SHOP), ["live", "playback"]);
  assert.deepEqual(permissionsEverywhere(grants), ["live", "playback"]);
  assert.deepEqual(permissionsEverywhere([operator({ kind: "site", id: "home" })]), []);
});

test("an owner is one of everything", () => {
  assert.deepEqual(permissionsEverywhere([{ role: "owner", scope: { kind: "everything" } }]), [
    "live",
    "playback",
    "export",
    "lock",
    "share",
    "people",
  ]);
  assert.equal(Grant.safeParse({ role: "owner", scope: { kind: "site", id: "home" } }).success, false);
});
