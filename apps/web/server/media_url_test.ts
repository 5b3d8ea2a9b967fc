import assert from "node:assert/strict";
import { test } from "node:test";
import { openStorage } from "@rokuga/storage/open.ts";
import { isSigned, mediaUris } from "./media_url.ts";

const secret = "a secret of at least thirty-two characters";
const key = "sites/home/cameras/a/2026/01/31/1769903999999-10005-0mk3x0abcd123-42.ts";
const nowMs = Date.UTC(2026, 0, 31, 9, 30);
const HOUR_MS = 3_600_000;
const storage = openStorage("file:///nowhere");

async function signed(atMs: number): Promise<URL> {
  const uris = await mediaUris([key, key], { storage, secret, nowMs: atMs });
  return new URL(uris.get(key)!, "http://host/api/cameras/a/playlist.m3u8");
}

test("an address leads from a playlist to the object, holds for half a day, and stays the same within the hour", async () => {
  const url = await signed(nowMs);
  assert.equal(url.pathname, `/api/media/${key}`);
  assert.equal((await signed(nowMs + 20 * 60_000)).href, url.href);
  assert.equal(isSigned(key, url.searchParams, { secret, nowMs }), true);
  assert.equal(isSigned(key, url.searchParams, { secret, nowMs: nowMs + 12 * HOUR_MS }), true);
  assert.equal(isSigned(key, url.searchParams, { secret, nowMs: nowMs + 14 * HOUR_MS }), false);
});

test("a signature holds for its key, its expiry and its secret only", async () => {
  const { searchParams: query } = await signed(nowMs);
  const holds = (changes: { key?: string; secret?: string; query?: Record<string, string> }) =>
    isSigned(changes.key ?? key, new URLSearchParams({ ...Object.fromEntries(query), ...changes.query }), {
      secret: changes.secret ?? secret,
      nowMs,
    });
  assert.equal(holds({}), true);
  assert.equal(holds({ key: key.replace("-42", "-43") }), false);
  assert.equal(holds({ secret: `${secret}!` }), false);
  assert.equal(holds({ query: { expires: String(Number(query.get("expires")) + 3600) } }), false);
  assert.equal(holds({ query: { expires: "1e99" } }), false);
  assert.equal(holds({ query: { signature: "" } }), false);
  assert.equal(holds({ query: { signature: `${query.get("signature")}A` } }), false);
  assert.equal(isSigned(key, new URLSearchParams(), { secret, nowMs }), false);
});
