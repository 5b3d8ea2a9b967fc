"use client";
import { useRouter } from "next/navigation";
/** The choice of language. */
import { useLocale, useTranslations } from "next-intl";
import { LANGUAGE_COOKIE, LANGUAGE_NAMES, Language } from "../i18n/language.ts";
import styles from "./language_choice.module.css";

const YEAR_S = 365 * 86_400;

export function LanguageChoice() {
  const language = useLocale();
  const t = useTranslations();
  const router = useRouter();
  const choose = (chosen: Language) => {
    // biome-ignore lint/suspicious/noDocumentCookie: Safari and Firefox before 140 have no CookieStore.
    document.cookie = `${LANGUAGE_COOKIE}=${chosen}; path=/; max-age=${YEAR_S}; samesite=lax`;
    // The server sends the words of the new language; what plays goes on.
    router.refresh();
  };
  return (
    <fieldset className={styles.languages}>
      <legend className="sr-only">{t("switchLanguage")}</legend>
      {Language.options.map((option) => (
        <label key={option} lang={option} className={styles.language}>
          <input
            type="radio"
            name="language"
            className="sr-only"
            checked={option === language}
            onChange={() => choose(option)}
          />
          <span>{LANGUAGE_NAMES[option]}</span>
        </label>
      ))}
    </fieldset>
  );
}
