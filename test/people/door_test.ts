/**
 * The door: signing in and out, what is counted, what is refused, and what is said in the log.
 * Long, because its tests share what takes seconds to start.
 */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { createInvitation, createOwnerLink } from "@rokuga/db/invitations.ts";
import { readAudit } from "@rokuga/db/read_audit.ts";
import { createToken } from "@rokuga/db/tokens.ts";
import type { Grant } from "@rokuga/media/access.ts";
import type { Problem } from "@rokuga/media/api.ts";
import { PasswordLinkMade, PeopleAnswer, ResetView, SessionAnswer } from "@rokuga/media/people_api.ts";
import { cookieOf, fromPage, joinBy } from "../fixtures/signed_in.ts";
import { type Library, openLibrary } from "../playback/library.ts";

const OWNER: Grant = { role: "owner", scope: { kind: "everything" } };
const VIEWER: Grant = { role: "viewer", scope: { kind: "camera", id: "door" } };
const PASSWORD = "correct horse battery";

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string };

/** As it stands: fetch would set the host itself. */
function raw(
  url: string,
  {
    method = "GET",
    path,
    headers = {},
    body,
  }: { method?: string; path: string; headers?: object; body?: unknown },
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, method, path, headers: { ...headers }, timeout: 20_000 },
      async (answer) => {
        let text = "";
        for await (const chunk of answer) text += chunk;
        resolve({ status: answer.statusCode!, headers: answer.headers, body: text });
      },
    );
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

