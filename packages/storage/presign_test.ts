import assert from "node:assert/strict";
import { it } from "node:test";
import { presigner, rememberingPresigner } from "./presign.ts";

const DAY_MS = 24 * 3600_000;
const nowMs = Date.UTC(2013, 4, 24);
const example = {
  base: "https://examplebucket.s3.amazonaws.com",
  region: "us-east-1",
  credentials: {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  },
  expiresAtMs: nowMs + DAY_MS,
  nowMs,
};

it("gives the URL of the example in the S3 API reference, with the signature first", () => {
  assert.equal(
    presigner(example)("test.txt"),
    "https://examplebucket.s3.amazonaws.com/test.txt" +
      "?X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404" +
      "&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
      "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
      "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host",
  );
});

it("is valid until the asked moment, and the same all day", () => {
  const expiresAtMs = nowMs + 6 * DAY_MS;
  const early = presigner({ ...example, expiresAtMs, nowMs: nowMs + 1 })("a.ts");
  const late = presigner({ ...example, expiresAtMs, nowMs: nowMs + DAY_MS - 1 })("a.ts");
  assert.equal(early, late);
  const next = new URL(presigner({ ...example, expiresAtMs, nowMs: nowMs + DAY_MS })("a.ts")).searchParams;
  assert.equal(next.get("X-Amz-Date"), "20130525T000000Z");
  assert.equal(next.get("X-Amz-Expires"), String(5 * 86_400));
});

it("carries a session token, and signs the port and the path of the endpoint", () => {
  const base = "http://127.0.0.1:9000/service/bucket";
  const credentials = { ...example.credentials, sessionToken: "a+b/c=" };
  const url = presigner({ ...example, base, credentials })("k.ts");
  assert.match(
    url,
    /^http:\/\/127\.0\.0\.1:9000\/service\/bucket\/k\.ts\?.*X-Amz-Security-Token=a%2Bb%2Fc%3D&/,
  );
  const signature = (text: string) => new URL(text).searchParams.get("X-Amz-Signature");
  for (const other of ["http://127.0.0.1:9001/service/bucket", "http://127.0.0.1:9000/bucket"]) {
    assert.notEqual(signature(presigner({ ...example, base: other, credentials })("k.ts")), signature(url));
  }
});

it("refuses an expiry that is past or that S3 would refuse", () => {
  for (const expiresAtMs of [nowMs, nowMs - 1, nowMs + 6 * DAY_MS + 1, Number.NaN]) {
    assert.throws(() => presigner({ ...example, expiresAtMs }), RangeError);
  }
});

it("remembers a signer only as long as nothing but the key changes", () => {
  const remembering = rememberingPresigner();
  assert.equal(remembering(example), remembering({ ...example, nowMs: nowMs + 1 }));
  const changes = [
    { expiresAtMs: example.expiresAtMs + 1_000 },
    { nowMs: nowMs + DAY_MS - 1 },
    { nowMs: nowMs - 1 },
    { region: "eu-west-1" },
    { base: "https://other.s3.amazonaws.com" },
    { credentials: { ...example.credentials, sessionToken: "new" } },
    { credentials: { ...example.credentials, secretAccessKey: "new" } },
  ];
  for (const change of changes) {
    const options = { ...example, ...change };
    assert.equal(remembering(options)("a.ts"), presigner(options)("a.ts"), JSON.stringify(change));
  }
  assert.throws(() => remembering({ ...example, nowMs: example.expiresAtMs }), RangeError);
});
