"use client";
/** The page of a share: the picture, when it was taken, what is missing, and the file where it may be had. */
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { failureText } from "../client/failure_text.ts";
import { browserLanguage, type Language, readSettings, writeSettings } from "../client/settings.ts";
import { createShared, type Shared, type SharedState, sharedUrl } from "../client/shared.ts";
import { createText, type Text } from "../client/text.ts";
import forms from "./form.module.css";
import { LanguageChoice } from "./language_choice.tsx";
import { useStore } from "./session_context.tsx";
import styles from "./shared_page.module.css";
import { SharedVideo } from "./shared_video.tsx";

const storage = () => window.localStorage;

export function SharedPage({ id }: { id: string }) {
  const [shared, setShared] = useState<Shared | null>(null);
  const [language, setLanguage] = useState<Language>("en");
  useEffect(() => {
    const created = createShared(id, window.location.hash.slice(1));
    setLanguage(readSettings(storage).language ?? browserLanguage(navigator.languages));
    setShared(created);
    return () => created[Symbol.dispose]();
  }, [id]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const text = useMemo(
    () => createText(language, Intl.DateTimeFormat().resolvedOptions().timeZone),
    [language],
  );
  const choose = (chosen: Language) => {
    setLanguage(chosen);
    writeSettings(storage, { language: chosen });
  };
  if (!shared) return <div className={styles.page} aria-busy="true" />;
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1 className={styles.name}>
          Rokuga <span lang="ja">録画</span>
        </h1>
        <LanguageChoice language={language} onLanguage={choose} label={text.words.switchLanguage} />
      </header>
      <main className={styles.main}>
        <Content id={id} shared={shared} text={text} />
      </main>
    </div>
  );
}

type ContentProps = { id: string; shared: Shared; text: Text };

function Content({ id, shared, text }: ContentProps) {
  const { words } = text;
  const state = useStore(shared, (store) => store.state);
  useEffect(() => {
    document.title = state.kind === "open" ? words.shared.title(state.view.camera) : "Rokuga";
  }, [state, words]);
  switch (state.kind) {
    case "opening":
      return <p className={styles.message}>{words.shared.opening}</p>;
    case "password":
      return <PasswordForm state={state} text={text} onOpen={shared.open} />;
    case "open":
      return <SharedVideo view={state.view} url={sharedUrl(id)} text={text} onRefused={shared.check} />;
    case "ended":
      return (
        <p className={styles.message} role="alert" data-testid="shared-ended">
          {words.shared[state.end]}
        </p>
      );
    case "failed":
      return (
        <p className={styles.message} role="alert">
          {failureText(state.failure, words)} {words.againNow}
        </p>
      );
    default:
      return state satisfies never;
  }
}

type PasswordProps = {
  state: Extract<SharedState, { kind: "password" }>;
  text: Text;
  onOpen: (password: string) => void;
};

function PasswordForm({ state, text: { words }, onOpen }: PasswordProps) {
  const open = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onOpen(String(new FormData(event.currentTarget).get("password") ?? ""));
  };
  const problems = {
    wrong: words.shared.passwordWrong,
    "too-often": words.shared.tooOften,
    unanswered: words.failures.network,
  };
  return (
    <form className={styles.password} onSubmit={open}>
      <h2 className={styles.heading}>{words.shared.heading}</h2>
      <p className={forms.what}>{words.shared.passwordNeeded}</p>
      <label className={forms.row}>
        <span className={forms.label}>{words.shared.password}</span>
        <input
          name="password"
          type="password"
          className={forms.field}
          required
          autoComplete="off"
          aria-invalid={state.problem === "wrong"}
        />
      </label>
      {state.problem && (
        <p className={forms.problem} role="alert">
          {problems[state.problem]}
        </p>
      )}
      <button type="submit" className="button button-primary" disabled={state.busy}>
        {words.shared.open}
      </button>
    </form>
  );
}
