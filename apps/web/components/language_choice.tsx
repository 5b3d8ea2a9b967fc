"use client";
/** The choice of language. */
import { Language } from "../client/settings.ts";
import { createText } from "../client/text.ts";
import styles from "./language_choice.module.css";

type LanguageChoiceProps = { language: Language; onLanguage: (language: Language) => void; label: string };

export function LanguageChoice({ language, onLanguage, label }: LanguageChoiceProps) {
  return (
    <fieldset className={styles.languages}>
      <legend className="visually-hidden">{label}</legend>
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
  );
}
