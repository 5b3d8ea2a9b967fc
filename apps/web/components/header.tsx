"use client";
/** The bar at the top: the name and the choice of language. */
import { Language } from "../client/settings.ts";
import { createText } from "../client/text.ts";
import styles from "./header.module.css";
import { useSession } from "./session_context.tsx";

type HeaderProps = { language: Language; onLanguage: (language: Language) => void };

export function Header({ language, onLanguage }: HeaderProps) {
  const { words } = useSession().text;
  return (
    <header className={styles.header}>
      <h1 className={styles.name}>
        <svg className={styles.mark} viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" strokeWidth="2" />
          <circle className={styles.dot} cx="12" cy="12" r="5" />
        </svg>
        Rokuga <span lang="ja">録画</span>
      </h1>
      <a className={styles.people} href="/people">
        {words.people}
      </a>
      <fieldset className={styles.languages}>
        <legend className="visually-hidden">{words.switchLanguage}</legend>
        {Language.options.map((option) => (
          <label key={option} lang={option} className={styles.language}>
            <input
              type="radio"
              name="language"
              className="visually-hidden"
              checked={option === language}
              onChange={() => onLanguage(option)}
            />
            <span>{createText(option, "UTC").words.languageName}</span>
          </label>
        ))}
      </fieldset>
    </header>
  );
}
