/** The languages of the page, and which of them a request is answered in. */
import { z } from "zod";

export const Language = z.enum(["en", "ja"]);
export type Language = z.infer<typeof Language>;

/** The cookie that holds a language that was chosen. */
export const LANGUAGE_COOKIE = "rokuga-language";

/**
 * The chosen language; without a choice, the first of the browser's that there is. `accepted`: the header
 * Accept-Language (RFC 9110, 12.5.4), which browsers send in the order of preference.
 */
export function languageFor({ chosen, accepted }: { chosen?: string; accepted?: string | null }): Language {
  const wanted = [chosen ?? "", ...(accepted ?? "").split(",")];
  for (const tag of wanted) {
    const language = Language.safeParse(tag.trim().slice(0, 2).toLowerCase());
    if (language.success) return language.data;
  }
  return "en";
}

/** What each language calls itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", ja: "日本語" };
