"use client";
/** The viewer's language and words, for the pages beside the player: known in the browser only, so not at first. */
import { useEffect, useMemo, useState } from "react";
import { createFormats, type Formats } from "../client/formats.ts";
import { type PeopleWords, peopleEn } from "../client/people_words_en.ts";
import { peopleJa } from "../client/people_words_ja.ts";
import { browserLanguage, type Language, readSettings } from "../client/settings.ts";

export type PeopleText = { language: Language; words: PeopleWords; formats: Formats };

/** Null until the browser has said which language. Sets the document's, and its title. */
export function usePeopleText(title: (words: PeopleWords) => string): PeopleText | null {
  const [language, setLanguage] = useState<Language | null>(null);
  useEffect(
    () =>
      setLanguage(readSettings(() => window.localStorage).language ?? browserLanguage(navigator.languages)),
    [],
  );
  const text = useMemo(() => {
    if (language === null) return null;
    const words = language === "ja" ? peopleJa : peopleEn;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return { language, words, formats: createFormats(language, zone) };
  }, [language]);
  useEffect(() => {
    if (!text) return;
    document.documentElement.lang = text.language;
    document.title = `${title(text.words)} – Rokuga`;
  }, [text, title]);
  return text;
}
