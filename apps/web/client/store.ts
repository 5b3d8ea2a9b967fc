/**
 * A value outside React that can be read, replaced and watched: the shape that `useSyncExternalStore` wants.
 * It knows nothing of what it holds. Listeners are called after each change, in the order they subscribed.
 */

export type Store<T> = {
  getState(): T;
  /** Calls `listener` after every change until the returned function is called. */
  subscribe(listener: () => void): () => void;
};

export type WritableStore<T> = Store<T> & {
  /** Replaces the named fields. Does nothing when none of them differs. */
  set(patch: Partial<T>): void;
};

/** A store of one flat object. */
export function createStore<T extends object>(initial: T): WritableStore<T> {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(patch) {
      const names = Object.keys(patch) as (keyof T)[];
      if (names.every((name) => Object.is(state[name], patch[name]))) return;
      state = { ...state, ...patch };
      for (const listener of [...listeners]) listener();
    },
  };
}
