/** Why something that was asked for did not come, in a sentence for the viewer. */
import type { Failure } from "./http.ts";
import type { Translator } from "./text.ts";

/** The server's own sentence where it gave one: it knows more. */
export function failureText(failure: Failure, t: Translator): string {
  switch (failure.kind) {
    case "timeout":
      return t("failures.timeout");
    case "network":
      return t("failures.network");
    case "unreadable":
      return t("failures.unreadable");
    case "problem":
      return failure.detail ?? t("failures.status", { status: String(failure.status) });
    default:
      return failure satisfies never;
  }
}
