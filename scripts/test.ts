/**
 * `pnpm test`: installs what the tests need and runs them all: checks of the code as it stands, unit tests beside
 * it two files at a time, then the tests across the parts (`test/`) one after the other, since they measure time
 * against real servers; two at a time of those that do not, or mostly wait for something to fail or to recover.
 * `--unit` (which is `pnpm ok`) leaves the last ones out; further arguments name the files to run, without the checks.
 * The last line is `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { runChecks } from "./checks.ts";
import { ensureSystemPackages } from "./system_packages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Tests across the parts that measure no time: two files at a time. */
const PAIRED = ["test/faults", "test/page", "test/people", "test/share"];

type Counts = { passed: number; failed: number };

async function main(args: readonly string[]): Promise<void> {
  const unitOnly = args.includes("--unit");
  const named = args.filter((argument) => !argument.startsWith("--"));
  const all = find([
    "apps/**/*_test.ts",
    "packages/**/*_test.ts",
    "scripts/**/*_test.ts",
    "test/**/*_test.ts",
  ]);
  const files = named.length > 0 ? all.filter((file) => named.some((name) => file.includes(name))) : all;
  const across = files.filter((file) => file.startsWith("test/"));
  const units = files.filter((file) => !file.startsWith("test/"));

  await ensureSystemPackages({ log: say });
  const counts: Counts = { passed: 0, failed: 0 };
  if (named.length === 0) {
    const checks = runChecks(say);
    for (const name of checks.failed) say(`✖ ${name}: see above`);
    counts.passed += checks.passed;
    counts.failed += checks.failed.length;
  }
  await runFiles(units, { concurrency: 2, counts });
  if (!unitOnly && across.length > 0) {
    build();
    const paired = (file: string) => PAIRED.some((directory) => file.startsWith(`${directory}/`));
    await runFiles(
      across.filter((file) => !paired(file)),
      { concurrency: 1, counts },
    );
    await runFiles(across.filter(paired), { concurrency: 2, counts });
  }
  say(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

function find(patterns: string[]): string[] {
  const exclude = (name: string) => /(^|\/)(node_modules|\.next|artefacts)(\/|$)/.test(name);
  return globSync(patterns, { cwd: root, exclude }).sort();
}

async function runFiles(
  files: string[],
  { concurrency, counts }: { concurrency: number; counts: Counts },
): Promise<void> {
  if (files.length === 0) return;
  const tests = run({ files: files.map((file) => root + file), concurrency, cwd: root });
  tests.on("test:pass", (event) => {
    if (event.details.type !== "suite" && event.skip === undefined) counts.passed++;
  });
  tests.on("test:fail", (event) => {
    if (event.details.type !== "suite") counts.failed++;
  });
  const report = tests.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await new Promise((resolve, reject) => report.once("end", resolve).once("error", reject));
}

/** The page is tested as it is shipped. */
function build(): void {
  const turbo = `${root}node_modules/.bin/turbo`;
  const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", NEXT_TELEMETRY_DISABLED: "1" };
  const { status } = spawnSync(turbo, ["run", "build", "--output-logs=new-only", "--no-daemon"], {
    cwd: root,
    env: environment,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("Cannot run the tests: the web app does not build (see above)");
}

await main(process.argv.slice(2)).catch((error: Error) => {
  say(error.message);
  process.exitCode = 1;
});
