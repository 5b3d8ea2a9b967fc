"use client";
/** Becoming a person by a one-time link. Its secret stands behind `#` in the address, which no server is told. */
import { JoinView } from "@rokuga/media/people_api.ts";
import { type FormEvent, useEffect, useState } from "react";
import { grantText } from "../client/grant_words.ts";
import { send } from "../client/send.ts";
import styles from "./door.module.css";
import { Door, Field } from "./door.tsx";
import { usePageText } from "./use_text.ts";

type Link = { secret: string } & ({ view: JoinView } | { problem: string | null });

export function Join() {
  const text = usePageText("people.join");
  const [link, setLink] = useState<Link | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    // Another link, opened on this very page, would change nothing but the address.
    const reload = () => window.location.reload();
    window.addEventListener("hashchange", reload);
    return () => window.removeEventListener("hashchange", reload);
  }, []);
  useEffect(() => {
    const secret = window.location.hash.slice(1);
    void send("/api/join/check", { method: "POST", body: { link: secret }, schema: JoinView }).then(
      (sent) => {
        const problem = !sent.ok && sent.failure.kind === "problem" ? sent.failure.detail : null;
        setLink({ secret, ...(sent.ok ? { view: sent.value } : { problem }) });
      },
    );
  }, []);
  const { t } = text;

  if (!link) return <Door title={t("people.join")}>{t("people.checkingLink")}</Door>;
  if (!("view" in link)) {
    return (
      <Door title={t("people.join")}>
        <p className={styles.error} role="alert">
          {link.problem ?? t("people.failed")}
        </p>
        <a href="/sign-in">{t("people.toSignIn")}</a>
      </Door>
    );
  }
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    setError(null);
    const sent = await send("/api/join", { method: "POST", body: { ...given, link: link.secret } });
    if (sent.ok) return window.location.replace("/");
    setError((sent.failure.kind === "problem" && sent.failure.detail) || t("people.failed"));
    setBusy(false);
  };
  const roles = link.view.grants.map((grant) => grantText(grant, t)).join(", ");
  return (
    <Door title={t("people.join")}>
      <p className={styles.note}>
        {t("people.joinAs", { roles })} {t("people.joinHelp")}
      </p>
      <form className={styles.form} onSubmit={submit}>
        <Field label={t("people.name")} name="name" autoComplete="name" maxLength={100} autoFocus />
        <Field label={t("people.email")} name="email" type="email" autoComplete="username" />
        <Field
          label={t("people.password")}
          help={t("people.passwordHelp")}
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={10}
          maxLength={128}
        />
        {error && (
          <p className={styles.error} role="alert">
            {error}
          </p>
        )}
        <button className={`button button-primary ${styles.wide}`} type="submit" disabled={isBusy}>
          {isBusy ? t("people.joining") : t("people.joinNow")}
        </button>
      </form>
    </Door>
  );
}
