"use client";
/**
 * The wall-clock time of the picture on the screen. While another picture loads, its time is shown faint;
 * `data-ms` holds only what is really on the screen.
 */
import { playheadMs } from "../client/player_state.ts";
import { useSession, useStore } from "./session_context.tsx";

export function ShownTime() {
  const { session, text } = useSession();
  const { formats, t } = text;
  const shownMs = useStore(session.player, (state) => state.shownMs);
  const ms = useStore(session.player, playheadMs);
  return (
    <time
      className="grid min-w-34 text-end leading-[1.2] data-[pending=true]:text-muted max-md:text-start"
      data-testid="playhead-time"
      data-ms={shownMs ?? undefined}
      data-pending={shownMs === null}
      dateTime={ms === null ? undefined : new Date(ms).toISOString()}
      title={`${t("shownTime")} (${formats.zone})`}
    >
      <span className="font-semibold text-[1.25rem] tabular-nums">
        {ms === null ? "--:--:--" : formats.time(ms)}
      </span>
      <span className="min-h-[1.2em] text-muted text-small tabular-nums">
        {ms === null ? "" : formats.date(ms)}
      </span>
    </time>
  );
}
