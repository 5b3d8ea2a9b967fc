/** All that is said, by language. English is the model: what the other languages lack does not compile. */
import { en } from "./en.ts";
import { ja } from "./ja.ts";
import { peopleEn } from "./people_en.ts";
import { peopleJa } from "./people_ja.ts";

/** The same keys, in other words. */
type Translated<T> = { [K in keyof T]: T[K] extends string ? string : Translated<T[K]> };

const english = { ...en, people: peopleEn } as const;
export type Messages = typeof english;

export const MESSAGES = {
  en: english,
  // next-intl takes the arguments of a message from its English text.
  ja: { ...ja, people: peopleJa } satisfies Translated<Messages> as unknown as Messages,
} as const;
