"use client";
/** Says whether the picture is live and how far it is behind, and goes to live. */
import styles from "./live_button.module.css";
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
      className={styles.live}
      data-testid="live-button"
      data-live={live}
      aria-pressed={live}
      title={t("goLive")}
      onClick={() => session.goLive()}
    >
      <span className={styles.word}>
        <span className={styles.dot} />
        {t("live")}
      </span>
      <span className={styles.delay}>{behind ?? t("goLive")}</span>
    </button>
  );
}
