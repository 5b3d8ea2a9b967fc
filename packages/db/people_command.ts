/**
 * `pnpm people`: who there is, and one-time links by someone who has the machine: for an owner, for an installation
 * without people or one whose owners cannot sign in any more, and for a new password. A program: it is started, not imported.
 */
import { Refused, runCommand } from "@rokuga/runtime/command.ts";
import { type Database, openDatabase } from "./connect.ts";
import { readCommandEnvironment } from "./env.ts";
import { grantsText } from "./grants_text.ts";
import { createOwnerLink } from "./invitations.ts";
import { offerPasswordReset } from "./password_links.ts";
import { personIdOf, readPeople } from "./people.ts";

const USAGE = `Usage:
  npx pnpm people list
  npx pnpm people owner-link   a link with which somebody becomes an owner, once, within a day
  npx pnpm people password-link --email <address>
                               a link with which that person sets a new password, once, within a day`;

const HOLDS = "Open this behind the address of the page. It holds once, for a day:\n";

process.exitCode = await runCommand(async ({ signal }) => {
  const [action, ...rest] = process.argv.slice(2);
  const isPasswordLink = action === "password-link" && rest.length === 2 && rest[0] === "--email";
  if (!isPasswordLink && (rest.length > 0 || (action !== "list" && action !== "owner-link")))
    throw new Refused(USAGE);
  const { DATABASE_URL } = readCommandEnvironment(process.env);
  await using database = openDatabase(DATABASE_URL, { max: 1 });
  signal.throwIfAborted();
  const nowMs = Date.now();
  if (action === "owner-link") {
    const made = await createOwnerLink(database, { onlyFirst: false, nowMs });
    process.stderr.write(HOLDS);
    process.stdout.write(`/join#${made!.secret}\n`);
    return;
  }
  if (isPasswordLink) {
    process.stdout.write(`/reset#${await passwordLink(database, { email: rest[1]!, nowMs })}\n`);
    return;
  }
  const people = await readPeople(database, { sessionId: undefined, nowMs });
  if (people.length === 0) process.stderr.write("There is nobody yet: npx pnpm people owner-link\n");
  for (const { name, email, grants } of people)
    process.stdout.write(`${name} <${email}>: ${grantsText(grants)}\n`);
});

async function passwordLink(
  database: Database,
  { email, nowMs }: { email: string; nowMs: number },
): Promise<string> {
  const personId = await personIdOf(database, email.trim().toLowerCase());
  const made = personId && (await offerPasswordReset(database, { personId, by: "machine", nowMs }));
  if (!made) throw new Refused(`Nobody has the address '${email}'. Who there is: npx pnpm people list`);
  process.stderr.write(HOLDS);
  return made.secret;
}
