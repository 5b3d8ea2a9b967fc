import assert from "node:assert/strict";
import { test } from "node:test";
import { nextAddress, signInAddress } from "./next_address.ts";

const ORIGIN = "https://cameras.example.com";
const next = (address: string) => nextAddress(`?next=${encodeURIComponent(address)}`, ORIGIN);

test("leads back to where one was", () => {
  assert.equal(next("/?camera=door&t=1800000000000"), "/?camera=door&t=1800000000000");
  assert.equal(next("/people"), "/people");
  assert.equal(nextAddress("", ORIGIN), "/");
  const there = signInAddress({ pathname: "/", search: "?camera=door" });
  assert.equal(nextAddress(new URL(there, ORIGIN).search, ORIGIN), "/?camera=door");
});

test("leads to no other site", () => {
  const elsewhere = [
    "//example.com",
    "/\\example.com",
    "https://example.com/",
    "javascript:alert(1)",
    "/\t/example.com",
    "people",
  ];
  for (const address of elsewhere) assert.equal(next(address), "/", address);
});
