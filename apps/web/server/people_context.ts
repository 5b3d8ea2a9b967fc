/**
 * What the routes of people share and main.ts starts: better-auth, which Next is not to bundle. Kept on `globalThis`, as
 * context.ts does.
 */
import type { Auth } from "./auth.ts";

export type PeopleContext = {
  auth: Auth;
  hashPassword: (password: string) => Promise<string>;
} & AsyncDisposable;

const KEY = Symbol.for("rokuga.web.people");
const holder = globalThis as { [KEY]?: PeopleContext };

export function peopleContext(): PeopleContext {
  const context = holder[KEY];
  if (!context) throw new Error("The web app was not started by its main.ts: people need what it starts");
  return context;
}

export function sharePeopleContext(context: PeopleContext | undefined): void {
  if (context) holder[KEY] = context;
  else delete holder[KEY];
}
