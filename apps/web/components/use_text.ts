"use client";
/** The viewer's language and formats, for components. */
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useMemo } from "react";
import { createFormats } from "../client/formats.ts";
import type { Text } from "../client/text.ts";
import { browserZone } from "../client/zone.ts";

/** What says things in the viewer's language, with times in `zone`. */
export function useText(zone: string): Text {
  const language = useLocale();
  const t = useTranslations();
  return useMemo(() => ({ language, t, formats: createFormats(language, zone) }), [language, t, zone]);
}

type PageTitle = "people.signIn" | "people.join" | "people.reset" | "people.people";

/** The text of a page beside the player, which reads times in the browser's own zone. Sets the document's title. */
export function usePageText(title: PageTitle): Text {
  const text = useText(browserZone());
  const name = text.t(title);
  useEffect(() => {
    document.title = `${name} – Rokuga`;
  }, [name]);
  return text;
}
