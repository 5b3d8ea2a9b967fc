"use client";
/** Changing one's own password. */
import { type FormEvent, useState } from "react";
import styles from "./people.module.css";
import { usePeople } from "./people_context.tsx";

export function ChangePassword() {
  const { t, act } = usePeople();
  const [isDone, setDone] = useState(false);
  const change = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const body = Object.fromEntries(new FormData(form));
    const sent = await act("/api/password", { method: "POST", body });
    setDone(sent.ok);
    if (sent.ok) form.reset();
  };
  return (
    <details>
      <summary className={styles.small}>{t("people.changePassword")}</summary>
      <form className={styles.form} onSubmit={change}>
        <label htmlFor="current-password">{t("people.currentPassword")}</label>
        <input
          id="current-password"
          className={styles.input}
          name="current"
          type="password"
          autoComplete="current-password"
          required
        />
        <label htmlFor="new-password">{t("people.newPassword")}</label>
        <input
          id="new-password"
          className={styles.input}
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={10}
          maxLength={128}
          required
        />
        <button className={`button ${styles.own}`} type="submit">
          {t("people.changePassword")}
        </button>
      </form>
      {isDone && (
        <p className={styles.note} role="status">
          {t("people.passwordChanged")}
        </p>
      )}
    </details>
  );
}
