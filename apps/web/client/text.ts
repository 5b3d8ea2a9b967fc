/** What is needed to say something to the viewer: messages of their language, and its formats. */
import type { useTranslations } from "next-intl";
import type { Language } from "../i18n/language.ts";
import type { Formats } from "./formats.ts";

/** Says the message of a key: `t("offline", { since })`. */
export type Translator = ReturnType<typeof useTranslations<never>>;

export type Text = { language: Language; t: Translator; formats: Formats };
