import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { objectKey } from "@rokuga/media/object_key.ts";
import { cloudfrontSigner, GRANT_MS } from "./cloudfront.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKey = pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const options = { url: "https://d111111abcdef8.cloudfront.net", keyPairId: "K2JCJMDEHXQW5F", privateKey };
const nowMs = Date.UTC(2026, 10, 27, 9);
const expiresAtMs = nowMs + 3_600_999;
const startMs = Math.floor(nowMs / GRANT_MS) * GRANT_MS;
const keyAt = (ms: number, cameraId = "door") =>
  objectKey({
    ...{ siteId: "home", cameraId, runId: "0mk3x0abcd123", sequence: 7 },
    ...{ startMs: ms, wallDurationMs: 10_000 },
  });

function policyIn(url: string) {
  const text = new URL(url).searchParams.get("Policy")!;
  return JSON.parse(
    Buffer.from(text.replaceAll("-", "+").replaceAll("_", "=").replaceAll("~", "/"), "base64").toString(),
  );
}

test("segments that begin in the same time share a signature; another time or camera has its own", () => {
  const sign = cloudfrontSigner(options);
  const queryOf = (key: string) => new URL(sign(key, { expiresAtMs, nowMs })).search;
  const first = queryOf(keyAt(startMs));
  assert.equal(queryOf(keyAt(startMs + GRANT_MS - 1)), first);
  assert.notEqual(queryOf(keyAt(startMs + GRANT_MS)), first);
  assert.notEqual(queryOf(keyAt(startMs, "yard")), first);
  assert.deepEqual(policyIn(sign(keyAt(startMs), { expiresAtMs, nowMs })), {
    Statement: [
      {
        Resource: "https://d111111abcdef8.cloudfront.net/sites/home/cameras/door/2026/11/27/179577???????-*",
        Condition: { DateLessThan: { "AWS:EpochTime": Math.floor(expiresAtMs / 1000) } },
      },
    ],
  });
});

test("what is no segment is signed alone", () => {
  const url = cloudfrontSigner({ ...options, url: `${options.url}/folder/` })("log/a.jsonl", {
    expiresAtMs,
    nowMs,
  });
  assert.ok(url.startsWith(`${options.url}/folder/log/a.jsonl?`));
  assert.equal(policyIn(url).Statement[0].Resource, `${options.url}/folder/log/a.jsonl`);
});

test("refuses what is past, and keys that lead elsewhere", () => {
  const sign = cloudfrontSigner(options);
  assert.throws(() => sign(keyAt(startMs), { expiresAtMs: nowMs, nowMs }), RangeError);
  assert.throws(() => sign("../x", { expiresAtMs, nowMs }));
  assert.throws(() => sign("a*", { expiresAtMs, nowMs }));
});

test("says which setting is wrong, and never the key", () => {
  const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const cases: [Partial<typeof options>, RegExp][] = [
    [{ url: "d111111abcdef8.cloudfront.net" }, /CLOUDFRONT_URL/],
    [{ url: "https://d1.cloudfront.net/*" }, /CLOUDFRONT_URL/],
    [{ url: "https://d1.cloudfront.net/?a=b" }, /CLOUDFRONT_URL/],
    [{ privateKey: "hunter2" }, /CLOUDFRONT_PRIVATE_KEY/],
    [{ privateKey: elliptic.export({ type: "pkcs8", format: "pem" }).toString() }, /CLOUDFRONT_PRIVATE_KEY/],
  ];
  for (const [wrong, name] of cases) {
    assert.throws(
      () => cloudfrontSigner({ ...options, ...wrong }),
      (error: Error) => {
        assert.equal(error.name, "SettingError");
        assert.match(error.message, name);
        assert.doesNotMatch(error.message, /hunter2|BEGIN/);
        return true;
      },
    );
  }
  const inOneLine = privateKey.replaceAll("\n", "\\n");
  cloudfrontSigner({ ...options, privateKey: inOneLine });
});
