"use client";
/**
 * Under the timeline: what is missing in the visible range, how much, and what its hatching looks like; and what the
 * marks on it mean, when there are some.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/events.ts";
import { useEffect, useMemo, useRef, useState } from "react";
import { missingByCause } from "../client/moments.ts";
import { useSession, useStore } from "./session_context.tsx";
import styles from "./timeline_legend.module.css";
import { ARROW, PADLOCK } from "./timeline_mark_drawing.ts";
import { hatchUrl } from "./timeline_theme.ts";
import { useSettled } from "./use_settled.ts";

/** Less than a second is the rest of a segment, not something that is missing. */
const LEAST_MS = 1_000;

export function TimelineLegend() {
  const { session, text } = useSession();
  const { t, formats } = text;
  const answer = useStore(session.timeline, (state) => state.answer);
  const stale = useStore(session.timeline, (state) => state.failure !== null);
  const { view } = useSettled(session.view);
  const { locks, exports } = useStore(session.marks, (state) => state);
  const missing = useMemo(() => missingByCause(answer, view), [answer, view]);
  const inView = ({ startMs, endMs }: TimeRange) => startMs < view.endMs && endMs > view.startMs;
  return (
    <div className={styles.legend}>
      {stale && <p className={styles.stale}>{t("timelineStale")}</p>}
      <ul className={styles.causes} aria-label={t("missing")}>
        {missing
          .filter(({ totalMs }) => totalMs >= LEAST_MS)
          .map(({ cause, totalMs }) => (
            <li key={cause} className={styles.cause} title={t(`causeDetails.${cause}`)}>
              <Swatch cause={cause} />
              {t(`causes.${cause}`)} <span className={styles.total}>{formats.duration(totalMs)}</span>
            </li>
          ))}
        {locks.some(inView) && <Mark path={PADLOCK} label={t("locked")} />}
        {exports.some(inView) && <Mark path={ARROW} label={t("exported")} />}
      </ul>
    </div>
  );
}

function Mark({ path, label }: { path: string; label: string }) {
  return (
    <li className={styles.cause}>
      <svg className={styles.mark} viewBox="0 0 10 11" aria-hidden="true">
        <path d={path} fill="currentColor" fillRule="evenodd" />
      </svg>
      {label}
    </li>
  );
}

function Swatch({ cause }: { cause: GapCause }) {
  const element = useRef<HTMLSpanElement>(null);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const update = () => element.current && setUrl(hatchUrl(cause, element.current));
    update();
    scheme.addEventListener("change", update);
    return () => scheme.removeEventListener("change", update);
  }, [cause]);
  const style = url === null ? undefined : { backgroundImage: `url(${url})` };
  return <span ref={element} className={styles.swatch} style={style} aria-hidden="true" />;
}
