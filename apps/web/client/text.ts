/** A language's words together with its formats: what is needed to say something to the viewer. */
import { createFormats, type Formats } from "./formats.ts";
import type { Language } from "./settings.ts";
import { en, type Words } from "./words_en.ts";
import { ja } from "./words_ja.ts";

export type Text = { language: Language; words: Words; formats: Formats };

const WORDS: Record<Language, Words> = { en, ja };

/** The text of a language, with times in `zone`. */
export function createText(language: Language, zone: string): Text {
  return { language, words: WORDS[language], formats: createFormats(language, zone) };
}
