"use client";
/**
 * Under the timeline: what is missing in the visible range, how much, and what its hatching looks like; and what the
 * marks on it mean, when there are some.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import { type ComponentProps, useEffect, useMemo, useRef, useState } from "react";
import { missingByCause } from "../client/moments.ts";
import { useSession, useStore } from "./session_context.tsx";
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
    // Of one height, so that the timeline does not move under the pointer when something else is missing.
    <div className="flex h-7 gap-x-4 gap-y-1 overflow-hidden px-3 pt-0.5 pb-2 text-muted text-small max-md:h-auto max-md:min-h-7 max-md:flex-wrap max-md:px-2">
      {stale && <p className="flex-none text-warn-text">{t("timelineStale")}</p>}
      <ul className="flex min-w-0 gap-x-4 gap-y-1 max-md:flex-wrap" aria-label={t("missing")}>
        {missing
          .filter(({ totalMs }) => totalMs >= LEAST_MS)
          .map(({ cause, totalMs }) => (
            <Item key={cause} title={t(`causeDetails.${cause}`)}>
              <Swatch cause={cause} />
              {/* Where there is no room for all, each is shortened rather than the last ones left out. */}
              <span className="truncate">{t(`causes.${cause}`)}</span>
              <span className="flex-none text-text tabular-nums">{formats.duration(totalMs)}</span>
            </Item>
          ))}
        {locks.some(inView) && <Mark path={PADLOCK} label={t("locked")} />}
        {exports.some(inView) && <Mark path={ARROW} label={t("exported")} />}
      </ul>
    </div>
  );
}

function Item(props: ComponentProps<"li">) {
  return <li className="flex min-w-0 items-center gap-1.5 whitespace-nowrap" {...props} />;
}

function Mark({ path, label }: { path: string; label: string }) {
  return (
    <Item>
      <svg className="h-3.25 w-3 flex-none text-text" viewBox="0 0 10 11" aria-hidden="true">
        <path d={path} fill="currentColor" fillRule="evenodd" />
      </svg>
      {label}
    </Item>
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
  return <span ref={element} className="h-3 w-5 flex-none rounded-[2px]" style={style} aria-hidden="true" />;
}
