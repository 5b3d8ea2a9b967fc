"use client";
/** A one-time link that was opened: its secret stands behind `#` in the address, which no server is told. */
import { useEffect, useState } from "react";
import type { z } from "zod";
import { send } from "../client/send.ts";
import type { Translator } from "../client/text.ts";

/** `problem`: the server's sentence on why the link opens nothing, if it gave one. */
export type OpenedLink<T> = { secret: string } & ({ view: T } | { problem: string | null });

/** What the link of this page is for, as `url` answers; null until then. */
export function useLink<T>(url: string, schema: z.ZodType<T>): OpenedLink<T> | null {
  const [link, setLink] = useState<OpenedLink<T> | null>(null);
  useEffect(() => {
    // Another link, opened on this very page, would change nothing but the address.
    const reload = () => window.location.reload();
    window.addEventListener("hashchange", reload);
    return () => window.removeEventListener("hashchange", reload);
  }, []);
  useEffect(() => {
    const secret = window.location.hash.slice(1);
    void send(url, { method: "POST", body: { link: secret }, schema }).then((sent) => {
      const problem = !sent.ok && sent.failure.kind === "problem" ? sent.failure.detail : null;
      setLink({ secret, ...(sent.ok ? { view: sent.value } : { problem }) });
    });
  }, [url, schema]);
  return link;
}

/** Uses a link up, and leads to the cameras when that has signed in. */
export function useWayIn(url: string, t: Translator) {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const enter = async (body: Record<string, unknown>) => {
    setBusy(true);
    setError(null);
    const sent = await send(url, { method: "POST", body });
    if (sent.ok) return window.location.replace("/");
    setError((sent.failure.kind === "problem" && sent.failure.detail) || t("people.failed"));
    setBusy(false);
  };
  return { error, isBusy, enter };
}
