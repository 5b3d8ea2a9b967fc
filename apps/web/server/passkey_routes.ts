/**
 * The routes of better-auth for passkeys, those that access_rules.ts lists. Their answers are better-auth's own but for
 * errors, which become problems as everywhere.
 */
import { personOf } from "./asking.ts";
import { peopleContext } from "./people_context.ts";
import { ProblemError } from "./problem.ts";
import { countOf } from "./sign_in_routes.ts";

/** What better-auth calls what a person can do something about. */
const SENTENCES: Record<string, string> = {
  SESSION_NOT_FRESH: "You signed in more than a day ago. Sign out and in again, then add the passkey.",
  PASSKEY_NOT_FOUND: "This passkey is not known here. Sign in with your password, and add it again.",
  CHALLENGE_NOT_FOUND: "It took too long, or was begun in another window. Try again.",
};

export async function passkeyAnswer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const isSigningIn = pathname.includes("authenticat");
  if (isSigningIn) await countOf("passkey");
  else if (personOf().kind === "token") {
    throw new ProblemError(403, "Not permitted", {
      detail: "Passkeys belong to people, and a token is none.",
    });
  }
  const answer = await peopleContext().auth.handler(request);
  if (answer.ok) return pathname.endsWith("verify-authentication") ? withoutBody(answer) : answer;
  if (answer.status >= 500) throw new Error(`${pathname} ended with status ${answer.status}`);
  const { code = "" } = (await answer.json().catch(() => ({}))) as { code?: string };
  throw new ProblemError(answer.status, "Passkey not accepted", {
    detail: SENTENCES[code] ?? "The passkey was not accepted. Try again, or sign in with your password.",
  });
}

/** It would tell the page the secret of its session. */
function withoutBody({ headers }: Response): Response {
  const kept = new Headers({ "cache-control": "no-store" });
  for (const cookie of headers.getSetCookie()) kept.append("set-cookie", cookie);
  return new Response(null, { status: 204, headers: kept });
}
