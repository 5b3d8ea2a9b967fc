"use client";
/** The sheet that lists the keys. */
import { useEffect, useRef } from "react";
import styles from "./key_sheet.module.css";
import { KEY_LIST } from "./keys.ts";
import { useSession } from "./session_context.tsx";

export function KeySheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useSession().text;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className={styles.sheet}
      data-testid="key-sheet"
      aria-labelledby="keys-heading"
      onClose={onClose}
    >
      <form method="dialog" className={styles.top}>
        <h2 id="keys-heading" className={styles.heading}>
          {t("keys")}
        </h2>
        <button type="submit" className="button">
          {t("close")}
        </button>
      </form>
      <dl className={styles.list}>
        {KEY_LIST.map(({ keys, does }) => (
          <div key={does} className={styles.row}>
            <dt className={styles.keys}>
              {keys.map((key) => (
                <kbd key={key} className={styles.key}>
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className={styles.does}>{t(`keyList.${does}`)}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.note}>{t("fastNote")}</p>
    </dialog>
  );
}
