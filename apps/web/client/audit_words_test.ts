import assert from "node:assert/strict";
import { test } from "node:test";
import type { Language } from "../i18n/language.ts";
import { auditText } from "./audit_words.ts";
import { createText } from "./text_fixture.ts";

const names = { "person/1": "Ada", "person/2": "Bo", "token/3": "backup" };
const cameraName = (id: string) => (id === "door" ? "Front door" : id);
const text = (type: string, data: Record<string, unknown>, language: Language = "en") =>
  auditText({ position: 1, type, occurredMs: 1, data }, createText(language, "UTC").t, { names, cameraName });
const VIEWER = { role: "viewer", scope: { kind: "camera", id: "door" } };

test("says who did what", () => {
  assert.equal(
    text("FootageExported", { cameraId: "door", by: "token/3" }),
    "backup exported footage of Front door",
  );
  assert.equal(text("SignedIn", { personId: "1" }), "Ada signed in");
  assert.equal(text("SignInRefused", { personId: null }), "Signing in as an unknown address was refused");
  assert.equal(
    text("RoleGranted", { personId: "2", grant: VIEWER, by: "person/1" }),
    "Ada gave Bo, Viewer (Camera Front door)",
  );
  assert.equal(
    text("TokenRevoked", { tokenId: "3", by: "machine" }),
    "The machine itself revoked the token backup",
  );
  assert.equal(
    text("PersonRemoved", { personId: "9", by: "person/1" }),
    "Ada removed somebody who is not here any more",
  );
  assert.equal(text("SignedIn", { personId: "1" }, "ja"), "Ada がサインインしました");
});

test("what this page does not know is named as it is", () => {
  assert.equal(text("SomethingNew", {}), "SomethingNew");
  assert.equal(text("toString", {}), "toString");
});
