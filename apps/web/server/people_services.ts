/** Starts what people need, and gives the guard its eyes. For main.ts, and for tests that have no main.ts. */
import { forgetAttempts } from "@rokuga/db/attempts.ts";
import { databaseError } from "@rokuga/db/connect.ts";
import { forgetExpired, readPerson } from "@rokuga/db/people.ts";
import { readSiteOf } from "@rokuga/db/read_cameras.ts";
import { holderOfToken } from "@rokuga/db/tokens.ts";
import { hashPassword } from "better-auth/crypto";
import type { Person } from "./asking.ts";
import { createAuth } from "./auth.ts";
import { webContext } from "./context.ts";
import type { WebEnvironment } from "./env.ts";
import type { GuardOptions } from "./guard.ts";
import { type PeopleContext, sharePeopleContext } from "./people_context.ts";

/** How often what has expired is removed, ms. */
const FORGET_MS = 3_600_000;

/** Makes what the routes find by `peopleContext()`. */
export function startPeople({ AUTH_SECRET: secret, PUBLIC_URL: publicUrl }: WebEnvironment): PeopleContext {
  const { database, log } = webContext();
  const forget = async () => {
    await forgetAttempts(database, Date.now());
    await forgetExpired(database, Date.now());
  };
  const timer = setInterval(() => {
    forget().catch((error: unknown) =>
      log.warn("what has expired could not be removed", { error: databaseError(error) }),
    );
  }, FORGET_MS);
  timer.unref();
  const context: PeopleContext = {
    auth: createAuth({ database, secret, publicUrl, log }),
    hashPassword,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      sharePeopleContext(undefined);
    },
  };
  sharePeopleContext(context);
  return context;
}

/** What the guard needs to find out who asks. */
export function guardOptions(
  { PUBLIC_URL: publicUrl, CLIENT_ADDRESS_HEADER: addressHeader, HOT }: WebEnvironment,
  { auth }: PeopleContext,
): GuardOptions {
  const { database } = webContext();
  return {
    publicUrl,
    addressHeader,
    isHot: HOT === "1",
    siteOf: (cameraId) => readSiteOf(database, cameraId),
    async personOfToken(token) {
      const holder = await holderOfToken(database, { token, nowMs: Date.now() });
      return holder && { kind: "token", ...holder };
    },
    async personOfSession(headers) {
      const { headers: answered, response } = await auth.api
        .getSession({ headers, returnHeaders: true })
        .catch(async (error: unknown) => {
          // It does not say what went wrong: an outage is told as one.
          await database.pool.query("SELECT 1");
          throw error;
        });
      if (!response) return undefined;
      const { session, user } = response;
      const found = await readPerson(database, user.id);
      if (!found) return undefined;
      const person: Person = { kind: "person", id: user.id, sessionId: session.id, ...found };
      return { person, setCookies: answered.getSetCookie() };
    },
  };
}
