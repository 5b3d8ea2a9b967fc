/** Asks every route about people that changes something, well and badly, as somebody becomes a person and goes again. */
import assert from "node:assert/strict";
import { PeopleAnswer } from "@rokuga/media/people_api.ts";
import { cookieOf, fromPage } from "../fixtures/signed_in.ts";

type Ask = {
  url: string;
  /** Asks with an owner's token. */
  get: (path: string, init?: RequestInit) => Promise<Response>;
  /** Compares the answer with its description, and resolves with what it holds. */
  check: (path: string, method: string, given: Response) => Promise<unknown>;
};

/** `cookie`: asked as a page does, with this session or without any; else with the owner's token. */
type Asking = { id?: string; body?: unknown; cookie?: string };

const NOBODY = "";
const GRANTS = [{ role: "viewer", scope: { kind: "everything" } }];
const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery";
const NEXT_PASSWORD = "incorrect horse battery";

/** Resolves with the routes that were asked: `post /api/people`. */
export async function askPeople({ url, get, check }: Ask): Promise<string[]> {
  const asked = new Set<string>();
  const ask = async (method: string, path: string, { id = "", body, cookie }: Asking = {}) => {
    const address = path.replace("{id}", id);
    const init = { method: method.toUpperCase(), ...(body !== undefined && { body: JSON.stringify(body) }) };
    const headers = cookie === undefined ? { "content-type": "application/json" } : fromPage(url, cookie);
    const answer = await (cookie === undefined
      ? get(address, { ...init, headers })
      : fetch(url + address, { ...init, headers }));
    asked.add(`${method} ${path}`);
    return { answer, value: (await check(path, method, answer)) as Record<string, string> };
  };
  const done = async (method: string, path: string, options?: Asking) => {
    const given = await ask(method, path, options);
    assert.ok(given.answer.ok, `${method} ${path}: ${given.answer.status}`);
    return given;
  };
  const secretOf = (link = "") => link.split("#")[1]!;
  const find = async () => {
    const { people } = PeopleAnswer.parse(await (await get("/api/people")).json());
    return people.find((person) => person.email === EMAIL)!;
  };

  const invitation = "/api/invitations/{id}";
  const { id: withdrawn } = (await done("post", "/api/invitations", { body: { grants: GRANTS } })).value;
  await done("delete", invitation, { id: withdrawn! });
  await ask("delete", invitation, { id: withdrawn! });
  await ask("post", "/api/invitations", { body: { grants: [] } });
  const invited = await done("post", "/api/invitations", { body: { grants: GRANTS } });
  const link = secretOf(invited.value.link);
  await done("post", "/api/join/check", { body: { link }, cookie: NOBODY });
  await ask("post", "/api/join/check", { body: { link: "no-such-link" }, cookie: NOBODY });
  const ada = { link, name: "Ada", email: EMAIL };
  await ask("post", "/api/join", { body: { ...ada, password: "short" }, cookie: NOBODY });
  await done("post", "/api/join", { body: { ...ada, password: PASSWORD }, cookie: NOBODY });
  await ask("post", "/api/join", { body: { ...ada, password: PASSWORD }, cookie: NOBODY });

  await ask("post", "/api/sign-in", { body: { email: EMAIL, password: "wrong" }, cookie: NOBODY });
  const signedIn = await done("post", "/api/sign-in", {
    ...{ body: { email: EMAIL, password: PASSWORD }, cookie: NOBODY },
  });
  const cookie = cookieOf(signedIn.answer);
  await ask("post", "/api/password", { body: { current: "wrong", password: NEXT_PASSWORD }, cookie });
  const changed = await done("post", "/api/password", {
    ...{ body: { current: PASSWORD, password: NEXT_PASSWORD }, cookie },
  });
  await ask("delete", "/api/session");
  await done("delete", "/api/session", { cookie: cookieOf(changed.answer) });

  const { id } = await find();
  await done("put", "/api/people/{id}/grants", { id, body: { grants: GRANTS } });
  await ask("put", "/api/people/{id}/grants", { id: "nobody", body: { grants: GRANTS } });
  const passwordLink = "/api/people/{id}/password-link";
  await done("post", passwordLink, { id });
  await done("delete", passwordLink, { id });
  await ask("delete", passwordLink, { id });
  const reset = { link: secretOf((await done("post", passwordLink, { id })).value.link) };
  await done("post", "/api/reset/check", { body: reset, cookie: NOBODY });
  await ask("post", "/api/reset/check", { body: { link: "no-such-link" }, cookie: NOBODY });
  await done("post", "/api/reset", { body: { ...reset, password: PASSWORD }, cookie: NOBODY });
  await ask("post", "/api/reset", { body: { ...reset, password: PASSWORD }, cookie: NOBODY });
  await done("delete", "/api/sessions/{id}", { id: (await find()).sessions[0]!.id });
  await ask("delete", "/api/sessions/{id}", { id: "no-such-session" });
  await done("delete", "/api/people/{id}", { id });
  await ask("delete", "/api/people/{id}", { id });

  const token = await done("post", "/api/tokens", { body: { name: "backup", grants: GRANTS, days: 7 } });
  await ask("post", "/api/tokens", { body: { name: "backup", grants: GRANTS, days: 0 } });
  await done("delete", "/api/tokens/{id}", { id: token.value.id! });
  await ask("delete", "/api/tokens/{id}", { id: token.value.id! });
  return [...asked];
}
