/** Signing in and out, and becoming a person by a one-time link. How often it may be tried is counted in the database. */
import { appendEvents } from "@rokuga/db/append.ts";
import { countAttempt, type Limit } from "@rokuga/db/attempts.ts";
import { findInvitation, join } from "@rokuga/db/invitations.ts";
import { endSession, personIdOf } from "@rokuga/db/people.ts";
import { installationEvent } from "@rokuga/db/people_events.ts";
import { permissionsEverywhere } from "@rokuga/media/access.ts";
import type { EventData } from "@rokuga/media/events.ts";
import {
  JoinRequest,
  type JoinView,
  LinkRequest,
  PasswordRequest,
  type SessionAnswer,
  SignInRequest,
} from "@rokuga/media/people_api.ts";
import { actorOf, asking, personOf } from "./asking.ts";
import { webContext } from "./context.ts";
import { peopleContext } from "./people_context.ts";
import { ProblemError } from "./problem.ts";
import { readBody } from "./read_body.ts";

const MINUTE_MS = 60_000;
/** Guessing a password takes more than chance at this rate; who mistypes hardly meets it. */
const OF_ACCOUNT: Limit = { most: 5, windowMs: MINUTE_MS };
/** Of all accounts together: people behind one address may sign in at the same time. */
const OF_ADDRESS: Limit = { most: 20, windowMs: MINUTE_MS };

const NO_STORE = { "cache-control": "no-store" };

/** `POST /api/sign-in` */
export async function signIn(request: Request): Promise<Response> {
  const asked = await readBody(request, { schema: SignInRequest });
  const email = asked.email.trim().toLowerCase();
  const { database } = webContext();
  try {
    await countOf("sign-in", { account: email });
  } catch (error) {
    await noteRefused({ personId: await personIdOf(database, email), reason: "too-many" });
    throw error;
  }
  const answer = await peopleContext().auth.api.signInEmail({
    body: { email, password: asked.password },
    headers: request.headers,
    asResponse: true,
  });
  if (answer.ok) return signedIn(answer);
  // What went wrong on our side is no wrong password.
  if (answer.status >= 500) throw new Error(`signing in ended with status ${answer.status}`);
  const personId = await personIdOf(database, email);
  await noteRefused({ personId, reason: personId === null ? "unknown-account" : "wrong-password" });
  throw new ProblemError(401, "Not signed in", {
    detail: "This email address and this password do not belong together. Check both, and try again.",
  });
}

/** Only its cookies: nothing else of it is for the page. */
export function signedIn(answer: Response): Response {
  const headers = new Headers(NO_STORE);
  for (const cookie of answer.headers.getSetCookie()) headers.append("set-cookie", cookie);
  return new Response(null, { status: 204, headers });
}

/** Throws a 429 when it is tried too often, for the account or from where it comes. */
export async function countOf(what: string, { account }: { account?: string } = {}): Promise<void> {
  const { database } = webContext();
  const nowMs = Date.now();
  const waits = [
    await countAttempt(database, [`${what}/address/${asking().address}`], { ...OF_ADDRESS, nowMs }),
    ...(account === undefined
      ? []
      : [await countAttempt(database, [`${what}/account/${account}`], { ...OF_ACCOUNT, nowMs })]),
  ].flatMap(({ waitMs }) => waitMs ?? []);
  if (waits.length === 0) return;
  const seconds = Math.ceil(Math.max(...waits) / 1_000);
  throw new ProblemError(429, "Too many tries", {
    detail: `This was tried too often. Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
    headers: { "retry-after": String(seconds) },
  });
}

/** At most once a minute of each account, so that who tries on and on cannot fill the log. */
async function noteRefused(data: EventData<"SignInRefused">): Promise<void> {
  const nowMs = Date.now();
  const eventId = `${data.personId ?? "unknown"}/${data.reason}/${Math.floor(nowMs / MINUTE_MS)}`;
  await appendEvents(webContext().database, [installationEvent("SignInRefused", data, { nowMs, eventId })]);
}

/** `GET /api/session` */
export function showSession(): Response {
  const { kind, id, name, grants } = personOf();
  const answer: SessionAnswer = {
    kind,
    id,
    name,
    grants: [...grants],
    permissions: permissionsEverywhere(grants),
  };
  return Response.json(answer, { headers: NO_STORE });
}

/** `DELETE /api/session`: signs out. */
export async function signOut(request: Request): Promise<Response> {
  const person = personOf();
  if (person.sessionId === undefined) {
    throw new ProblemError(400, "No session", {
      detail: "A token has no session that could be ended: revoke the token.",
    });
  }
  const by = actorOf(person);
  await endSession(webContext().database, { sessionId: person.sessionId, by, nowMs: Date.now() });
  const answer = await peopleContext().auth.api.signOut({ headers: request.headers, asResponse: true });
  return signedIn(answer);
}

/** `POST /api/password`: whoever has the old one gets a new one, and is signed out everywhere else. */
export async function changePassword(request: Request): Promise<Response> {
  const person = personOf();
  if (person.kind !== "person") {
    throw new ProblemError(403, "No password", {
      detail: "A token has no password: sign in to change yours.",
    });
  }
  const { current, password } = await readBody(request, { schema: PasswordRequest });
  await countOf("password", { account: person.id });
  const answer = await peopleContext().auth.api.changePassword({
    body: { currentPassword: current, newPassword: password, revokeOtherSessions: true },
    headers: request.headers,
    asResponse: true,
  });
  if (!answer.ok) {
    if (answer.status >= 500) throw new Error(`changing a password ended with status ${answer.status}`);
    throw new ProblemError(403, "Wrong password", {
      detail: "The present password is not right. Check it, and try again.",
    });
  }
  await appendEvents(webContext().database, [
    installationEvent("PasswordChanged", { personId: person.id }, { nowMs: Date.now() }),
  ]);
  return signedIn(answer);
}

/** `POST /api/join/check`: what the link is for. */
export async function checkLink(request: Request): Promise<Response> {
  await countOf("join");
  const { link: secret } = await readBody(request, { schema: LinkRequest });
  const link = await findInvitation(webContext().database, { secret, nowMs: Date.now() });
  if (!link) throw badLink();
  const answer: JoinView = { grants: link.grants, expiresMs: link.expiresMs };
  return Response.json(answer, { headers: NO_STORE });
}

/** `POST /api/join` */
export async function acceptJoin(request: Request): Promise<Response> {
  await countOf("join");
  const { link: secret, name, email, password } = await readBody(request, { schema: JoinRequest });
  const { database } = webContext();
  // Hashing is dear: not for a link that is none.
  if (!(await findInvitation(database, { secret, nowMs: Date.now() }))) throw badLink();
  const { auth, hashPassword } = peopleContext();
  const passwordHash = await hashPassword(password);
  const joined = await join(database, { secret, name, email, passwordHash, nowMs: Date.now() });
  if (!joined.ok) {
    throw joined.reason === "link"
      ? badLink()
      : new ProblemError(409, "Address taken", {
          detail: "Somebody here has this email address already. Sign in with it, or give another one.",
        });
  }
  return signedIn(
    await auth.api.signInEmail({ body: { email, password }, headers: request.headers, asResponse: true }),
  );
}

const badLink = () =>
  new ProblemError(404, "Link not valid", {
    detail:
      "This link was used, is too old, or was replaced by a newer one. Ask whoever gave it to you for another; " +
      "on the machine itself 'npx pnpm people owner-link' makes one.",
  });
