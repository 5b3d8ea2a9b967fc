/**
 * `pnpm tokens`: makes, lists and revokes tokens for scripts, by someone who has the machine. Standard output is what is
 * to be used further: the token alone. A program: it is started, not imported.
 */
import { parseArgs } from "node:util";
import { Grant } from "@rokuga/media/access.ts";
import { PersonName } from "@rokuga/media/people_api.ts";
import { Refused, runCommand } from "@rokuga/runtime/command.ts";
import { z } from "zod";
import { type Database, openDatabase } from "./connect.ts";
import { readCommandEnvironment } from "./env.ts";
import { grantsText } from "./grants_text.ts";
import { createToken, readTokens, revokeToken } from "./tokens.ts";

const DAY_MS = 86_400_000;

const USAGE = `Usage:
  npx pnpm tokens create --name <name> --role owner|operator|viewer [--camera <id>]… [--site <id>]… [--expires <days>d]
  npx pnpm tokens list
  npx pnpm tokens revoke <id>
A role holds everywhere, or where --camera and --site say. Without --expires a token holds until it is revoked.
Scripts send it as a header: Authorization: Bearer <token>`;

process.exitCode = await runCommand(async ({ signal }) => {
  const work = readArguments(process.argv.slice(2));
  const { DATABASE_URL } = readCommandEnvironment(process.env);
  await using database = openDatabase(DATABASE_URL, { max: 1 });
  signal.throwIfAborted();
  await work(database);
});

type Work = (database: Database) => Promise<void>;

/** Throws {@link Refused} with how it is used. */
function readArguments([action, ...args]: readonly string[]): Work {
  try {
    if (action === "create") return createWork(args);
    if (action === "list" && args.length === 0) return list;
    if (action === "revoke" && args.length === 1) return (database) => revoke(database, args[0]!);
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new Refused(`${why}\n${USAGE}`);
  }
  throw new Refused(USAGE);
}

function createWork(args: readonly string[]): Work {
  const { values } = parseArgs({
    args: [...args],
    options: {
      name: { type: "string" },
      role: { type: "string" },
      camera: { type: "string", multiple: true, default: [] },
      site: { type: "string", multiple: true, default: [] },
      expires: { type: "string" },
    },
  });
  const name = PersonName.parse(values.name, { error: () => "--name is missing: say what the token is for" });
  const scopes = [
    ...values.camera.map((id) => ({ kind: "camera", id })),
    ...values.site.map((id) => ({ kind: "site", id })),
  ];
  const grants = (scopes.length > 0 ? scopes : [{ kind: "everything" }]).map((scope) =>
    Grant.parse({ role: values.role, scope }),
  );
  const days = values.expires === undefined ? undefined : daysOf(values.expires);
  return async (database) => {
    const nowMs = Date.now();
    const expiresMs = days === undefined ? null : nowMs + days * DAY_MS;
    const made = await createToken(database, { name, grants, expiresMs, by: "machine", nowMs });
    process.stderr.write(
      `Made '${name}': ${grantsText(grants)}, ${untilText(expiresMs)}. It is shown this once:\n`,
    );
    process.stdout.write(`${made.token}\n`);
  };
}

function daysOf(text: string): number {
  const days = /^([1-9]\d{0,3})d?$/.exec(text)?.[1];
  if (days === undefined) throw new Error(`--expires is '${text}': give days, as in 90d`);
  return Number(days);
}

async function list(database: Database): Promise<void> {
  const tokens = await readTokens(database);
  if (tokens.length === 0) process.stderr.write("There are no tokens.\n");
  for (const { id, name, grants, expiresMs, usedMs } of tokens) {
    const used = usedMs === null ? "never used" : `used ${new Date(usedMs).toISOString()}`;
    process.stdout.write(`${id}  ${name}: ${grantsText(grants)}, ${untilText(expiresMs)}, ${used}\n`);
  }
}

async function revoke(database: Database, id: string): Promise<void> {
  if (!(await revokeToken(database, { id, by: "machine", nowMs: Date.now() })))
    throw new Refused(`There is no token '${id}'. npx pnpm tokens list shows those there are.`);
  process.stderr.write("Revoked: it is refused from now on.\n");
}

function untilText(expiresMs: number | null): string {
  return expiresMs === null ? "until it is revoked" : `until ${new Date(expiresMs).toISOString()}`;
}
