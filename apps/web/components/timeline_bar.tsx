"use client";
/** Above the timeline: the day that is shown, how much of it, which cameras, and the way to another day. */
import type { TimeRange } from "@rokuga/media/api.ts";
import { mostSpanMs, spanMs } from "../client/view.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../client/zone.ts";
import { ClipButton } from "./clip_button.tsx";
import { GoTo } from "./go_to.tsx";
import { Icon, IconButton } from "./icons.tsx";
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

const nameOf = (view: TimeRange) =>
  SPANS.find(([, span]) => Math.abs(spanMs(view) / span - 1) < 0.02)?.[0] ?? null;

export function TimelineBar() {
  const { session, text } = useSession();
  const { t, formats } = text;
  const following = useStore(session.view, (state) => state.following);
  // Panning changes the view with each frame; the words of it change now and then.
  const days = useStore(session.view, ({ view }) => formats.days(view));
  const shown = useStore(session.view, ({ view }) => nameOf(view));
  const hasMonths = useStore(session.cameras, ({ cameras }) => {
    const firsts = (cameras ?? []).flatMap(({ firstMs }) => (firstMs === null ? [] : [firstMs]));
    return firsts.length > 0 && session.clock.nowMs() - Math.min(...firsts) > 31 * DAY_MS;
  });
  const zoom = (factor: number) => session.view.setSpan(spanMs(session.view.getState().view) * factor);
  const showAll = () => {
    const { cameras } = session.cameras.getState();
    const firstMs = Math.min(...(cameras ?? []).flatMap((camera) => camera.firstMs ?? []));
    session.view.setSpan(mostSpanMs({ firstMs, nowMs: session.clock.nowMs() }));
  };
  return (
    <div className={styles.bar} data-following={following}>
      <GoTo label={days} />
      {!following && (
        <button
          type="button"
          className={`button ${styles.back}`}
          aria-label={t("toPlayhead")}
          onClick={() => session.view.toPlayhead()}
        >
          <Icon name="target" />
          <span>{t("toPlayhead")}</span>
        </button>
      )}
      <AllCameras />
      <ClipButton />
      <fieldset className={styles.spans} aria-label={t("range")}>
        {SPANS.map(([name, span]) => (
          <button
            key={name}
            type="button"
            className={styles.span}
            aria-pressed={name === shown}
            onClick={() => session.view.setSpan(span)}
          >
            {t(`spans.${name}`)}
          </button>
        ))}
        {hasMonths && (
          <button type="button" className={styles.span} onClick={showAll}>
            {t("spans.all")}
          </button>
        )}
      </fieldset>
      <div className={styles.zoom}>
        <IconButton icon="minus" label={t("zoomOut")} onClick={() => zoom(ZOOM)} />
        <IconButton icon="plus" label={t("zoomIn")} onClick={() => zoom(1 / ZOOM)} />
      </div>
    </div>
  );
}

/** Whether each camera has its line. Of a single one there is nothing to choose. */
function AllCameras() {
  const { session, text } = useSession();
  const all = useStore(session.lanes, (state) => state.all);
  const several = useStore(session.cameras, ({ cameras }) => (cameras?.length ?? 0) > 1);
  if (!several) return null;
  return (
    <button
      type="button"
      className={`${styles.span} ${styles.all}`}
      aria-pressed={all}
      onClick={() => session.lanes.set({ all: !all })}
    >
      {text.t("allCameras")}
    </button>
  );
}
