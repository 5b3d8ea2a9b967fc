"use client";
/** Reads a store that changes with each frame, as often as people can read. */
import { useEffect, useState } from "react";
import type { Store } from "../client/store.ts";

const EVERY_MS = 200;

/** The store's state, at most every fifth of a second; the last one always comes. */
export function useSettled<T>(store: Store<T>): T {
  const [state, setState] = useState(store.getState);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const update = () => {
      timer = undefined;
      setState(store.getState());
    };
    update();
    const stop = store.subscribe(() => {
      timer ??= setTimeout(update, EVERY_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [store]);
  return state;
}
