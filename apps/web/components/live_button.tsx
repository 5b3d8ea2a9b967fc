"use client";
/** Says whether the picture is live and how far it is behind, and goes to live. */
import { useSession, useStore } from "./session_context.tsx";

export function LiveButton() {
  const { session, text } = useSession();
  const { t, formats } = text;
  const live = useStore(session.player, (state) => state.atLive && !state.paused);
  const shownMs = useStore(session.player, (state) => state.shownMs);
  const nowMs = useStore(session.time, (state) => state.nowMs);
  const behind = shownMs === null ? null : t("behind", { delay: formats.duration(nowMs - shownMs) });
  return (
    <button
      type="button"
      className="group grid min-w-32 cursor-pointer justify-items-start rounded-control px-2 py-1 text-start leading-[1.2] hover:bg-hover coarse:min-h-10.5"
      data-testid="live-button"
      data-live={live}
      aria-pressed={live}
      title={t("goLive")}
      onClick={() => session.goLive()}
    >
      <span className="flex items-center gap-[0.4rem] font-bold text-control text-muted group-data-[live=true]:text-live-text">
        <span className="size-2.25 rounded-full shadow-[inset_0_0_0_2px_currentcolor] group-data-[live=true]:bg-current" />
        {t("live")}
      </span>
      <span className="min-h-[1.2em] text-muted text-small tabular-nums">{behind ?? t("goLive")}</span>
    </button>
  );
}
