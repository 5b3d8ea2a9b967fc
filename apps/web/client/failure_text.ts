/** Why something that was asked for did not come, in a sentence for the viewer. */
import type { Failure } from "./http.ts";
import type { PlaybackFailure } from "./playback.ts";
import type { Translator } from "./text.ts";

/** The server's own sentence where it gave one: it knows more. */
export function failureText(failure: Failure | PlaybackFailure, t: Translator): string {
  switch (failure.kind) {
    case "timeout":
      return t("failures.timeout");
    case "unreadable":
      return t("failures.unreadable");
    case "problem":
      return failure.detail ?? statusText(failure.status, t);
    case "network":
      return "what" in failure ? loadingText(failure, t) : t("failures.network");
    case "media":
    case "codec":
    case "outside":
      return t("failures.media");
    default:
      return failure satisfies never;
  }
}

function loadingText(
  { what, status, timedOut }: Extract<PlaybackFailure, { kind: "network" }>,
  t: Translator,
): string {
  const expired = what === "video" && (status === 401 || status === 403 || status === 410);
  const reason = expired ? t("failures.expired") : status !== null ? statusText(status, t) : undefined;
  const cause = reason ?? (timedOut ? t("failures.timeout") : t("failures.network"));
  return what === "video" ? `${t("failures.video")} ${cause}` : cause;
}

const statusText = (status: number, t: Translator) => t("failures.status", { status: String(status) });
