/** Every message can be said in every language, with the arguments that the English one has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTranslator } from "next-intl";
import type { Language } from "../i18n/language.ts";
import { MESSAGES, type Messages } from "./messages.ts";

type Tree = { [key: string]: string | Tree };

const flat = (tree: Tree, path: readonly string[] = []): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[[...path, key].join("."), value] as [string, string]]
      : flat(value, [...path, key]),
  );

const argumentsOf = (message: string) =>
  new Set(Array.from(message.matchAll(/\{(\w+)(?=[,}])/g), ([, name]) => name!));

test("each language says the same with the same arguments", () => {
  const english = new Map(flat(MESSAGES.en));
  for (const [locale, messages] of Object.entries(MESSAGES) as [Language, Messages][]) {
    const texts = new Map(flat(messages));
    assert.deepEqual([...texts.keys()].sort(), [...english.keys()].sort(), locale);
    const onError = (error: Error) => {
      throw error;
    };
    const say = createTranslator({ locale, messages: messages as Tree, onError }) as (
      key: string,
      values: object,
    ) => string;
    for (const [key, text] of texts) {
      const names = argumentsOf(english.get(key)!);
      assert.ok(
        [...argumentsOf(text)].every((name) => names.has(name)),
        `${locale} ${key}: ${text}`,
      );
      const said = say(key, Object.fromEntries([...names].map((name) => [name, 2])));
      assert.ok(said.length > 0 && !/[{}]/.test(said), `${locale} ${key}: ${said}`);
    }
  }
});
