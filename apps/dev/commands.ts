/**
 * The commands beside `pnpm dev`. Each is a program of its own, which knows nothing of this machine: it is given the
 * addresses that `pnpm dev` would use, and nothing else. Arguments, standard streams, Ctrl-C and the exit code go
 * through to it. Where the database is the embedded one and does not run, it runs for as long as the command.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkSchema, SchemaError } from "@rokuga/db/check_schema.ts";
import { openDatabase } from "@rokuga/db/connect.ts";
import { SettingError } from "@rokuga/runtime/environment.ts";
import { guardChildren, signalGroup, spawnGuarded } from "@rokuga/runtime/guard.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";
import { exitOf } from "./child.ts";
import { findDatabase } from "./command_database.ts";
import type { ContextOptions } from "./context.ts";
import { bringUpToDate, type Database } from "./database.ts";
import { commandEnvironment, readSettings, storageUrlOf } from "./env.ts";
import { explain } from "./explain.ts";
import { createReport, type Report } from "./report.ts";
import { listenForStop } from "./stopping.ts";

export type Command = {
  /** Its program, in the repository. */
  entry: string;
  /** As whom it uses the database. */
  role: "owner" | "app";
  usesStore: boolean;
  /** What is made sure of the schema before: a command that does that itself finds it as it is. */
  schema: "as it is" | "checked" | "migrated";
  /** Whether it may begin without a database: it is there to fill one. */
  makesDatabase: boolean;
};

const OF_OWNER = { role: "owner", usesStore: false, schema: "as it is", makesDatabase: false } as const;
const OF_WORKER = { role: "app", usesStore: true, schema: "checked", makesDatabase: false } as const;
const OF_WEB = { ...OF_WORKER, usesStore: false } as const;

const COMMANDS = {
  "db:migrate": { ...OF_OWNER, entry: "packages/db/migrate_command.ts" },
  "db:rebuild": { ...OF_OWNER, entry: "packages/db/rebuild_command.ts" },
  "db:restore": {
    ...{ role: "owner", usesStore: true, schema: "migrated", makesDatabase: true },
    entry: "apps/worker/restore.ts",
  },
  verify: { ...OF_WORKER, entry: "apps/worker/verify.ts" },
  retention: { ...OF_WORKER, entry: "apps/worker/retention_command.ts" },
  tokens: { ...OF_WEB, entry: "packages/db/tokens_command.ts" },
  people: { ...OF_WEB, entry: "packages/db/people_command.ts" },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

/** Of a command that was interrupted before its program ran, as shells have it. */
const INTERRUPTED = 130;
/** Of one that was not tried. */
const NOT_TRIED = 2;

export type Injected = { entries?: Partial<Record<CommandName, string>> };

/**
 * Runs a command, `args` being its name and its arguments. Resolves with the exit code: the program's own, or 2 when
 * it could not be started. `injected`: programs instead of the commands' own, for tests.
 */
export async function runCommand(args: readonly string[], injected: Injected = {}): Promise<number> {
  const root = resolve(import.meta.dirname, "../..");
  const report = terminalReport();
  const { stop, force, failure } = listenForStop(report.note);
  let home = root;
  let code = NOT_TRIED;
  try {
    const name = commandName(args[0]);
    const settings = readSettings(process.env, [], root);
    home = settings.home;
    const options = { settings, report, signal: stop.signal, force: force.signal };
    const entry = injected.entries?.[name] ?? join(root, COMMANDS[name].entry);
    if (!existsSync(entry))
      throw new CannotStart(`This version of Rokuga does not have the program ${entry}.`);
    await using stack = new AsyncDisposableStack();
    const database = await findDatabase(options, { name, command: COMMANDS[name], stack });
    await prepareSchema(database, COMMANDS[name], options);
    code = await runProgram(entry, {
      ...options,
      args: args.slice(1).filter((argument) => argument !== "--"),
      environment: environmentOf(COMMANDS[name], database, options),
    });
  } catch (error) {
    report.endProgress();
    if (stop.signal.aborted && failure() === undefined) return INTERRUPTED;
    report.problem(explain(error, home));
    return error instanceof CannotStart || error instanceof SettingError ? NOT_TRIED : 1;
  }
  report.endProgress();
  const error = failure();
  if (error === undefined) return code;
  report.problem(explain(error, home));
  return 1;
}

/** Standard output is the command's. Where nobody watches only what matters is said. */
function terminalReport(): Report {
  const report = createReport({ output: process.stderr, errors: process.stderr });
  return process.stderr.isTTY ? report : { ...report, progress: () => {} };
}

function commandName(text: string | undefined): CommandName {
  const names = Object.keys(COMMANDS) as CommandName[];
  const name = names.find((candidate) => candidate === text);
  if (name) return name;
  throw new CannotStart(`There is no command '${text ?? ""}'. There are: ${names.join(", ")}.`);
}

function environmentOf(
  { role, usesStore }: Command,
  { ownerUrl, url, appRole }: Database,
  { settings }: ContextOptions,
): NodeJS.ProcessEnv {
  return commandEnvironment(settings, {
    databaseUrl: role === "owner" ? ownerUrl : url,
    appRole: role === "owner" ? appRole : undefined,
    storageUrl: usesStore ? storageUrlOf(settings) : undefined,
  });
}

async function prepareSchema(
  database: Database,
  { schema }: Command,
  { report, signal }: ContextOptions,
): Promise<void> {
  if (schema === "migrated") await bringUpToDate(database, { report, signal });
  if (schema !== "checked") return;
  await using opened = openDatabase(database.url, { max: 1 });
  await checkSchema(opened.pool).catch((error) => {
    const why = error instanceof SchemaError ? error.message : errorChain(error);
    throw new CannotStart(`Cannot use the database at ${database.where}: ${why}`, { cause: error });
  });
}

type ProgramOptions = ContextOptions & { args: readonly string[]; environment: NodeJS.ProcessEnv };

/** Runs the program to its end; resolves with its exit code. */
async function runProgram(
  entry: string,
  { args, environment, report, signal, force }: ProgramOptions,
): Promise<number> {
  signal.throwIfAborted();
  await using guard = guardChildren();
  report.endProgress();
  // In a process group of its own: Ctrl-C reaches it through us, and once.
  const child = spawnGuarded(guard, process.execPath, [entry, ...args], {
    env: environment,
    stdio: "inherit",
  });
  const pass = () => signalGroup(child.pid!, isCtrlC(signal) ? "SIGINT" : "SIGTERM");
  const kill = () => signalGroup(child.pid!, "SIGKILL");
  signal.addEventListener("abort", pass, { once: true });
  force.addEventListener("abort", kill, { once: true });
  const exit = await exitOf(child);
  signal.removeEventListener("abort", pass);
  force.removeEventListener("abort", kill);
  if (exit.signal) report.problem(`The command was ended by ${exit.signal}.`);
  return exit.code ?? 1;
}

const isCtrlC = (signal: AbortSignal) => signal.reason instanceof Error && signal.reason.message === "Ctrl-C";
