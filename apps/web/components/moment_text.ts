/** What is at a moment of the timeline, in words. */
import type { TimelineAnswer } from "@rokuga/media/api.ts";
import { momentAt } from "../client/moments.ts";
import type { Text } from "../client/text.ts";

export function momentText(answer: TimelineAnswer | null, ms: number, { words }: Text): string {
  const moment = momentAt(answer, ms);
  switch (moment.kind) {
    case "covered":
      return words.covered;
    case "gap":
      return words.causes[moment.gap.cause];
    case "future":
      return words.future;
    case "before":
      return words.before;
    case "unknown":
      return words.notLoaded;
    default:
      return moment satisfies never;
  }
}
