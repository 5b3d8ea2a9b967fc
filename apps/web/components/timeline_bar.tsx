"use client";
/** Above the timeline: the day that is shown, how much of it, and the way to another day. */
import { spanMs } from "../client/view.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../client/zone.ts";
import { ClipButton } from "./clip_button.tsx";
import { GoTo } from "./go_to.tsx";
import { IconButton } from "./icons.tsx";
import { useSession, useStore } from "./session_context.tsx";
import styles from "./timeline_bar.module.css";

const SPANS = [
  ["minute", MINUTE_MS],
  ["tenMinutes", 10 * MINUTE_MS],
  ["hour", HOUR_MS],
  ["sixHours", 6 * HOUR_MS],
  ["day", DAY_MS],
  ["week", 7 * DAY_MS],
  ["month", 31 * DAY_MS],
] as const;

const ZOOM = 2;

export function TimelineBar() {
  const { session, text } = useSession();
  const { words, formats } = text;
  const view = useStore(session.view, (state) => state.view);
  const following = useStore(session.view, (state) => state.following);
  const first = formats.date(view.startMs);
  const last = formats.date(view.endMs - 1);
  const zoom = (factor: number) => session.view.setSpan(spanMs(session.view.getState().view) * factor);
  return (
    <div className={styles.bar}>
      <GoTo label={first === last ? first : `${first} – ${last}`} />
      {!following && (
        <button type="button" className="button" onClick={() => session.view.toPlayhead()}>
          {words.toPlayhead}
        </button>
      )}
      <ClipButton />
      <fieldset className={styles.spans} aria-label={words.range}>
        {SPANS.map(([name, span]) => (
          <button
            key={name}
            type="button"
            className={styles.span}
            aria-pressed={Math.abs(spanMs(view) / span - 1) < 0.02}
            onClick={() => session.view.setSpan(span)}
          >
            {words.spans[name]}
          </button>
        ))}
      </fieldset>
      <div className={styles.zoom}>
        <IconButton icon="minus" label={words.zoomOut} onClick={() => zoom(ZOOM)} />
        <IconButton icon="plus" label={words.zoomIn} onClick={() => zoom(1 / ZOOM)} />
      </div>
    </div>
  );
}
