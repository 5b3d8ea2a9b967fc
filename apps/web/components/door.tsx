"use client";
/** What the pages before one is in have in common: the mark, a title, fields. */
import { type ComponentProps, type ReactNode, useId } from "react";
import styles from "./door.module.css";

export function Door({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className={styles.door}>
      <div className={styles.column}>
        <div className={styles.mark}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" strokeWidth="2" />
            <circle className={styles.dot} cx="12" cy="12" r="5" />
          </svg>
          Rokuga
        </div>
        <h1 className={styles.title}>{title}</h1>
        {children}
      </div>
    </main>
  );
}

type FieldProps = ComponentProps<"input"> & { label: string; help?: string };

/** An input with its label, and a line of help that is read with it. */
export function Field({ label, help, ...input }: FieldProps) {
  const id = useId();
  return (
    <label className={styles.field}>
      {label}
      <input className={styles.input} required aria-describedby={help && id} {...input} />
      {help && <span id={id}>{help}</span>}
    </label>
  );
}
