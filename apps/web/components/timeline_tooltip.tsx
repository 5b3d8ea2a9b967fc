"use client";
/** What is under the pointer on the timeline: its time, and for a gap its cause and how long it lasts. */
import type { TimelineAnswer } from "@rokuga/media/api.ts";
import { type Moment, momentAt } from "../client/moments.ts";
import type { Text } from "../client/text.ts";
import { msAt } from "../client/view.ts";
import { useSession, useStore } from "./session_context.tsx";
import styles from "./timeline_tooltip.module.css";

/** `fraction`: where the pointer is, of the timeline's width. */
export function TimelineTooltip({ fraction }: { fraction: number }) {
  const { session, text } = useSession();
  const view = useStore(session.view, (state) => state.view);
  const answer = useStore(session.timeline, (state) => state.answer);
  const nowMs = useStore(session.time, (state) => state.nowMs);
  const ms = msAt(view, fraction);
  const moment = momentAt(answer, ms);
  // Inside the page at both ends: the further right the pointer, the more of the hint is left of it.
  const percent = `${(fraction * 100).toFixed(3)}%`;
  return (
    <div
      className={styles.tooltip}
      style={{ left: percent, translate: `-${percent}` }}
      data-testid="timeline-tooltip"
      aria-hidden="true"
    >
      <span className={styles.time}>{text.formats.moment(ms, nowMs)}</span>
      {moment.kind !== "covered" && <span className={styles.what}>{momentText(answer, ms, text)}</span>}
      {moment.kind === "gap" && <GapDetails gap={moment.gap} nowMs={nowMs} text={text} />}
    </div>
  );
}

type GapDetailsProps = { gap: Extract<Moment, { kind: "gap" }>["gap"]; nowMs: number; text: Text };

function GapDetails({ gap, nowMs, text: { words, formats } }: GapDetailsProps) {
  return (
    <>
      <span className={styles.range}>
        {formats.range(gap, nowMs)} ({formats.duration(gap.endMs - gap.startMs)})
      </span>
      <span className={styles.details}>{words.causeDetails[gap.cause]}</span>
    </>
  );
}

/** What is at a moment, in words. */
export function momentText(answer: TimelineAnswer | null, ms: number, { words }: Text): string {
  const moment = momentAt(answer, ms);
  switch (moment.kind) {
    case "covered":
      return words.covered;
    case "gap":
      return words.causes[moment.gap.cause];
    case "future":
      return words.future;
    case "before":
      return words.before;
    case "unknown":
      return words.notLoaded;
    default:
      return moment satisfies never;
  }
}
