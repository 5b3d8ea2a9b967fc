import assert from "node:assert/strict";
import { test } from "node:test";
import { languageFor } from "./language.ts";

test("what was chosen, or the browser's first language that the page has", () => {
  assert.equal(languageFor({ chosen: "ja", accepted: "en" }), "ja");
  assert.equal(languageFor({ chosen: "tlh", accepted: "ja" }), "ja");
  assert.equal(languageFor({ accepted: "ja-JP,en;q=0.8" }), "ja");
  assert.equal(languageFor({ accepted: "de, en-GB;q=0.9, ja;q=0.8" }), "en");
  assert.equal(languageFor({ accepted: "fr" }), "en");
  assert.equal(languageFor({ accepted: null }), "en");
});
