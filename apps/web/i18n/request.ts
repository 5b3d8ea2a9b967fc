/** The language of a request and what is said in it, for next-intl. */
import { cookies, headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import { MESSAGES } from "../messages/messages.ts";
import { LANGUAGE_COOKIE, languageFor } from "./language.ts";

export default getRequestConfig(async () => {
  const chosen = (await cookies()).get(LANGUAGE_COOKIE)?.value;
  const accepted = (await headers()).get("accept-language");
  const locale = languageFor({ ...(chosen !== undefined && { chosen }), accepted });
  // Moments come into messages as text, formatted in the zone that is chosen on the page (client/formats.ts).
  return { locale, messages: MESSAGES[locale], timeZone: "UTC" };
});
