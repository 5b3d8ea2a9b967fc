"use client";
/** What the API answers, asked when a component appears and again when it is told to. */
import { useCallback, useEffect, useState } from "react";
import type { z } from "zod";
import { signInAddress } from "../client/next_address.ts";
import { send } from "../client/send.ts";

export type Asked<T> = {
  /** Null until it was answered. */
  value: T | null;
  hasFailed: boolean;
  again: () => Promise<void>;
};

/** `url`: null for what is not to be asked. Whoever is not signed in any more is led to do so. */
export function useAsked<T>(url: string | null, schema: z.ZodType<T>): Asked<T> {
  const [state, setState] = useState<{ value: T | null; hasFailed: boolean }>({
    value: null,
    hasFailed: false,
  });
  const again = useCallback(async () => {
    if (url === null) return;
    const sent = await send(url, { method: "GET", schema });
    if (sent.ok) return setState({ value: sent.value, hasFailed: false });
    if (sent.failure.kind === "problem" && sent.failure.status === 401)
      return window.location.assign(signInAddress(window.location));
    setState((before) => ({ ...before, hasFailed: true }));
  }, [url, schema]);
  useEffect(() => void again(), [again]);
  return { ...state, again };
}
