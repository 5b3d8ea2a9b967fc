/** What is at a moment of the timeline, in words. */
import type { TimelineAnswer } from "@rokuga/media/api.ts";
import { momentAt } from "../client/moments.ts";
import type { Text } from "../client/text.ts";

export function momentText(answer: TimelineAnswer | null, ms: number, { t }: Text): string {
  const moment = momentAt(answer, ms);
  switch (moment.kind) {
    case "covered":
      return t("covered");
    case "gap":
      return t(`causes.${moment.gap.cause}`);
    case "future":
      return t("future");
    case "before":
      return t("before");
    case "unknown":
      return t("notLoaded");
    default:
      return moment satisfies never;
  }
}
