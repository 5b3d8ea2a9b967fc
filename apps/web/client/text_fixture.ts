/** The text of a language for tests of what is pure; components have theirs from next-intl. */
import { createTranslator } from "next-intl";
import type { Language } from "../i18n/language.ts";
import { MESSAGES } from "../messages/messages.ts";
import { createFormats } from "./formats.ts";
import type { Text, Translator } from "./text.ts";

/** Throws where a message or one of its arguments is missing. */
export function createText(language: Language, zone: string): Text {
  const onError = (error: Error) => {
    throw error;
  };
  const t: Translator = createTranslator({ locale: language, messages: MESSAGES[language], onError });
  return { language, t, formats: createFormats(language, zone) };
}
