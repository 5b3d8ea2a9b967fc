/** What can be said of the code without running it: format and lint, types, import directions. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name: string) => `${root}node_modules/.bin/${name}`;
const next = `${root}apps/web/node_modules/next/dist/bin/next`;

type Command = { command: string; args: string[]; directory?: string };

const CHECKS: { name: string; commands: Command[] }[] = [
  { name: "format and lint", commands: [{ command: bin("biome"), args: ["ci", "."] }] },
  {
    name: "import directions",
    commands: [{ command: process.execPath, args: ["scripts/import_directions.ts"] }],
  },
  { name: "types", commands: [{ command: bin("tsc"), args: ["-p", "tsconfig.json"] }] },
  {
    name: "types of the web app",
    commands: [
      // Next writes the types of its routes and of style sheets.
      { command: process.execPath, args: [next, "typegen"], directory: `${root}apps/web` },
      { command: bin("tsc"), args: ["-p", "apps/web/tsconfig.json"] },
    ],
  },
];

/** Runs all checks, with their output as it comes. Returns the names of those that failed, and how many passed. */
export function runChecks(say: (line: string) => void): { passed: number; failed: string[] } {
  const failed = CHECKS.filter(({ name, commands }) => {
    say(`── ${name}`);
    return !commands.every(({ command, args, directory = root }) => {
      const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
      return (
        spawnSync(command, args, { cwd: directory, env, stdio: ["ignore", "inherit", "inherit"] }).status ===
        0
      );
    });
  }).map(({ name }) => name);
  return { passed: CHECKS.length - failed.length, failed };
}
