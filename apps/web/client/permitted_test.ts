import assert from "node:assert/strict";
import { test } from "node:test";
import type { Grant } from "@rokuga/media/access.ts";
import type { CameraView } from "@rokuga/media/api.ts";
import { mayDo } from "./permitted.ts";

const camera: CameraView = {
  ...{ id: "door", name: "Door", siteId: "home", state: "recording", sinceMs: null },
  ...{ firstMs: null, lastMs: null, tracks: null, backlog: null },
};

test("what is offered follows the roles at the camera; until they are known, everything is", () => {
  const viewer: Grant = { role: "viewer", scope: { kind: "everything" } };
  const operator: Grant = { role: "operator", scope: { kind: "site", id: "home" } };
  assert.ok(mayDo("export", { grants: null, camera }));
  assert.ok(!mayDo("export", { grants: [viewer], camera }));
  assert.ok(mayDo("playback", { grants: [viewer], camera }));
  assert.ok(mayDo("export", { grants: [viewer, operator], camera }));
  assert.ok(!mayDo("export", { grants: [viewer, operator], camera: { ...camera, siteId: "shop" } }));
});