describe("the door", { timeout: 200_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let url: string;
  let owner: string;
  let count = 0;

  before(async () => {
    library = stack.use(await openLibrary());
    url = library.url;
    await library.register("door");
    const link = await createOwnerLink(library.database, { onlyFirst: true, nowMs: Date.now() });
    owner = await joinBy(url, link!.secret);
    // For once: the same link again.
    await assert.rejects(joinBy(url, link!.secret), /This link was used/);
  });
  after(() => stack.disposeAsync());

  const linkFor = async (grants: Grant[]) =>
    (await createInvitation(library.database, { grants, by: "machine", nowMs: Date.now() })).secret;
  async function person(grants: Grant[], at = url) {
    const email = `door.${count++}@example.com`;
    const body = { link: await linkFor(grants), name: "Bo", email, password: PASSWORD };
    const answer = await fetch(`${at}/api/join`, {
      method: "POST",
      headers: fromPage(at),
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 204);
    return { email, cookie: cookieOf(answer) };
  }
  const signIn = (email: string, password: string) =>
    fetch(`${url}/api/sign-in`, {
      method: "POST",
      headers: fromPage(url),
      body: JSON.stringify({ email, password }),
    });
  const session = async (headers: Record<string, string>) =>
    (await fetch(`${url}/api/session`, { headers })).status;
  const problem = async (answer: Response) => (await answer.json()) as Problem;
  const audit = async () => (await readAudit(library.database, { before: undefined })).entries;

  test("signing in and out; the address in any case; who one is", async () => {
    const { email } = await person([VIEWER]);
    const answer = await signIn(` ${email.toUpperCase()} `, PASSWORD);
    assert.equal(answer.status, 204);
    assert.equal(await answer.text(), "");
    const cookie = cookieOf(answer);
    const who = SessionAnswer.parse(
      await (await fetch(`${url}/api/session`, { headers: { cookie } })).json(),
    );
    assert.deepEqual([who.kind, who.name, who.grants, who.permissions], ["person", "Bo", [VIEWER], []]);
    const out = await fetch(`${url}/api/session`, { method: "DELETE", headers: fromPage(url, cookie) });
    assert.equal(out.status, 204);
    assert.match(out.headers.getSetCookie().join(), /session_token=;/);
    assert.equal(await session({ cookie }), 401, "the cookie that was kept is worth nothing");
    assert.deepEqual(
      (await audit()).slice(0, 2).map(({ type, data }) => [type, data.personId]),
      [
        ["SessionEnded", who.id],
        ["SignedIn", who.id],
      ],
    );
  });

  test("a page leads to sign in and back; the API says what is wrong", async () => {
    const page = await fetch(`${url}/?camera=door&t=1800000000000`, { redirect: "manual" });
    assert.equal(page.status, 302);
    assert.equal(page.headers.get("location"), "/sign-in?next=%2F%3Fcamera%3Ddoor%26t%3D1800000000000");
    assert.equal(page.headers.get("cache-control"), "no-store");
    const api = await fetch(`${url}/api/cameras`);
    assert.deepEqual([api.status, (await problem(api)).title], [401, "Not signed in"]);
  });

  test("cookies: not for scripts, not for other sites, not unencrypted where others can listen", async () => {
    const { email } = await person([VIEWER]);
    const cookies = (await signIn(email, PASSWORD)).headers.getSetCookie();
    assert.ok(cookies.length > 0);
    for (const cookie of cookies) assert.match(cookie, /^rokuga\.\S+=.*; Path=\/; HttpOnly; SameSite=Lax$/);
    await using other = await openLibrary({ environment: { PUBLIC_URL: "https://cameras.example.com" } });
    const host = "cameras.example.com";
    const secret = (await createOwnerLink(other.database, { onlyFirst: true, nowMs: Date.now() }))!.secret;
    const body = { link: secret, name: "Ada", email: "ada@example.com", password: PASSWORD };
    const headers = { host, origin: `https://${host}`, "content-type": "application/json" };
    const joined = await raw(other.url, { method: "POST", path: "/api/join", headers, body });
    assert.equal(joined.status, 204, joined.body);
    for (const cookie of joined.headers["set-cookie"] ?? [])
      assert.match(cookie, /^__Secure-rokuga\.\S+=.*; Secure/);
    const cookie = (joined.headers["set-cookie"] as string[])[0]!.split(";")[0];
    assert.equal((await raw(other.url, { path: "/api/session", headers: { host, cookie } })).status, 200);
  });

  test("another name than its own is refused, but for health", async () => {
    for (const host of [
      "attacker.example",
      "127.0.0.1.attacker.example",
      "localhost.attacker.example",
      "192.168.1.5",
    ]) {
      const { status, body } = await raw(url, { path: "/api/cameras", headers: { host, cookie: owner } });
      assert.equal(status, 421, host);
      assert.match(body, /Set PUBLIC_URL/);
      assert.equal((await raw(url, { path: "/api/health", headers: { host } })).status, 200);
    }
    const port = new URL(url).port;
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, "[::1]", "LOCALHOST"])
      assert.equal(
        (await raw(url, { path: "/api/cameras", headers: { host, cookie: owner } })).status,
        200,
        host,
      );
  });

  test("what another site's page asks for with one's cookie is not done", async () => {
    const change = (headers: object, method = "POST") =>
      raw(url, { method, path: "/api/invitations", headers, body: { grants: [VIEWER] } });
    const own = new URL(url).host;
    const refused: object[] = [
      { cookie: owner, origin: "https://attacker.example" },
      { cookie: owner, origin: "null" },
      { cookie: owner, "sec-fetch-site": "cross-site", origin: url },
      { cookie: owner, "sec-fetch-site": "same-site" },
      { cookie: owner, "sec-fetch-site": "none" },
      // The same machine, another program's page.
      { cookie: owner, origin: "http://127.0.0.1:1" },
      { cookie: owner },
    ];
    for (const headers of refused) assert.equal((await change(headers)).status, 403, JSON.stringify(headers));
    assert.equal((await change({ cookie: owner, origin: `http://${own}` })).status, 201);
    assert.equal((await change({ cookie: owner, "sec-fetch-site": "same-origin" })).status, 201);
    // A token is in no browser by itself.
    assert.equal((await change({ authorization: `Bearer ${library.token}` })).status, 201);
    // Nobody is signed in by another site as somebody else.
    const login = { method: "POST", path: "/api/sign-in", body: { email: "a@example.com", password: "x" } };
    assert.equal((await raw(url, { ...login, headers: { origin: "https://attacker.example" } })).status, 403);
  });

  test("a page's scripts run by the nonce of that very answer, which nobody else can choose", async () => {
    const nonces = new Set<string>();
    for (const path of ["/", "/people", "/sign-in", "/join", "/sign-in"]) {
      const chosen = { "content-security-policy": "script-src 'nonce-chosen'" };
      const answer = await fetch(url + path, { headers: { cookie: owner, ...chosen } });
      const policy = answer.headers.get("content-security-policy") ?? "";
      const [, nonce = "none"] = /script-src 'self' 'nonce-([^']{24})';/.exec(policy) ?? [];
      assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
      nonces.add(nonce);
      const scripts = (await answer.text()).match(/<script[^>]*>/g) ?? [];
      assert.ok(scripts.length > 3);
      for (const script of scripts) assert.ok(script.includes(`nonce="${nonce}"`), `${path}: ${script}`);
    }
    assert.equal(nonces.size, 5);
  });

  test("headers from outside say nothing of who asks", async () => {
    const { cookie } = await person([VIEWER]);
    const forged = [
      { "x-rokuga-person": "person/1", "x-forwarded-user": "owner", "x-middleware-subrequest": "middleware" },
      { authorization: "Bearer " },
      { authorization: `Basic ${Buffer.from("owner:owner").toString("base64")}` },
      { authorization: "Bearer rokuga_token_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
      { cookie: cookie.replace(/=.*/, "=forged.signature") },
      { cookie: cookie.replace(/(=[^.]{4})./, "$1x") },
      { cookie: `__Secure-${cookie}` },
      // A token that does not hold is not passed over for a cookie that does.
      { authorization: "Bearer nonsense", cookie },
    ];
    for (const headers of forged)
      assert.equal((await raw(url, { path: "/api/session", headers })).status, 401, JSON.stringify(headers));
    const { status } = await raw(url, {
      path: "/api/people",
      headers: { cookie, "x-rokuga-person": "owner" },
    });
    assert.equal(status, 403);
  });

  test("a role that is taken, a session that is ended and a person who is removed are so at the next request", async () => {
    const { cookie, email } = await person([OWNER]);
    const asOwner = (path: string, method: string, body?: unknown) =>
      fetch(url + path, {
        ...{ method, headers: fromPage(url, owner) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const people = async () => PeopleAnswer.parse(await (await asOwner("/api/people", "GET")).json()).people;
    assert.equal((await fetch(`${url}/api/people`, { headers: { cookie } })).status, 200);
    const bo = (await people()).find((one) => one.email === email)!;
    assert.equal((await asOwner(`/api/people/${bo.id}/grants`, "PUT", { grants: [VIEWER] })).status, 204);
    assert.equal((await fetch(`${url}/api/people`, { headers: { cookie } })).status, 403);
    assert.equal((await asOwner(`/api/sessions/${bo.sessions[0]!.id}`, "DELETE")).status, 204);
    assert.equal(await session({ cookie }), 401);
    const again = cookieOf(await signIn(email, PASSWORD));
    assert.equal((await asOwner(`/api/people/${bo.id}`, "DELETE")).status, 204);
    assert.equal(await session({ cookie: again }), 401);
    assert.equal((await signIn(email, PASSWORD)).status, 401);
  });

  test("tokens: expired, revoked, and with no more than they were given", async () => {
    const nowMs = Date.now();
    const made = (grants: Grant[], expiresMs: number | null) =>
      createToken(library.database, { name: "t", grants, expiresMs, by: "machine", nowMs });
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const [old, own] = [await made([OWNER], nowMs + 1), await made([VIEWER], null)];
    assert.equal(await session(bearer(old.token)), 401);
    const statuses = async () =>
      Promise.all(
        ["/api/cameras/door/live.m3u8", "/api/tokens", "/api/metrics"].map(
          async (path) => (await fetch(url + path, { headers: bearer(own.token) })).status,
        ),
      );
    // There is no footage of it; what counts is that it was asked.
    assert.deepEqual(await statuses(), [404, 403, 403]);
    const revoked = await fetch(`${url}/api/tokens/${own.id}`, {
      method: "DELETE",
      headers: bearer(library.token),
    });
    assert.equal(revoked.status, 204);
    assert.deepEqual(await statuses(), [401, 401, 401]);
  });

  test("a link for somebody: bad ones, a short password, an address that is taken", async () => {
    const { email } = await person([VIEWER]);
    const join = (body: object) =>
      fetch(`${url}/api/join`, { method: "POST", headers: fromPage(url), body: JSON.stringify(body) });
    const good = { link: await linkFor([VIEWER]), name: "Cy", email: "cy@example.com", password: PASSWORD };
    assert.equal((await join({ ...good, link: "rokuga_link_x" })).status, 404);
    const short = await join({ ...good, password: "short" });
    assert.equal(short.status, 400);
    assert.match((await problem(short)).detail, /at least 10 characters/);
    const taken = await join({ ...good, email });
    assert.deepEqual([taken.status, (await problem(taken)).title], [409, "Address taken"]);
    assert.equal(
      (await join({ ...good, grants: [OWNER] })).status,
      400,
      "what it grants is the link's to say",
    );
    assert.equal((await join(good)).status, 204);
    assert.equal((await join({ ...good, email: "dy@example.com" })).status, 404);
  });

  test("after five tries an account has to wait, whatever the password; no word of which addresses there are", async () => {
    const { email } = await person([VIEWER]);
    const unknown = await signIn("who@example.com", "wrong password");
    const wrong = await signIn(email, "wrong password");
    assert.deepEqual([unknown.status, wrong.status], [401, 401]);
    assert.deepEqual(await problem(unknown), await problem(wrong));
    for (let n = 0; n < 4; n++) assert.equal((await signIn(email, "wrong password")).status, 401);
    const refused = await signIn(email, PASSWORD);
    assert.equal(refused.status, 429);
    const seconds = Number(refused.headers.get("retry-after"));
    assert.ok(seconds > 0 && seconds <= 60, `${seconds} s`);
    assert.match((await problem(refused)).detail, new RegExp(`Try again in ${seconds} second`));
    // Another header does not make it another address.
    const elsewhere = { ...fromPage(url), "x-forwarded-for": "203.0.113.9" };
    const body = { email, password: PASSWORD };
    assert.equal(
      (await raw(url, { method: "POST", path: "/api/sign-in", headers: elsewhere, body })).status,
      429,
    );
    const told = (await audit())
      .filter(({ type }) => type === "SignInRefused")
      .map(({ data }) => data.reason);
    assert.deepEqual(
      ["too-many", "unknown-account", "wrong-password"].map((reason) => told.includes(reason)),
      [true, true, true],
    );
    assert.ok(!JSON.stringify(await audit()).includes("@example.com"));
  });

  test("who has the old password gets a new one, and is signed out everywhere else", async () => {
    const { email, cookie } = await person([VIEWER]);
    const elsewhere = cookieOf(await signIn(email, PASSWORD));
    const change = (current: string, password: string, as = cookie) =>
      fetch(`${url}/api/password`, {
        method: "POST",
        headers: fromPage(url, as),
        body: JSON.stringify({ current, password }),
      });
    const refused = await change("wrong password", "correct horse staple");
    assert.equal(refused.status, 403);
    assert.match((await problem(refused)).detail, /present password is not right/);
    assert.equal((await change(PASSWORD, "short")).status, 400);
    assert.equal(await session({ cookie: elsewhere }), 200, "nothing has happened so far");
    const changed = await change(PASSWORD, "correct horse staple");
    assert.equal(changed.status, 204);
    assert.equal(await session({ cookie: cookieOf(changed) }), 200);
    assert.equal(await session({ cookie: elsewhere }), 401);
    assert.equal((await signIn(email, PASSWORD)).status, 401);
    assert.equal((await signIn(email, "correct horse staple")).status, 204);
    assert.ok((await audit()).some(({ type }) => type === "PasswordChanged"));
  });

  test("a link for a new password: only by owners, withdrawn, used once; signs out everywhere, passkeys stay", async () => {
    const { email, cookie } = await person([VIEWER]);
    const { rows } = await library.database.pool.query("SELECT id FROM people.persons WHERE email = $1", [
      email,
    ]);
    const id: string = rows[0].id;
    await library.database.pool.query(
      `INSERT INTO people.passkeys (id, person_id, public_key, credential_id, counter, device_type, backed_up)
       VALUES ('reset', $1, 'k', 'reset', 0, 'singleDevice', false)`,
      [id],
    );
    const ask = (method: string, as = owner, of = id) =>
      fetch(`${url}/api/people/${of}/password-link`, { method, headers: fromPage(url, as) });
    const secretOf = async (answer: Response) => {
      assert.equal(answer.status, 201);
      const { link } = PasswordLinkMade.parse(await answer.json());
      assert.match(link, /^\/reset#rokuga_link_/);
      return link.slice("/reset#".length);
    };
    const post = (path: string, body: object) =>
      fetch(url + path, { method: "POST", headers: fromPage(url), body: JSON.stringify(body) });
    assert.equal((await ask("POST", cookie)).status, 403, "not for oneself, without being an owner");
    assert.equal((await ask("POST", owner, "nobody")).status, 404);
    assert.equal((await ask("DELETE")).status, 404, "there is none yet");
    const withdrawn = await secretOf(await ask("POST"));
    assert.equal((await ask("DELETE")).status, 204);
    const link = await secretOf(await ask("POST"));
    const password = "correct horse staple";
    const closed = await post("/api/reset", { link: withdrawn, password });
    assert.deepEqual([closed.status, (await problem(closed)).title], [404, "Link not valid"]);
    const view = ResetView.parse(await (await post("/api/reset/check", { link })).json());
    assert.deepEqual([view.name, view.email], ["Bo", email]);
    assert.equal((await post("/api/reset", { link, password: "short" })).status, 400);
    assert.equal(await session({ cookie }), 200, "nothing has happened so far");
    const done = await post("/api/reset", { link, password });
    assert.equal(done.status, 204);
    assert.equal(await session({ cookie: cookieOf(done) }), 200);
    assert.equal(await session({ cookie }), 401);
    assert.equal((await signIn(email, PASSWORD)).status, 401);
    assert.equal((await signIn(email, password)).status, 204);
    assert.equal((await post("/api/reset", { link, password })).status, 404, "it was used");
    assert.equal((await post("/api/reset/check", { link })).status, 404);
    const people = PeopleAnswer.parse(
      await (await fetch(`${url}/api/people`, { headers: { cookie: owner } })).json(),
    ).people;
    const bo = people.find((one) => one.id === id)!;
    assert.deepEqual([bo.passkeys, bo.resetUntilMs], [1, null]);
    const told = (await audit()).flatMap(({ type, data }) =>
      type.startsWith("PasswordReset") && data.personId === id ? [type] : [],
    );
    assert.deepEqual(told, [
      "PasswordReset",
      "PasswordResetOffered",
      "PasswordResetWithdrawn",
      "PasswordResetOffered",
    ]);
  });

  test("links for new passwords cannot be guessed one after the other", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 21; n++) {
      const body = JSON.stringify({ link: `rokuga_link_${n}` });
      const answer = await fetch(`${url}/api/reset/check`, {
        method: "POST",
        headers: fromPage(url),
        body,
      });
      statuses.push(answer.status);
    }
    assert.deepEqual([statuses[0], statuses.at(-1)], [404, 429]);
  });

  test("the log has no secret, and nothing in it is an error", async () => {
    const { readFile } = await import("node:fs/promises");
    const log = await readFile(library.webLog, "utf8");
    assert.doesNotMatch(log, /rokuga_(token|link)_|session_token|correct horse|"level":"error"/);
  });
});
