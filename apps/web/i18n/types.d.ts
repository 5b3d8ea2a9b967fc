/** What messages there are, and with which arguments: checked where they are used. */
import type { Messages as AppMessages } from "../messages/messages.ts";
import type { Language } from "./language.ts";

declare module "next-intl" {
  interface AppConfig {
    Locale: Language;
    Messages: AppMessages;
  }
}
