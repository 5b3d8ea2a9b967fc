import assert from "node:assert/strict";
import { test } from "node:test";
import { contentSecurity, newNonce } from "./content_security.ts";

const scripts = (policy: string) => policy.split("; ").find((part) => part.startsWith("script-src"));

test("scripts of our own, and inline those of this very answer", () => {
  assert.equal(scripts(contentSecurity({ nonce: "abc", isHot: false })), "script-src 'self' 'nonce-abc'");
  assert.equal(scripts(contentSecurity({ nonce: undefined, isHot: false })), "script-src 'self'");
  assert.equal(
    scripts(contentSecurity({ nonce: "abc", isHot: true })),
    "script-src 'self' 'nonce-abc' 'unsafe-eval'",
  );
});

test("a nonce is long, and never the same", () => {
  assert.match(newNonce(), /^[A-Za-z0-9+/]{24}$/);
  assert.notEqual(newNonce(), newNonce());
});
