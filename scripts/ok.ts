/** `pnpm ok`: everything that can be said of the code without servers: format, lint, types, import directions, unit tests. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name: string) => `${root}node_modules/.bin/${name}`;

const CHECKS: [name: string, command: string, args: string[]][] = [
  ["format and lint", bin("biome"), ["ci", "."]],
  ["types", bin("tsc"), ["-p", "tsconfig.json"]],
  ["types of the web app", bin("tsc"), ["-p", "apps/web/tsconfig.json"]],
  ["import directions", process.execPath, ["scripts/import_directions.ts"]],
  ["unit tests", process.execPath, ["scripts/test.ts", "--unit"]],
];

const failed = CHECKS.filter(([name, command, args]) => {
  process.stdout.write(`── ${name}\n`);
  return spawnSync(command, args, { cwd: root, stdio: "inherit" }).status !== 0;
});
process.stdout.write(failed.length === 0 ? "ok\n" : `not ok: ${failed.map(([name]) => name).join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
