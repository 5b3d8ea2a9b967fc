/** One-time links with which somebody who forgot their password sets a new one: made by owners, used by who has one. */
import {
  findPasswordLink,
  offerPasswordReset,
  resetPassword,
  withdrawPasswordReset,
} from "@rokuga/db/password_links.ts";
import {
  LinkRequest,
  type PasswordLinkMade,
  ResetRequest,
  type ResetView,
} from "@rokuga/media/people_api.ts";
import { actorOf, personOf } from "./asking.ts";
import { webContext } from "./context.ts";
import { peopleContext } from "./people_context.ts";
import { ProblemError } from "./problem.ts";
import { readBody } from "./read_body.ts";
import { countOf, signedIn } from "./sign_in_routes.ts";

const NO_STORE = { "cache-control": "no-store" };

/** `POST /api/people/{id}/password-link` */
export async function makePasswordLink(personId: string): Promise<Response> {
  const change = { personId, by: actorOf(personOf()), nowMs: Date.now() };
  const made = await offerPasswordReset(webContext().database, change);
  if (!made) {
    throw new ProblemError(404, "Unknown person", {
      detail: `There is no person '${personId.slice(0, 80)}' any more: load the list again.`,
    });
  }
  // Behind `#`, which browsers keep to themselves: so it is in no log of a proxy.
  const answer: PasswordLinkMade = { link: `/reset#${made.secret}`, expiresMs: made.expiresMs };
  return Response.json(answer, { status: 201, headers: NO_STORE });
}

/** `DELETE /api/people/{id}/password-link` */
export async function withdrawPasswordLink(personId: string): Promise<Response> {
  const change = { personId, by: actorOf(personOf()), nowMs: Date.now() };
  if (!(await withdrawPasswordReset(webContext().database, change))) {
    throw new ProblemError(404, "No such link", {
      detail: "There is no link for a new password of this person that still holds: load the list again.",
    });
  }
  return new Response(null, { status: 204, headers: NO_STORE });
}

/** `POST /api/reset/check`: whose password the link sets. */
export async function checkPasswordLink(request: Request): Promise<Response> {
  await countOf("reset");
  const { link: secret } = await readBody(request, { schema: LinkRequest });
  const answer: ResetView | undefined = await findPasswordLink(webContext().database, {
    secret,
    nowMs: Date.now(),
  });
  if (!answer) throw badLink();
  return Response.json(answer, { headers: NO_STORE });
}

/** `POST /api/reset` */
export async function acceptReset(request: Request): Promise<Response> {
  await countOf("reset");
  const { link: secret, password } = await readBody(request, { schema: ResetRequest });
  const { database } = webContext();
  // Hashing is dear: not for a link that is none.
  if (!(await findPasswordLink(database, { secret, nowMs: Date.now() }))) throw badLink();
  const { auth, hashPassword } = peopleContext();
  const passwordHash = await hashPassword(password);
  const reset = await resetPassword(database, { secret, passwordHash, nowMs: Date.now() });
  if (!reset) throw badLink();
  return signedIn(
    await auth.api.signInEmail({
      body: { email: reset.email, password },
      headers: request.headers,
      asResponse: true,
    }),
  );
}

const badLink = () =>
  new ProblemError(404, "Link not valid", {
    detail:
      "This link was used, is too old, was withdrawn, or was replaced by a newer one. Ask an owner for another; on the " +
      "machine itself 'npx pnpm people password-link --email <address>' makes one.",
  });
