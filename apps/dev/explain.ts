/** What a person at the terminal is told of an error. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { SettingError } from "@rokuga/runtime/environment.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";
import { noSpace } from "./state_directory.ts";

/** A sentence for what was thrown. What is a mistake of this program goes to a file with its stack. */
export function explain(error: unknown, home: string): string {
  if (error instanceof CannotStart || error instanceof SettingError) return error.message;
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") return noSpace(home).message;
  const path = join(home, "logs", "dev.log");
  const stack = error instanceof Error ? error.stack : String(error);
  try {
    appendFileSync(path, `${new Date().toISOString()} ${stack}\n`, { mode: 0o600 });
  } catch (cause) {
    return `Rokuga stopped by a mistake of its own: ${errorChain(error)} (its details could not be written: ${errorChain(cause)})`;
  }
  return `Rokuga stopped by a mistake of its own: ${errorChain(error)}. Please report it with ${path}`;
}
