/** People, links, tokens and attempts, as the application's role changes them. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Grant } from "@rokuga/media/access.ts";
import { startPostgresServer } from "../../test/fixtures/postgres.ts";
import { countAttempt, forgetAttempts } from "./attempts.ts";
import { type Database, openDatabase } from "./connect.ts";
import { createInvitation, createOwnerLink, findInvitation, join, readInvitations } from "./invitations.ts";
import {
  findPasswordLink,
  offerPasswordReset,
  PASSWORD_LINK_MS,
  resetPassword,
  withdrawPasswordReset,
} from "./password_links.ts";
import { endSession, readPeople, readPerson, removePerson, setGrants } from "./people.ts";
import { rebuildProjections } from "./projections.ts";
import { readAudit } from "./read_audit.ts";
import { projections } from "./test_tables.ts";
import { createToken, holderOfToken, readTokens, revokeToken } from "./tokens.ts";

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;
const OWNER: Grant = { role: "owner", scope: { kind: "everything" } };
const VIEWER: Grant = { role: "viewer", scope: { kind: "camera", id: "door" } };

const stack = new AsyncDisposableStack();
let owner: Database;
let database: Database;

before(async () => {
  const server = stack.use(await startPostgresServer());
  owner = stack.use(openDatabase(server.url));
  database = stack.use(openDatabase(server.appUrl));
});
after(() => stack.disposeAsync());
beforeEach(async () => {
  await database.pool.query(
    "DELETE FROM people.persons; DELETE FROM people.tokens; DELETE FROM people.invitations; DELETE FROM people.attempts",
  );
});

let joined = 0;
async function person(grants: Grant[]): Promise<string> {
  const { secret } = await createInvitation(database, { grants, by: "machine", nowMs: NOW });
  const answer = await join(database, {
    ...{ secret, name: "Ada", email: `ada${joined++}@example.com`, passwordHash: "x", nowMs: NOW },
  });
  assert.ok(answer.ok);
  return answer.personId;
}

const audit = async () => (await readAudit(database, { before: undefined })).entries;

test("a link makes one person, once, and not when it is too old", async () => {
  const { secret } = await createInvitation(database, { grants: [VIEWER], by: "machine", nowMs: NOW });
  assert.deepEqual((await findInvitation(database, { secret, nowMs: NOW }))?.grants, [VIEWER]);
  const ada = { secret, name: "Ada", email: "ada@example.com", passwordHash: "x", nowMs: NOW + 1 };
  assert.deepEqual(await join(database, { ...ada, nowMs: NOW + 8 * DAY }), { ok: false, reason: "link" });
  const both = await Promise.all([join(database, ada), join(database, { ...ada, email: "b@example.com" })]);
  assert.equal(both.filter(({ ok }) => ok).length, 1, "two at the same moment");
  assert.equal(await findInvitation(database, { secret, nowMs: NOW }), undefined);
  assert.deepEqual(await readInvitations(database, NOW), []);
});

test("an address that somebody has leaves the link as it was", async () => {
  await person([OWNER]);
  const { secret } = await createInvitation(database, { grants: [VIEWER], by: "machine", nowMs: NOW });
  const email = (await readPeople(database, { sessionId: undefined, nowMs: NOW }))[0]!.email;
  const again = { secret, name: "Bob", email, passwordHash: "x", nowMs: NOW };
  assert.deepEqual(await join(database, again), { ok: false, reason: "email" });
  assert.ok((await join(database, { ...again, email: "bob@example.com" })).ok);
});

test("the link for the first owner: a new one ends the one before, and there is none once there are people", async () => {
  const first = await createOwnerLink(database, { onlyFirst: true, nowMs: NOW });
  const second = await createOwnerLink(database, { onlyFirst: true, nowMs: NOW });
  assert.equal(await findInvitation(database, { secret: first!.secret, nowMs: NOW }), undefined);
  const one = { name: "Ada", email: "first@example.com", passwordHash: "x", nowMs: NOW };
  assert.deepEqual(await join(database, { ...one, secret: first!.secret }), { ok: false, reason: "link" });
  assert.ok((await join(database, { ...one, secret: second!.secret })).ok);
  assert.equal(await createOwnerLink(database, { onlyFirst: true, nowMs: NOW }), undefined);
  assert.ok(await createOwnerLink(database, { onlyFirst: false, nowMs: NOW }), "whoever has the machine");
});

test("roles change as a whole, and there is always an owner", async () => {
  const ada = await person([OWNER]);
  const change = { personId: ada, by: `person/${ada}`, nowMs: NOW };
  assert.equal(await setGrants(database, { ...change, grants: [VIEWER] }), "last-owner");
  assert.equal(await removePerson(database, change), "last-owner");
  const bob = await person([VIEWER]);
  assert.equal(await setGrants(database, { ...change, personId: bob, grants: [OWNER] }), "changed");
  const [token] = [
    await createToken(database, {
      name: "t",
      grants: [OWNER],
      expiresMs: null,
      by: `person/${ada}`,
      nowMs: NOW,
    }),
  ];
  assert.equal(await setGrants(database, { ...change, grants: [VIEWER] }), "changed");
  assert.deepEqual((await readPerson(database, ada))?.grants, [VIEWER]);
  assert.equal(
    await holderOfToken(database, { token: token.token, nowMs: NOW }),
    undefined,
    "made as an owner",
  );
  assert.equal(await setGrants(database, { ...change, personId: "nobody", grants: [VIEWER] }), "unknown");
  assert.deepEqual(
    (await audit()).slice(0, 5).map(({ type }) => type),
    ["TokenRevoked", "RoleRevoked", "RoleGranted", "TokenCreated", "RoleRevoked"],
  );
});

test("a person who is removed is forgotten, with all but what they did", async () => {
  const [ada, bob] = [await person([OWNER]), await person([VIEWER])];
  assert.equal(await removePerson(database, { personId: bob, by: `person/${ada}`, nowMs: NOW }), "changed");
  assert.equal(await readPerson(database, bob), undefined);
  const [last] = await audit();
  assert.deepEqual(last!.data, { personId: bob, by: `person/${ada}` });
  assert.ok(!JSON.stringify(await audit()).includes("example.com"), "no address is in the log");
});

test("a link for a new password: once, in time, the latest one, of this person alone", async () => {
  const [ada, bo] = [await person([OWNER]), await person([VIEWER])];
  const change = { personId: bo, by: `person/${ada}`, nowMs: NOW };
  const hashes = async () =>
    (await database.pool.query("SELECT person_id, password FROM people.accounts")).rows.map(
      ({ person_id: id, password }) => [id, password],
    );
  const use = (secret: string, nowMs = NOW) => resetPassword(database, { secret, passwordHash: "y", nowMs });
  const replaced = (await offerPasswordReset(database, change))!;
  const { secret, expiresMs } = (await offerPasswordReset(database, change))!;
  assert.equal(expiresMs, NOW + PASSWORD_LINK_MS);
  assert.equal(await use(replaced.secret), undefined, "a newer one has taken its place");
  assert.equal(await use(secret, expiresMs), undefined, "too old");
  assert.equal(await findPasswordLink(database, { secret, nowMs: expiresMs }), undefined);
  const invitation = await createInvitation(database, { grants: [OWNER], by: "machine", nowMs: NOW });
  assert.equal(await use(invitation.secret), undefined, "a link to join sets no password");
  const joining = { name: "Eve", email: "eve@example.com", passwordHash: "x", nowMs: NOW };
  assert.deepEqual(await join(database, { ...joining, secret }), { ok: false, reason: "link" });
  for (const personId of [ada, bo]) {
    await database.pool.query(
      "INSERT INTO people.sessions (id, person_id, token, expires_at) VALUES ($1, $1, $1, to_timestamp($2))",
      [personId, NOW / 1_000 + 60],
    );
  }
  assert.deepEqual(
    (await hashes()).map(([, password]) => password),
    ["x", "x"],
    "nothing has happened so far",
  );
  const both = await Promise.all([use(secret), use(secret)]);
  assert.equal(both.filter(Boolean).length, 1, "two at the same moment");
  assert.deepEqual(Object.fromEntries(await hashes()), { [ada]: "x", [bo]: "y" });
  const left = await database.pool.query("SELECT person_id FROM people.sessions");
  assert.deepEqual(left.rows, [{ person_id: ada }]);
  assert.equal(await findPasswordLink(database, { secret, nowMs: NOW }), undefined);
  assert.deepEqual(
    (await audit())
      .filter(({ type }) => type.startsWith("PasswordReset"))
      .map(({ type, data }) => [type, data]),
    [
      ["PasswordReset", { personId: bo }],
      ["PasswordResetOffered", { personId: bo, by: change.by }],
      ["PasswordResetOffered", { personId: bo, by: change.by }],
    ],
  );
});

test("a link for a new password is withdrawn, and goes with the person", async () => {
  const [ada, bo] = [await person([OWNER]), await person([VIEWER])];
  const change = { personId: bo, by: `person/${ada}`, nowMs: NOW };
  const untilMs = async () =>
    (await readPeople(database, { sessionId: undefined, nowMs: NOW })).find(({ id }) => id === bo)
      ?.resetUntilMs;
  assert.equal(await untilMs(), null);
  const { secret } = (await offerPasswordReset(database, change))!;
  assert.equal(await untilMs(), NOW + PASSWORD_LINK_MS);
  assert.equal(await withdrawPasswordReset(database, change), true);
  assert.equal(await withdrawPasswordReset(database, change), false);
  assert.equal(await untilMs(), null);
  assert.equal(await resetPassword(database, { secret, passwordHash: "y", nowMs: NOW }), undefined);
  const again = (await offerPasswordReset(database, change))!;
  assert.equal(await removePerson(database, change), "changed");
  assert.equal(await findPasswordLink(database, { secret: again.secret, nowMs: NOW }), undefined);
  assert.equal(await offerPasswordReset(database, change), undefined, "there is nobody");
});

test("two owners who remove each other at the same moment: one stays", async () => {
  const [ada, bob] = [await person([OWNER]), await person([OWNER])];
  const results = await Promise.all([
    removePerson(database, { personId: bob, by: `person/${ada}`, nowMs: NOW }),
    removePerson(database, { personId: ada, by: `person/${bob}`, nowMs: NOW }),
  ]);
  assert.deepEqual(results.sort(), ["changed", "last-owner"]);
});

test("a token holds until it expires or is revoked, and is kept as a hash", async () => {
  const made = await createToken(database, {
    ...{ name: "backup", grants: [VIEWER], expiresMs: NOW + DAY, by: "machine", nowMs: NOW },
  });
  const use = (nowMs: number) => holderOfToken(database, { token: made.token, nowMs });
  assert.deepEqual(await use(NOW + 1), { id: made.id, name: "backup", grants: [VIEWER] });
  assert.equal((await readTokens(database))[0]!.usedMs, NOW + 1);
  await use(NOW + 1_000);
  assert.equal((await readTokens(database))[0]!.usedMs, NOW + 1, "to the minute");
  assert.equal(await use(NOW + DAY), undefined);
  assert.ok(await revokeToken(database, { id: made.id, by: "machine", nowMs: NOW }));
  assert.equal(await use(NOW + 2), undefined);
  assert.equal(await revokeToken(database, { id: made.id, by: "machine", nowMs: NOW }), false);
  const { rows } = await database.pool.query("SELECT t::text AS row FROM people.tokens t");
  assert.ok(!JSON.stringify(rows).includes(made.token));
  assert.ok(!JSON.stringify(await audit()).includes(made.token));
});

test("a session is ended by its owner or by who says for whom", async () => {
  const ada = await person([OWNER]);
  await database.pool.query(
    "INSERT INTO people.sessions (id, person_id, token, expires_at) VALUES ('s', $1, 't', now())",
    [ada],
  );
  const end = { sessionId: "s", by: `person/${ada}`, nowMs: NOW };
  assert.equal(await endSession(database, { ...end, ofPerson: "other" }), false);
  assert.equal(await endSession(database, end), true);
  assert.equal(await endSession(database, end), false);
});

test("so many tries are let through in a window, over all who count", async () => {
  const limit = { most: 5, windowMs: 60_000 };
  const count = (keys: string[], nowMs: number) => countAttempt(database, keys, { ...limit, nowMs });
  const tries = await Promise.all(Array.from({ length: 8 }, () => count(["account/a", "address/1"], NOW)));
  assert.equal(tries.filter(({ waitMs }) => waitMs === undefined).length, 5);
  assert.deepEqual(await count(["account/b", "address/1"], NOW + 20_000), { waitMs: 40_000 });
  assert.deepEqual(await count(["account/b", "address/2"], NOW + 20_000), { waitMs: undefined });
  assert.deepEqual(await count(["account/a", "address/1"], NOW + 60_000), { waitMs: undefined });
  await forgetAttempts(database, NOW + 60_000);
  const { rows } = await database.pool.query("SELECT count(*)::integer AS count FROM people.attempts");
  assert.equal(rows[0].count, 4, "those that go on");
});

test("what people did follows from no projection, and is in the way of none", async () => {
  await person([OWNER]);
  const before = await projections(owner);
  await rebuildProjections(owner.url);
  assert.equal(await projections(owner), before);
});
