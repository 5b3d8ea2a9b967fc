/**
 * Reads a part's settings from its environment with a zod schema. Only a part's `env.ts` calls this, so that
 * the rest of the code never looks at `process.env`.
 */
import type { z } from "zod";

/** A setting that is missing or wrong: the message is for a person, no stack is needed. */
export class SettingError extends Error {
  override name = "SettingError";
}

/** The checked settings. Throws {@link SettingError} that names each bad variable, never its value. */
export function readEnvironment<T extends z.ZodType>(schema: T, environment: NodeJS.ProcessEnv): z.infer<T> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const reasons = result.error.issues.map(
    (issue) => `${issue.path.join(".") || "environment"}: ${issue.message}`,
  );
  throw new SettingError(`Cannot start because of its settings: ${reasons.join("; ")}`);
}
