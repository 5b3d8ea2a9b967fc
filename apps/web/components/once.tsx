"use client";
/** A secret that is shown this once, and a button to copy it. */
import { useState } from "react";
import styles from "./people.module.css";
import { usePeople } from "./people_context.tsx";

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
    <p className={styles.once}>
      <code>{text}</code>
      <button className="button" type="button" onClick={copy}>
        {isCopied ? t("people.copied") : t("people.copy")}
      </button>
    </p>
  );
}
