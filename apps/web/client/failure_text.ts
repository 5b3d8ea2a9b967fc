/** Why something that was asked for did not come, in a sentence for the viewer. */
import type { Failure } from "./http.ts";
import type { Words } from "./words_en.ts";

/** The server's own sentence where it gave one: it knows more. */
export function failureText(failure: Failure, { failures }: Words): string {
  switch (failure.kind) {
    case "timeout":
      return failures.timeout;
    case "network":
      return failures.network;
    case "unreadable":
      return failures.unreadable;
    case "problem":
      return failure.detail ?? failures.status(failure.status);
    default:
      return failure satisfies never;
  }
}
