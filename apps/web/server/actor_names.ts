/** Names of who did something, for lists: the log names people and tokens by their ids. */
import { readNames } from "@rokuga/db/read_audit.ts";
import { webContext } from "./context.ts";

/** Gives each entry's `by` the name of the person or token; of one that is not known any more the id stays. */
export async function withNames<T extends { by: string | null }>(entries: readonly T[]): Promise<T[]> {
  const names = await readNames(webContext().database);
  return entries.map((entry) => ({ ...entry, by: entry.by === null ? null : (names[entry.by] ?? entry.by) }));
}
