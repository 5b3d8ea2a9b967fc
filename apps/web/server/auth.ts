/**
 * better-auth, set up: passwords, passkeys and sessions in the tables of people. Only what access_rules.ts lists of its
 * routes can be asked; signing in by password and joining have routes of their own (people_routes.ts), and nobody can
 * sign up. It is not bundled by Next: main.ts makes it, and routes find it by people_context.ts.
 */
import { randomUUID } from "node:crypto";
import { passkey } from "@better-auth/passkey";
import { appendEvents } from "@rokuga/db/append.ts";
import type { Database } from "@rokuga/db/connect.ts";
import { installationEvent } from "@rokuga/db/people_events.ts";
import { accounts, passkeys, persons, sessions, verifications } from "@rokuga/db/people_schema.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";

const DAY_S = 86_400;

/** Of an installation that only its own machine opens. Passkeys are not for addresses like 127.0.0.1. */
const LOCAL = new URL("http://localhost");

export type Auth = ReturnType<typeof createAuth>;

export type AuthOptions = {
  database: Database;
  secret: string;
  publicUrl: URL | undefined;
  log: Log;
};

export function createAuth({ database, secret, publicUrl, log }: AuthOptions) {
  const url = publicUrl ?? LOCAL;
  return betterAuth({
    appName: "Rokuga",
    baseURL: url.origin,
    basePath: "/api/auth",
    secret,
    database: drizzleAdapter(database.db, {
      provider: "pg",
      schema: {
        user: persons,
        session: sessions,
        account: accounts,
        verification: verifications,
        passkey: passkeys,
      },
    }),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 10, maxPasswordLength: 128 },
    // A session that is ended is ended for the next request: nothing of it is kept in the cookie.
    session: { expiresIn: 30 * DAY_S, updateAge: DAY_S, freshAge: DAY_S, cookieCache: { enabled: false } },
    // Ours counts in the database, by account too: people_routes.ts.
    rateLimit: { enabled: false },
    // The guard has compared it with the host, and the host with what is ours.
    trustedOrigins: (request) => [request?.headers.get("origin") ?? url.origin],
    telemetry: { enabled: false },
    // What is no error of ours is told by the routes, to who asked.
    logger: {
      log: (level, message) => {
        if (level === "error") log.error("better-auth reports an error", { message });
      },
    },
    databaseHooks: {
      session: { create: { after: (session, context) => noteSignIn(database, session, context?.path) } },
    },
    advanced: {
      cookiePrefix: "rokuga",
      useSecureCookies: url.protocol === "https:",
      // Where somebody was is nothing that has to be kept.
      ipAddress: { disableIpTracking: true },
      database: { generateId: () => randomUUID() },
    },
    plugins: [passkey({ rpID: url.hostname, rpName: "Rokuga" })],
  });
}

async function noteSignIn(database: Database, { userId }: { userId: string }, path = ""): Promise<void> {
  const method = path.startsWith("/passkey") ? "passkey" : "password";
  await appendEvents(database, [
    installationEvent("SignedIn", { personId: userId, method }, { nowMs: Date.now() }),
  ]);
}
