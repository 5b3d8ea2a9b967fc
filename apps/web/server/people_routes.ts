/** What owners do: people and their roles, invitations, sessions, tokens, and the list of what was done. */
import { createInvitation, readInvitations, revokeInvitation } from "@rokuga/db/invitations.ts";
import { type Changed, endSession, readPeople, removePerson, setGrants } from "@rokuga/db/people.ts";
import { readAudit } from "@rokuga/db/read_audit.ts";
import { createToken, readTokens, revokeToken } from "@rokuga/db/tokens.ts";
import {
  type AuditAnswer,
  GrantsRequest,
  type InvitationMade,
  InvitationRequest,
  type PeopleAnswer,
  type TokenMade,
  TokenRequest,
  type TokensAnswer,
} from "@rokuga/media/people_api.ts";
import { actorOf, personOf } from "./asking.ts";
import { webContext } from "./context.ts";
import { ProblemError } from "./problem.ts";
import { readBody } from "./read_body.ts";

const DAY_MS = 86_400_000;
const NO_STORE = { "cache-control": "no-store" };
const json = (answer: unknown, status = 200) => Response.json(answer, { status, headers: NO_STORE });
const done = () => new Response(null, { status: 204, headers: NO_STORE });
/** Who does it, and when. */
const change = () => ({ by: actorOf(personOf()), nowMs: Date.now() });

export async function showPeople(): Promise<Response> {
  const { database } = webContext();
  const nowMs = Date.now();
  const answer: PeopleAnswer = {
    nowMs,
    people: await readPeople(database, { sessionId: personOf().sessionId, nowMs }),
    invitations: await readInvitations(database, nowMs),
  };
  return json(answer);
}

export async function changeGrants(request: Request, personId: string): Promise<Response> {
  const { grants } = await readBody(request, { schema: GrantsRequest });
  return changed(await setGrants(webContext().database, { personId, grants, ...change() }), personId);
}

export async function forgetPerson(personId: string): Promise<Response> {
  return changed(await removePerson(webContext().database, { personId, ...change() }), personId);
}

function changed(result: Changed, personId: string): Response {
  switch (result) {
    case "changed":
      return done();
    case "unknown":
      throw unknown("person", personId);
    case "last-owner":
      throw new ProblemError(409, "The last owner", {
        detail:
          "Without this owner nobody could say any more who may do what. Make somebody else an owner first.",
      });
    default:
      return result satisfies never;
  }
}

export async function invite(request: Request): Promise<Response> {
  const { grants } = await readBody(request, { schema: InvitationRequest });
  const { secret, ...view } = await createInvitation(webContext().database, { grants, ...change() });
  const answer: InvitationMade = { ...view, link: joinPath(secret) };
  return json(answer, 201);
}

/** Behind `#`, which browsers keep to themselves: so it is in no log of a proxy. */
export const joinPath = (secret: string) => `/join#${secret}`;

export async function withdrawInvitation(id: string): Promise<Response> {
  if (!(await revokeInvitation(webContext().database, { id, ...change() }))) throw unknown("invitation", id);
  return done();
}

export async function stopSession(sessionId: string): Promise<Response> {
  if (!(await endSession(webContext().database, { sessionId, ...change() })))
    throw unknown("session", sessionId);
  return done();
}

export async function showTokens(): Promise<Response> {
  const answer: TokensAnswer = { nowMs: Date.now(), tokens: await readTokens(webContext().database) };
  return json(answer);
}

export async function makeToken(request: Request): Promise<Response> {
  const { name, grants, days } = await readBody(request, { schema: TokenRequest });
  const { by, nowMs } = change();
  const expiresMs = days === null ? null : nowMs + days * DAY_MS;
  const answer: TokenMade = await createToken(webContext().database, { name, grants, expiresMs, by, nowMs });
  return json(answer, 201);
}

export async function withdrawToken(id: string): Promise<Response> {
  if (!(await revokeToken(webContext().database, { id, ...change() }))) throw unknown("token", id);
  return done();
}

export async function showAudit(request: Request): Promise<Response> {
  const text = new URL(request.url).searchParams.get("before");
  if (text !== null && !/^\d{1,15}$/.test(text)) {
    throw new ProblemError(400, "Malformed request", {
      detail: "'before' must be the 'next' of an earlier answer.",
    });
  }
  const before = text === null ? undefined : Number(text);
  const answer: AuditAnswer = { nowMs: Date.now(), ...(await readAudit(webContext().database, { before })) };
  return json(answer);
}

const unknown = (what: string, id: string) =>
  new ProblemError(404, `Unknown ${what}`, {
    detail: `There is no ${what} '${id.slice(0, 80)}' any more: load the list again.`,
  });
