/** The settings of the commands, from their environment. */
import { readEnvironment } from "@rokuga/runtime/environment.ts";
import { z } from "zod";

const Environment = z.object({
  /** With the role that owns the tables, for what changes them; otherwise with that of the application. */
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, "must begin with postgres://"),
  /** The role of worker and web, where it is another one. */
  DATABASE_APP_ROLE: z.string().optional(),
});

export type CommandEnvironment = z.infer<typeof Environment>;

export const readCommandEnvironment = (environment: NodeJS.ProcessEnv): CommandEnvironment =>
  readEnvironment(Environment, environment);
