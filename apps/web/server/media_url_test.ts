import assert from "node:assert/strict";
import { test } from "node:test";
import { openStorage } from "@rokuga/storage/open.ts";
import { directAddresses, expiryOf, grantedKey, isMediaPath, ownAddresses } from "./media_url.ts";

const secret = "a secret of at least thirty-two characters";
const key = "sites/home/cameras/a/2026/01/31/1769903999999-10005-0mk3x0abcd123-42.ts";
const nowMs = Date.UTC(2026, 0, 31, 9, 30);
const HOUR_MS = 3_600_000;

function pathOf(objectKey: string, { atMs = nowMs, lifetimeMs = 12 * HOUR_MS } = {}): string {
  const { before, own, after } = ownAddresses({ secret, expiresAtMs: expiryOf(atMs, lifetimeMs) })(objectKey);
  return new URL(before + own + after, "http://host/api/cameras/a/playlist.m3u8").pathname;
}
const granted = (path: string, atMs = nowMs) => grantedKey(path, { secret, nowMs: atMs });

test("an address leads from a playlist to the object, holds for half a day, and stays the same within the hour", () => {
  const path = pathOf(key);
  assert.ok(isMediaPath(path));
  assert.equal(pathOf(key, { atMs: nowMs + 20 * 60_000 }), path);
  assert.equal(granted(path), key);
  assert.equal(granted(path, nowMs + 12 * HOUR_MS), key);
  assert.equal(granted(path, nowMs + 14 * HOUR_MS), undefined);
});

test("a grant is for one hour of one camera of one site, by one secret", () => {
  const path = pathOf(key);
  const other = "1769903989994-10005-0mk3x0abcd123-41.ts";
  assert.equal(granted(path.replace(/[^/]*$/, other)), key.replace(/[^/]*$/, other), "of the same hour");
  const refused = [
    path.replace(/[^/]*$/, "1769904000000-10005-0mk3x0abcd123-41.ts"),
    path.replace("/cameras/a/", "/cameras/b/"),
    path.replace("/media/home/", "/media/shop/"),
    path.replace(/(media\/home\/....)./, "$1~"),
    path.replace(/(media\/home\/)(....)/, "$1zzzz"),
    path.replace(/(media\/home\/....)(.)/, (_, before, char) => before + (char === "A" ? "B" : "A")),
    path.replace("/media/home/", "/media/home/0"),
    path.replace("1769903999999", "01769903999999"),
    path.replace("-42.ts", "-042.ts"),
    `${path}/`,
    `${path}?x=1`,
    path.replace(".ts", ".ts%00"),
    path.replace("/media/home/", "/media/../"),
    path.replace(/1769903999999/, "999999999999999"),
    "/api/cameras/a/media/home/",
    "",
  ];
  for (const attempt of refused) assert.equal(granted(attempt), undefined, attempt);
  assert.equal(grantedKey(path, { secret: `${secret}!`, nowMs }), undefined);
});

test("addresses of many keys: the signature changes with the hour and the camera only", () => {
  const addressOf = ownAddresses({ secret, expiresAtMs: expiryOf(nowMs, HOUR_MS) });
  const grant = (startMs: number, camera = "a") =>
    addressOf(
      `sites/home/cameras/${camera}/${new Date(startMs).toISOString().slice(0, 10).replaceAll("-", "/")}/${startMs}-10000-0mk3x0abcd123-1.ts`,
    ).before;
  const first = grant(nowMs);
  assert.equal(grant(nowMs + 29 * 60_000), first);
  const later = grant(nowMs + HOUR_MS);
  assert.notEqual(later, first);
  assert.notEqual(grant(nowMs, "b"), first);
  assert.equal(grant(nowMs), first);
});

test("where browsers reach the store its own addresses are given, in parts that many share", async () => {
  await using storage = openStorage("s3://bucket?region=eu-west-1", {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "not a secret",
  });
  const second = key.replace("-42.ts", "-43.ts");
  const expiresAtMs = expiryOf(Date.now(), HOUR_MS);
  const addressOf = await directAddresses([key, second, key], { storage, secret, expiresAtMs });
  const [a, b] = [addressOf(key), addressOf(second)];
  assert.equal(a.before + a.own + a.after, await storage.browserUrl(key, { expiresAtMs }));
  assert.deepEqual([a.before, a.after], [b.before, b.after]);
  assert.notEqual(a.own, b.own);
  assert.ok(a.own.length < 150 && a.after.length > 100, `${a.own} and ${a.after}`);

  await using disk = openStorage("file:///nowhere");
  const own = await directAddresses([key], { storage: disk, secret, expiresAtMs });
  assert.match(own(key).before, /^media\/home\//);
});
