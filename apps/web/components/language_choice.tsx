"use client";
/** The choice of language. */
import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { LANGUAGE_COOKIE, LANGUAGE_NAMES, Language } from "../i18n/language.ts";

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
    <fieldset className="flex gap-0.5 rounded-control border border-line p-0.5">
      <legend className="sr-only">{t("switchLanguage")}</legend>
      {Language.options.map((option) => (
        <label key={option} lang={option}>
          <input
            type="radio"
            name="language"
            className="peer sr-only"
            checked={option === language}
            onChange={() => choose(option)}
          />
          <span className="block cursor-pointer whitespace-nowrap rounded-[calc(var(--radius)-2px)] px-[0.6rem] py-[0.2rem] text-control text-muted peer-checked:bg-raised peer-checked:text-text peer-focus-visible:outline-2 peer-focus-visible:outline-focus peer-focus-visible:outline-offset-1">
            {LANGUAGE_NAMES[option]}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
