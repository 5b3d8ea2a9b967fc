/** What is said of a link, a download and a kept range in their lists. Pure. */
import type { ExportView } from "@rokuga/media/clip_api.ts";
import type { LockView } from "@rokuga/media/lock_api.ts";
import type { ShareView } from "@rokuga/media/share_api.ts";
import type { Text } from "../client/text.ts";

type FactOptions = { nowMs: number; text: Text };

/** How it stands first, then what else is known. */
export function shareFacts(share: ShareView, { nowMs, text }: FactOptions) {
  const { t, formats } = text;
  const at = (ms: number) => formats.moment(ms, nowMs);
  const { state, revokedMs, expiresMs, opened, openedMs } = share;
  const states = {
    open: t("outputs.expires", { moment: at(expiresMs) }),
    expired: t("outputs.expired", { moment: at(expiresMs) }),
    revoked: t("outputs.revoked", { moment: at(revokedMs ?? nowMs) }),
  };
  return [
    states[state],
    share.note,
    openedMs === null
      ? t("outputs.openedNever")
      : t("outputs.opened", { count: t("outputs.times", { count: opened }), moment: at(openedMs) }),
    share.password ? t("outputs.withPassword") : null,
    share.download ? t("outputs.withDownload") : null,
    t("outputs.made", { moment: at(share.sharedMs) }),
    byText(share.by, text),
  ];
}

export function exportFacts(one: ExportView, { nowMs, text }: FactOptions) {
  const { t, formats } = text;
  return [
    t("outputs.downloaded", { moment: formats.moment(one.exportedMs, nowMs) }),
    one.bytes === null ? null : formats.bytes(one.bytes),
    byText(one.by, text),
    one.shareId === null ? null : t("outputs.byLink"),
  ];
}

/** Of who is not here any more the name is not known. */
function byText(by: string | null, { t }: Text): string | null {
  if (by === null) return null;
  return /^(person|token)\//.test(by) ? t("outputs.byGone") : t("outputs.by", { person: by });
}

export function lockFacts(lock: LockView, { nowMs, text: { t, formats } }: FactOptions) {
  const until =
    lock.untilMs === null
      ? t("lock.noEnd")
      : t("lock.endsAt", { moment: formats.moment(lock.untilMs, nowMs) });
  return [lock.reason, lock.inForce ? until : t("lock.ended")];
}
