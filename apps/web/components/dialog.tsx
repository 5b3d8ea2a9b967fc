"use client";
/** A dialog over the page: its title, what is in it, and the ways out of it. It is open as long as it is mounted. */
import { type ReactNode, useEffect, useId, useRef } from "react";
import styles from "./dialog.module.css";
import { IconButton } from "./icons.tsx";
import { useSession } from "./session_context.tsx";

type DialogProps = { title: string; onClose: () => void; wide?: boolean; children: ReactNode };

export function Dialog({ title, onClose, wide = false, children }: DialogProps) {
  const { t } = useSession().text;
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // Where the browser would leave the focus nowhere it goes back to what opened the dialog.
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className={styles.dialog}
      data-wide={wide}
      aria-labelledby={heading}
      onCancel={onClose}
      closedby="any"
    >
      <div className={styles.inside}>
        <div className={styles.header}>
          <h2 id={heading} className={styles.heading}>
            {title}
          </h2>
          <IconButton icon="close" label={t("outputs.close")} onClick={onClose} />
        </div>
        {children}
      </div>
    </dialog>
  );
}
