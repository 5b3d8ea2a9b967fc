/**
 * `pnpm people`: who there is, and a one-time link for an owner, by someone who has the machine: for an installation
 * without people, and for one whose owners cannot sign in any more. A program: it is started, not imported.
 */
import { Refused, runCommand } from "@rokuga/runtime/command.ts";
import { openDatabase } from "./connect.ts";
import { readCommandEnvironment } from "./env.ts";
import { grantsText } from "./grants_text.ts";
import { createOwnerLink } from "./invitations.ts";
import { readPeople } from "./people.ts";

const USAGE = `Usage:
  npx pnpm people list
  npx pnpm people owner-link   a link with which somebody becomes an owner, once, within a day`;

process.exitCode = await runCommand(async ({ signal }) => {
  const [action, ...rest] = process.argv.slice(2);
  if (rest.length > 0 || (action !== "list" && action !== "owner-link")) throw new Refused(USAGE);
  const { DATABASE_URL } = readCommandEnvironment(process.env);
  await using database = openDatabase(DATABASE_URL, { max: 1 });
  signal.throwIfAborted();
  const nowMs = Date.now();
  if (action === "owner-link") {
    const made = await createOwnerLink(database, { onlyFirst: false, nowMs });
    process.stderr.write("Open this behind the address of the page. It holds once, for a day:\n");
    process.stdout.write(`/join#${made!.secret}\n`);
    return;
  }
  const people = await readPeople(database, { sessionId: undefined, nowMs });
  if (people.length === 0) process.stderr.write("There is nobody yet: npx pnpm people owner-link\n");
  for (const { name, email, grants } of people)
    process.stdout.write(`${name} <${email}>: ${grantsText(grants)}\n`);
});
