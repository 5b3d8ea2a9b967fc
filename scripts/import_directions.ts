/**
 * Checks that dependencies point one way (apps → packages → packages/media) and that parts cannot reach what they
 * have no business with: the relay no database and no store, `packages/media` no I/O at all. Programs, which do
 * something when they are imported, are imported by nobody. Tests may import fixtures from anywhere.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Which packages of the workspace each part may import. */
const ALLOWED: Record<string, readonly string[]> = {
  "packages/media": [],
  "packages/runtime": [],
  "packages/queue": ["media", "runtime"],
  "packages/storage": ["media", "runtime"],
  "packages/db": ["media", "runtime"],
  "apps/relay": ["media", "queue", "runtime"],
  "apps/worker": ["db", "media", "queue", "runtime", "storage"],
  "apps/web": ["db", "media", "runtime", "storage"],
  "apps/dev": ["db", "queue", "runtime"],
};

/** What `packages/media` may use of Node: computing, not I/O. */
const PURE = new Set(["node:crypto", "node:path"]);

/** Files that are started, not imported: a part's main module, and commands. */
const PROGRAM = /(^|[/_])(main|command)\.ts$/;

/** What is named like a program and is none: it helps programs to run. */
const LIBRARIES = new Set(["@rokuga/runtime/main.ts", "@rokuga/runtime/command.ts"]);

/** Browser code may import only what runs in a browser. */
const BROWSER_DIRECTORIES = ["apps/web/client/", "apps/web/components/"];

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^"';]*?\sfrom\s)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;

export type Violation = { file: string; specifier: string; rule: string };

/** Violations in one file's text. `file` is relative to the root, with forward slashes. */
export function violationsIn(file: string, text: string): Violation[] {
  const part = Object.keys(ALLOWED).find((candidate) => file.startsWith(`${candidate}/`));
  if (!part) return [];
  const specifiers = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2]!);
  return specifiers.flatMap((specifier) => {
    const rule = brokenRule({ file, part, specifier });
    return rule ? [{ file, specifier, rule }] : [];
  });
}

function brokenRule({
  file,
  part,
  specifier,
}: {
  file: string;
  part: string;
  specifier: string;
}): string | undefined {
  const isOurs = specifier.startsWith(".") || specifier.startsWith("@rokuga/");
  if (isOurs && PROGRAM.test(specifier) && !LIBRARIES.has(specifier))
    return "a program is started as a process, not imported";
  if (specifier.startsWith(".")) {
    const target = normalize(join(dirname(file), specifier));
    return target.startsWith(`${part}/`)
      ? undefined
      : `${part} must not import a file of another part by its path`;
  }
  const workspace = /^@rokuga\/([a-z]+)/.exec(specifier)?.[1];
  if (workspace) {
    if (!ALLOWED[part]!.includes(workspace)) return `${part} must not import @rokuga/${workspace}`;
    const inBrowser = BROWSER_DIRECTORIES.some((directory) => file.startsWith(directory));
    if (inBrowser && workspace !== "media") return `code for the browser may import only @rokuga/media`;
    return undefined;
  }
  if (part === "packages/media" && specifier.startsWith("node:") && !PURE.has(specifier)) {
    return "packages/media does no I/O";
  }
  return undefined;
}

/** All violations below `root`. */
export function importViolations(root: string): Violation[] {
  const files = globSync(["apps/**/*.{ts,tsx}", "packages/**/*.{ts,tsx}"], {
    cwd: root,
    exclude: (name) => /(^|\/)(node_modules|\.next)(\/|$)/.test(name),
  });
  return files
    .filter(
      (file) =>
        !/(_test|\/test_[a-z_]+)\.tsx?$/.test(file) &&
        !file.includes("/fixtures/") &&
        !file.endsWith(".d.ts"),
    )
    .flatMap((file) => violationsIn(file.replaceAll("\\", "/"), readFileSync(join(root, file), "utf8")));
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const violations = importViolations(root);
  for (const { file, specifier, rule } of violations) {
    process.stderr.write(`${relative(process.cwd(), join(root, file))}: '${specifier}': ${rule}\n`);
  }
  process.exitCode = violations.length > 0 ? 1 : 0;
}
