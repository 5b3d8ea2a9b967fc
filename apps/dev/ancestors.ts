/**
 * Notices that what started us is gone. `npx pnpm dev` is a chain: npx → sh → pnpm → sh → this program. When
 * someone ends one link only (a supervisor that kills npx, an editor that closes its task), no signal comes down
 * the chain and the recording would go on unseen. So the links are watched.
 *
 * Only package managers and what stands between them and us are links. A shell above them may end while its
 * program is meant to go on (`sh -c 'npx pnpm dev &'`), and so may the person's own shell.
 */
import { basename } from "node:path";
import { isRunning, type ProcessInfo, readProcess } from "./process_table.ts";

const MANAGER = /^(npm|npx|pnpm|pnpx|yarn|corepack|turbo)(-cli)?(\.[cm]?js)?$/;
const SHELL = /^-?(sh|dash|ash|bash|zsh|ksh)$/;
const INTERPRETER = /^(node|bun)(\.exe)?$/;

/**
 * How many of the ancestors (the nearest first, as command lines) are links of the chain that started us:
 * everything up to the topmost package manager, as long as only package managers and `sh -c` are in between.
 */
export function countLinks(ancestors: readonly (readonly string[])[]): number {
  let links = 0;
  for (const [index, command] of ancestors.entries()) {
    if (isManager(command)) links = index + 1;
    else if (!isShellCommand(command)) break;
  }
  return links;
}

function isManager(command: readonly string[]): boolean {
  const [program = "", ...rest] = command;
  // A title, as npm sets it: "npm exec pnpm dev".
  if (MANAGER.test(program.split(" ")[0] ?? "") || MANAGER.test(basename(program))) return true;
  if (!INTERPRETER.test(basename(program)) && !SHELL.test(basename(program))) return false;
  const script = rest.find((argument) => !argument.startsWith("-"));
  return script !== undefined && !isShellCommand(command) && MANAGER.test(basename(script));
}

function isShellCommand([program = "", option = ""]: readonly string[]): boolean {
  return SHELL.test(basename(program)) && /^-[a-z]*c$/.test(option);
}

/** The links of the chain above this process, the nearest first. */
export function findLinks(): ProcessInfo[] {
  const ancestors: ProcessInfo[] = [];
  let next = process.ppid;
  while (next > 1 && ancestors.length < 20) {
    const ancestor = readProcess(next);
    if (!ancestor) break;
    ancestors.push(ancestor);
    next = ancestor.parentPid;
  }
  return ancestors.slice(0, countLinks(ancestors.map(({ command }) => command)));
}

/** Elsewhere than on Linux each look starts a `ps`. */
const POLL_MS = process.platform === "linux" ? 500 : 2_000;

/** Calls `onGone` once when one of `links` has ended. Does not keep the program alive. */
export function watchLinks(
  links: readonly ProcessInfo[],
  {
    signal,
    onGone,
    pollMs = POLL_MS,
  }: { signal: AbortSignal; onGone: (link: ProcessInfo) => void; pollMs?: number },
): void {
  if (links.length === 0) return;
  const timer = setInterval(() => {
    const gone = links.find(({ pid, startId }) => !isRunning(pid, startId));
    if (!gone) return;
    clearInterval(timer);
    onGone(gone);
  }, pollMs);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
