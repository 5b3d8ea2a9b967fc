"use client";
/**
 * The wall-clock time of the picture on the screen. While another picture loads, its time is shown faint;
 * `data-ms` holds only what is really on the screen.
 */
import { playheadMs } from "../client/player_state.ts";
import { useSession, useStore } from "./session_context.tsx";
import styles from "./shown_time.module.css";

export function ShownTime() {
  const { session, text } = useSession();
  const { formats, t } = text;
  const shownMs = useStore(session.player, (state) => state.shownMs);
  const ms = useStore(session.player, playheadMs);
  return (
    <time
      className={styles.time}
      data-testid="playhead-time"
      data-ms={shownMs ?? undefined}
      data-pending={shownMs === null}
      dateTime={ms === null ? undefined : new Date(ms).toISOString()}
      title={`${t("shownTime")} (${formats.zone})`}
    >
      <span className={styles.clock}>{ms === null ? "--:--:--" : formats.time(ms)}</span>
      <span className={styles.date}>{ms === null ? "" : formats.date(ms)}</span>
    </time>
  );
}
