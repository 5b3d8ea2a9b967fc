/** `pnpm tokens` and `pnpm people` as the processes that they are. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type PostgresServer, startPostgresServer } from "../../test/fixtures/postgres.ts";
import { type Database, openDatabase } from "./connect.ts";
import { findInvitation, join } from "./invitations.ts";
import { findPasswordLink } from "./password_links.ts";
import { holderOfToken } from "./tokens.ts";

let server: PostgresServer;
let database: Database;

before(async () => {
  server = await startPostgresServer();
  database = openDatabase(server.appUrl);
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

function run(name: "tokens" | "people", ...args: string[]) {
  const program = fileURLToPath(new URL(`${name}_command.ts`, import.meta.url));
  const env = { PATH: process.env.PATH, DATABASE_URL: server.appUrl };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env,
    encoding: "utf8",
  });
  return { status, output: stdout, errors: stderr };
}

const holder = (token: string) => holderOfToken(database, { token, nowMs: Date.now() });

test("a token is made, listed without its secret, and revoked", async () => {
  assert.deepEqual(run("tokens", "list"), { status: 0, output: "", errors: "There are no tokens.\n" });
  const made = run(
    "tokens",
    ...["create", "--name", "backup", "--role", "viewer", "--camera", "door", "--camera", "yard"],
    ...["--expires", "90d"],
  );
  assert.equal(made.status, 0, made.errors);
  assert.match(made.errors, /^Made 'backup': .*until \d{4}-.*It is shown this once:\n$/);
  const token = made.output.trim();
  const found = await holder(token);
  assert.equal(found?.name, "backup");
  assert.deepEqual(
    found?.grants,
    ["door", "yard"].map((id) => ({ role: "viewer", scope: { kind: "camera", id } })),
  );
  const listed = run("tokens", "list").output;
  assert.match(listed, /^[0-9a-f-]{36} {2}backup: .*, until \d{4}-/);
  assert.ok(!listed.includes(token));
  const id = listed.slice(0, 36);
  assert.equal(run("tokens", "revoke", id).status, 0);
  assert.equal(await holder(token), undefined);
  const again = run("tokens", "revoke", id);
  assert.deepEqual([again.status, /There is no token/.test(again.errors)], [2, true]);
});

test("what cannot be made is refused with how it is used", () => {
  const cases: [string[], RegExp][] = [
    [[], /^Usage:/],
    [["create", "--role", "viewer"], /--name is missing/],
    [["create", "--name", "x", "--role", "wizard"], /owner|operator|viewer/],
    [["create", "--name", "x", "--role", "owner", "--camera", "door"], /an owner is one of everything/],
    [["create", "--name", "x", "--role", "viewer", "--expires", "soon"], /--expires is 'soon': give days/],
    [["create", "--name", "x", "--role", "viewer", "--colour", "red"], /colour/],
  ];
  for (const [args, sentence] of cases) {
    const { status, output, errors } = run("tokens", ...args);
    assert.deepEqual([status, output], [2, ""], errors);
    assert.match(errors, sentence);
  }
});

test("a link for an owner, for an installation without people", async () => {
  assert.match(run("people", "list").errors, /There is nobody yet/);
  const { status, output } = run("people", "owner-link");
  assert.equal(status, 0);
  const secret = output.trim().replace("/join#", "");
  const found = await findInvitation(database, { secret, nowMs: Date.now() });
  assert.deepEqual(found?.grants, [{ role: "owner", scope: { kind: "everything" } }]);
  assert.equal(run("people", "dance").status, 2);
});

test("a link for a new password of who has the address", async () => {
  const link = run("people", "owner-link").output.trim();
  const secret = link.replace("/join#", "");
  const ada = { secret, name: "Ada", email: "ada@example.com", passwordHash: "x", nowMs: Date.now() };
  assert.ok((await join(database, ada)).ok);
  const made = run("people", "password-link", "--email", "Ada@example.com");
  assert.equal(made.status, 0, made.errors);
  const [, reset = ""] = /^\/reset#(rokuga_link_\S+)\n$/.exec(made.output) ?? [];
  const found = await findPasswordLink(database, { secret: reset, nowMs: Date.now() });
  assert.equal(found?.email, "ada@example.com");
  const unknown = run("people", "password-link", "--email", "bo@example.com");
  assert.deepEqual([unknown.status, unknown.output], [2, ""]);
  assert.match(unknown.errors, /Nobody has the address 'bo@example.com'/);
  assert.match(run("people", "password-link").errors, /^Usage:/);
});
