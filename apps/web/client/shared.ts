/**
 * A visit of a share: opens it with the secret that stands behind the `#` of the address, asks for a password where one
 * is needed, and looks now and then whether it still is open. A store; the page is components/shared_page.tsx.
 */
import { SHARE_PROBLEMS, SharedView } from "@rokuga/media/share_api.ts";
import { type Failure, getJson } from "./http.ts";
import { type Repeater, repeat } from "./repeat.ts";
import { send } from "./send.ts";
import { createStore, type Store } from "./store.ts";
import { MINUTE_MS } from "./zone.ts";

/** Why a link opens nothing. */
export type SharedEnd = "unknown" | "expired" | "revoked";

/** `unanswered`: the server was not reached. */
export type PasswordProblem = "wrong" | "too-often" | "unanswered";

export type SharedState =
  | { kind: "opening" }
  /** `problem`: of the last try. */
  | { kind: "password"; problem: PasswordProblem | null; busy: boolean }
  | { kind: "open"; view: SharedView }
  | { kind: "ended"; end: SharedEnd }
  /** It could not be asked for, and is asked for again. */
  | { kind: "failed"; failure: Failure };

export type Shared = Store<{ state: SharedState }> &
  Disposable & {
    /** Tries a password. */
    open(password: string): void;
    /** Looks now whether it is open: media was refused. */
    check(): void;
  };

const CHECK_EVERY_MS = MINUTE_MS;

export const sharedUrl = (id: string) => `/api/shared/${encodeURIComponent(id)}`;

/** What the server's refusal means; null for one that has nothing to do with the link. */
export function sharedStateOf(failure: Failure): SharedState | null {
  if (failure.kind !== "problem") return null;
  const password = (problem: PasswordProblem | null): SharedState => ({
    ...{ kind: "password", problem, busy: false },
  });
  switch (failure.type) {
    case SHARE_PROBLEMS.unknown:
      return { kind: "ended", end: "unknown" };
    case SHARE_PROBLEMS.expired:
      return { kind: "ended", end: "expired" };
    case SHARE_PROBLEMS.revoked:
      return { kind: "ended", end: "revoked" };
    case SHARE_PROBLEMS.passwordNeeded:
      return password(null);
    case SHARE_PROBLEMS.passwordWrong:
      return password("wrong");
    case SHARE_PROBLEMS.tooOften:
      return password("too-often");
    default:
      return null;
  }
}

/** `secret`: what stands behind the `#`, without it. Begins at once. */
export function createShared(id: string, secret: string): Shared {
  const { getState, subscribe, set } = createStore<{ state: SharedState }>({ state: { kind: "opening" } });
  const ending = new AbortController();
  let repeater: Repeater | undefined;

  const ended = (failure: Failure): boolean => {
    const state = sharedStateOf(failure);
    if (state) set({ state });
    return state !== null;
  };
  const open = async (password: string | undefined, signal: AbortSignal): Promise<boolean> => {
    const body = { secret, ...(password === undefined ? {} : { password }) };
    const answer = await send(`${sharedUrl(id)}/open`, { method: "POST", schema: SharedView, body, signal });
    if (answer.ok) set({ state: { kind: "open", view: answer.value } });
    else if (!ended(answer.failure)) {
      set({
        state:
          password === undefined
            ? { kind: "failed", failure: answer.failure }
            : { kind: "password", problem: "unanswered", busy: false },
      });
      return false;
    }
    return true;
  };
  /** A visit that goes on does not open the link anew: it was counted, and needs no password. */
  const ask = async (signal: AbortSignal): Promise<boolean> => {
    const { state } = getState();
    if (state.kind === "password" || state.kind === "ended") return true;
    const answer = await getJson(sharedUrl(id), { schema: SharedView, signal });
    if (answer.ok) {
      if (state.kind !== "open") set({ state: { kind: "open", view: answer.value } });
      return true;
    }
    const closed = answer.failure.kind === "problem" && answer.failure.type === SHARE_PROBLEMS.closed;
    if (closed) return await open(undefined, signal);
    if (ended(answer.failure)) return true;
    if (state.kind !== "open") set({ state: { kind: "failed", failure: answer.failure } });
    return false;
  };
  repeater = repeat({ ask, everyMs: () => CHECK_EVERY_MS });
  return {
    getState,
    subscribe,
    open(password) {
      set({ state: { kind: "password", problem: null, busy: true } });
      // It rejects only when the page goes.
      void open(password, ending.signal).catch(() => undefined);
    },
    check: () => repeater?.now(),
    [Symbol.dispose]() {
      ending.abort();
      repeater?.[Symbol.dispose]();
    },
  };
}
