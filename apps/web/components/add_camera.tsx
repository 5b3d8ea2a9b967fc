"use client";
/** The way to where cameras are added, for those who may: the relay's own page, since addresses stay on site. */
import type { SetupAnswer } from "@rokuga/media/api.ts";
import { useEffect, useState } from "react";
import { getSetup } from "../client/api.ts";
import { useSession } from "./session_context.tsx";

export function AddCamera({ className }: { className: string | undefined }) {
  const { t } = useSession().text;
  const [setup, setSetup] = useState<SetupAnswer | null>(null);
  useEffect(() => {
    const ending = new AbortController();
    // Who is no owner is told so, and sees no link.
    void getSetup(ending.signal)
      .then((answer) => answer.ok && setSetup(answer.value))
      .catch(() => undefined);
    return () => ending.abort();
  }, []);
  if (!setup?.url) return null;
  return (
    <a className={className} href={setup.url} target="_blank" rel="noreferrer">
      {t("addCamera")}
    </a>
  );
}
