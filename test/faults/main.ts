/**
 * `pnpm faults [--seed N] [--seconds S] [--json]`: lets random faults happen to a site for so long, heals it, and
 * counts frames. The last line is `frames sent N, played N, in gaps N, unexplained N`, or all of it as one JSON
 * object; the exit code is 1 when a frame is unexplained or a gap untrue. The same seed gives the same faults.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { guardChildren } from "@rokuga/runtime/guard.ts";
import { openLogFile } from "../../apps/dev/log_file.ts";
import { buildPage } from "../../apps/dev/web_build.ts";
import { ensureSystemPackages } from "../../scripts/system_packages.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { isRight, total } from "./frames.ts";
import { runRandomFaults } from "./random_faults.ts";
import { print } from "./scenario.ts";

const USAGE = "Usage: pnpm faults [--seed N] [--seconds S] [--json]";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      seconds: { type: "string", default: "60" },
      json: { type: "boolean", default: false },
    },
    // pnpm hands on the `--` that may stand before the options.
    args: process.argv.slice(2).filter((argument) => argument !== "--"),
  });
  const seed = wholeNumber("seed", values.seed, { least: 0, most: 2 ** 32 - 1 });
  // The whole run is decoded at once in the end.
  const seconds = wholeNumber("seconds", values.seconds, { least: 10, most: 14_400 });
  const out = (line: string) => void process.stdout.write(`${line}\n`);
  const say = values.json ? (line: string) => void process.stderr.write(`${line}\n`) : out;
  await ensureSystemPackages({ log: say });
  await build();
  say(`seed ${seed}, ${seconds} s`);
  const run = await runRandomFaults({ seed, seconds }, say);
  const right = run.accounts.every(isRight);
  if (!right) say(run.complaints);
  for (const { camera, problems } of run.accounts)
    for (const problem of problems) say(`${camera}: ${problem}`);
  const { faults, accounts, drainedMs = null } = run;
  if (values.json)
    out(JSON.stringify({ seed, seconds, ...total(accounts), right, drainedMs, accounts, faults }));
  else print(`${faults.length} faults in ${seconds} s`, accounts, run.drainedMs);
  return right ? 0 : 1;
}

function wholeNumber(name: string, text: string, { least, most }: { least: number; most: number }): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`--${name} must be a whole number from ${least} to ${most}: it is '${text}'.\n${USAGE}`);
}

/** The page's server is tested as it is shipped. */
async function build(): Promise<void> {
  await using directory = await tempDirectory("build");
  await using guard = guardChildren();
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const log = openLogFile(join(directory.path, "build.log"));
  await buildPage({ root, environment: process.env, guard, log, signal: AbortSignal.timeout(600_000) });
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 2;
});
