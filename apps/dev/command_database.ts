/**
 * The database for a command: the one that was given; the embedded one of the launcher that runs; or the embedded one
 * started for the command, under the same lock.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";
import type { Command } from "./commands.ts";
import { type ContextOptions, createContext } from "./context.ts";
import { type Database, embeddedOn, findGiven, startEmbedded } from "./database.ts";
import { askDatabase } from "./database_probe.ts";
import { endLeftovers } from "./leftovers.ts";
import { type Holder, lockHolder, takeLock } from "./lock.ts";
import { rememberedPort } from "./ports.ts";
import { hasSecret } from "./secrets.ts";
import { prepareStateDirectory } from "./state_directory.ts";

export type FindOptions = {
  /** `db:rebuild` */
  name: string;
  command: Pick<Command, "makesDatabase">;
  /** Stops what was started, when it is disposed of. */
  stack: AsyncDisposableStack;
};

/** Throws {@link CannotStart} when there is none, when it cannot be used, or when another command has it. */
export async function findDatabase(
  options: ContextOptions,
  { name, command, stack }: FindOptions,
): Promise<Database> {
  const { settings, signal } = options;
  const { home, storageUrl } = settings;
  const given = await findGiven(settings);
  if (given) return given;
  const holder = lockHolder(home);
  if (holder && holder.command === undefined) return await ofLauncher(home, holder);
  const mayMake = command.makesDatabase && (existsSync(home) || storageUrl !== undefined);
  if (!existsSync(join(home, "postgres")) && !mayMake) {
    throw new CannotStart(
      `There is no database in ${home}: npx pnpm dev makes it. ` +
        "If it is elsewhere, set ROKUGA_HOME to that directory, or DATABASE_URL to its address.",
    );
  }
  prepareStateDirectory(home);
  stack.use(takeLock(home, { command: `pnpm ${name}` }));
  await endLeftovers(home, { signal });
  return await startEmbedded(createContext(options, stack));
}

/** That of the launcher which runs here. */
async function ofLauncher(home: string, { pid }: Holder): Promise<Database> {
  const port = rememberedPort(home, "postgres");
  const cannot = (why: string, cause?: unknown) =>
    new CannotStart(
      `Rokuga runs here (process ${pid}), but its database cannot be used: ${why}. ` +
        "Try again when it has started; after an update, stop it first. If it was given a DATABASE_URL, set the same.",
      { cause },
    );
  if (port === undefined || !hasSecret(home, "postgres_app")) throw cannot("it has none of its own yet");
  const database = embeddedOn(home, { port, version: "" });
  try {
    const { version } = await askDatabase(database.url);
    return { ...database, version };
  } catch (error) {
    throw cannot(errorChain(error), error);
  }
}
