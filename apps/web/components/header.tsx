"use client";
/** The bar at the top: the name and the choice of language. */
import styles from "./header.module.css";
import { LanguageChoice } from "./language_choice.tsx";
import { OutputsButton } from "./outputs_button.tsx";
import { useSession } from "./session_context.tsx";

export function Header() {
  const { t } = useSession().text;
  return (
    <header className={styles.header}>
      <h1 className={styles.name}>
        <svg className={styles.mark} viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" strokeWidth="2" />
          <circle className={styles.dot} cx="12" cy="12" r="5" />
        </svg>
        Rokuga <span lang="ja">録画</span>
      </h1>
      <OutputsButton />
      <a className={styles.people} href="/people">
        {t("peopleLink")}
      </a>
      <LanguageChoice />
    </header>
  );
}
