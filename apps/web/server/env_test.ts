import assert from "node:assert/strict";
import { test } from "node:test";
import { readWebEnvironment } from "./env.ts";

const needed = {
  NODE_ENV: "production" as const,
  DATABASE_URL: "postgres://rokuga@127.0.0.1/rokuga",
  STORAGE_URL: "s3://footage",
  MEDIA_SECRET: "a secret of at least thirty-two characters",
  AUTH_SECRET: "another secret of at least thirty-two characters",
};
const CLOUDFRONT = {
  CLOUDFRONT_URL: "https://d111111abcdef8.cloudfront.net",
  CLOUDFRONT_KEY_PAIR_ID: "K2JCJMDEHXQW5F",
  CLOUDFRONT_PRIVATE_KEY: "hunter2",
};

test("CloudFront is used when all of its settings are there, and refused with the names of those that are not", () => {
  assert.equal(readWebEnvironment(needed).cloudfront, null);
  assert.deepEqual(readWebEnvironment({ ...needed, ...CLOUDFRONT }).cloudfront, {
    url: CLOUDFRONT.CLOUDFRONT_URL,
    keyPairId: CLOUDFRONT.CLOUDFRONT_KEY_PAIR_ID,
    privateKey: CLOUDFRONT.CLOUDFRONT_PRIVATE_KEY,
  });
  const partly = { ...needed, ...CLOUDFRONT, CLOUDFRONT_URL: "", CLOUDFRONT_KEY_PAIR_ID: "" };
  assert.throws(() => readWebEnvironment(partly), {
    name: "SettingError",
    message:
      "Cannot start because of its settings: CLOUDFRONT_URL: must be set too, to use CloudFront; CLOUDFRONT_KEY_PAIR_ID: must be set too, to use CloudFront",
  });
});
