import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPassword, isPassword } from "./share_password.ts";
import { visitCookie, visitOf } from "./share_visit.ts";

const SECRET = "s".repeat(32);
const NOW = Date.UTC(2026, 0, 31);
const visit = {
  ...{ shareId: "abc123", visitId: "3f2504e0-4f89-41d3-9a0c-0305e82c3301", expiresMs: NOW + 60_000 },
};

test("a cookie leads to its visit, for as long as it lasts, and to no other share", () => {
  const cookie = visitCookie(visit, { secret: SECRET, nowMs: NOW, secure: false });
  const [pair, ...attributes] = cookie.split("; ");
  assert.deepEqual(attributes, ["Path=/api/shared/abc123", "Max-Age=60", "HttpOnly", "SameSite=Strict"]);
  assert.ok(visitCookie(visit, { secret: SECRET, nowMs: NOW, secure: true }).endsWith("; Secure"));
  const read = (header: string | null, { shareId = "abc123", secret = SECRET, nowMs = NOW } = {}) =>
    visitOf(header, { shareId, secret, nowMs });
  assert.deepEqual(read(pair!), visit);
  assert.deepEqual(read(`other=1; ${pair}; more=2`), visit);
  const value = pair!.split("=")[1]!;
  const refused: [string, ReturnType<typeof read>][] = [
    ["none", read(null)],
    ["another share", read(pair!.replace("abc123", "other"), { shareId: "other" })],
    ["another secret", read(pair!, { secret: "t".repeat(32) })],
    ["over", read(pair!, { nowMs: NOW + 60_000 })],
    ["longer", read(`rokuga_share_abc123=${value.replace(/\.[0-9a-z]+\./, ".zzzzzzzz.")}`)],
    ["without a signature", read(`rokuga_share_abc123=${value.split(".").slice(0, 2).join(".")}.`)],
    ["another signature", read(pair!.replace(/.$/, (last) => (last === "A" ? "B" : "A")))],
  ];
  for (const [what, found] of refused) assert.equal(found, undefined, what);
});

test("passwords: right and wrong, each with a salt of its own, however their characters are composed", async () => {
  const hash = await hashPassword("Café 入口 2026");
  assert.notEqual(hash, await hashPassword("Café 入口 2026"));
  assert.ok(!hash.includes("Caf"));
  assert.equal(await isPassword("Cafe\u0301 入口 2026", hash), true);
  assert.equal(await isPassword("Café 入口 2027", hash), false);
  assert.equal(await isPassword("", hash), false);
});
