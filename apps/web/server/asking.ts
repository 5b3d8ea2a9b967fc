/**
 * Who asks: what the guard has found out, for the handlers behind it. It goes along with the request in this process
 * and is in no header, so that nothing which comes from outside can say it. Kept on `globalThis`, as context.ts does.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Grant } from "@rokuga/media/access.ts";
import type { Actor } from "@rokuga/media/events.ts";

export type Person = {
  /** A person who is signed in, or a script with a token. */
  kind: "person" | "token";
  id: string;
  name: string;
  grants: readonly Grant[];
  /** Of a person. */
  sessionId?: string;
};

export type Asking = {
  /** Undefined on what is public. */
  person: Person | undefined;
  /** Where the request comes from. */
  address: string;
};

const KEY = Symbol.for("rokuga.web.asking");
const holder = globalThis as { [KEY]?: AsyncLocalStorage<Asking> };

function storage(): AsyncLocalStorage<Asking> {
  holder[KEY] ??= new AsyncLocalStorage<Asking>();
  return holder[KEY];
}

/** Runs what answers a request, for whom it is. For the guard, and for tests that have none. */
export const withAsking = <T>(asking: Asking, work: () => T): T => storage().run(asking, work);

/** Throws when there is no guard in front: nothing is answered then. */
export function asking(): Asking {
  const found = storage().getStore();
  if (!found) throw new Error("This request did not come through the guard of main.ts");
  return found;
}

/** Who asks, of what is not public. */
export function personOf(): Person {
  const { person } = asking();
  if (!person) throw new Error("A route that needs to know who asks is public in access_rules.ts");
  return person;
}

/** As events name them. */
export const actorOf = ({ kind, id }: Person): Actor => `${kind}/${id}`;
