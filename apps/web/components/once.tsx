"use client";
/** A secret that is shown this once, and a button to copy it. */
import { useState } from "react";
import { usePeople } from "./people_context.tsx";
import { Button } from "./people_parts.tsx";

export function Once({ text }: { text: string }) {
  const { t } = usePeople();
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // It is forbidden: it can still be selected.
      () => setCopied(false),
    );
  return (
    <p className="flex items-center gap-3 rounded-control bg-selected px-3 py-2.5">
      <code className="wrap-anywhere min-w-0 text-control">{text}</code>
      <Button onClick={copy}>{isCopied ? t("people.copied") : t("people.copy")}</Button>
    </p>
  );
}
