/** What is wrong with a destination, in one sentence that may leave the site: no address, no password. */
import { redact } from "@rokuga/runtime/redact.ts";
import { OutageError } from "./outage_error.ts";

const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g;

/** `destination`: "store", "event log". */
export function problemOf(destination: string, error: unknown): string {
  if (error instanceof OutageError) return `The ${destination} cannot be reached, or does not work right now`;
  const message = error instanceof Error ? error.message : String(error);
  // Errors of a store begin with what could not be done where: `Cannot … at host:port: why`.
  const why = redact(message)
    .replace(/^Cannot .*? (?:at|under) \S+: /s, "")
    .replaceAll(ADDRESS, "…");
  return `The ${destination} refuses: ${why}`.slice(0, 500);
}
