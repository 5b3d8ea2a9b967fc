// Starts a TypeScript entry point under the Node that the workspace installs. Plain JavaScript, because it is
// also what an old Node meets when the automatic install before a script has failed: pnpm only warns then.
import { existsSync } from "node:fs";

const [entry, ...rest] = process.argv.slice(2);
const root = new URL("../", import.meta.url);
const major = Number(process.versions.node.split(".")[0]);
const missing = [
  "node_modules/.modules.yaml",
  "packages/media/node_modules/zod",
  "apps/web/node_modules/next",
].find((path) => !existsSync(new URL(path, root)));

if (missing || major < 24) {
  const why = missing ? `${missing} is missing` : `this is Node ${process.versions.node}, 24 is needed`;
  console.error(`Rokuga's packages are not completely installed: ${why}. Run: npx pnpm install`);
  process.exit(1);
}

// Imported, not spawned: one process less between the terminal and the program.
const program = new URL(entry, root);
process.argv = [process.argv[0], program.pathname, ...rest];
await import(program.href);
