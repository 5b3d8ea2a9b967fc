"use client";
/**
 * The timeline: a canvas that is drawn again when something changes, with a slider's role and keys. What it shows
 * is in `data-start-ms` and `data-end-ms`, set together with each drawing.
 */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { playheadMs } from "../client/player_state.ts";
import type { Session } from "../client/session.ts";
import type { Text } from "../client/text.ts";
import { msAt, spanMs } from "../client/view.ts";
import { MINUTE_MS, SECOND_MS } from "../client/zone.ts";
import { ClipHandles } from "./clip_handles.tsx";
import { STEP_MS } from "./keys.ts";
import { momentText } from "./moment_text.ts";
import { useSession, useStore } from "./session_context.tsx";
import { TimelineBar } from "./timeline_bar.tsx";
import { TimelineLanes, useLanes } from "./timeline_lanes.tsx";
import { layoutOf } from "./timeline_layout.ts";
import { TimelineLegend } from "./timeline_legend.tsx";
import { paintTimeline } from "./timeline_painter.ts";
import { TimelineTooltip } from "./timeline_tooltip.tsx";

export function Timeline() {
  const { session, text } = useSession();
  const lanes = useLanes();
  const { heightPx } = layoutOf(lanes.length);
  return (
    <section
      className="border-line border-t pb-[env(safe-area-inset-bottom)]"
      aria-label={text.t("timeline")}
    >
      <TimelineBar />
      <div className="relative">
        {/* Many cameras scroll, over their names: the picture stays the largest thing. */}
        <div className="max-h-[38dvh] overflow-x-hidden overflow-y-auto [scrollbar-width:thin]">
          {/* What is laid over the canvas is placed in here, by `xOf` of the view. */}
          <div className="relative overflow-hidden" style={{ height: heightPx }}>
            <Slider session={session} text={text} />
            <TimelineLanes lanes={lanes} />
            <ClipHandles />
          </div>
        </div>
        <TimelineTooltip />
      </div>
      <TimelineLegend />
    </section>
  );
}

type SliderProps = { session: Session; text: Text };

function Slider({ session, text }: SliderProps) {
  const element = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!element.current || !canvas.current) return;
    const ending = new AbortController();
    const parts = { element: element.current, canvas: canvas.current };
    paintTimeline(parts, { session, text, signal: ending.signal });
    return () => ending.abort();
  }, [session, text]);
  const value = useSliderValue(session, text);
  return (
    <div
      ref={element}
      // Up and down scroll the page; the rest is ours.
      className="h-full cursor-crosshair touch-pan-y select-none overflow-hidden focus-visible:-outline-offset-2 data-[grip=scrub]:cursor-ew-resize"
      data-testid="timeline"
      role="slider"
      tabIndex={0}
      aria-label={text.t("timeline")}
      aria-description={text.t("timelineHelp")}
      aria-orientation="horizontal"
      aria-valuemin={value.firstMs}
      aria-valuemax={value.nowMs}
      aria-valuenow={value.ms}
      aria-valuetext={value.text}
      onKeyDown={(event) => onKey(event, session)}
    >
      <canvas ref={canvas} className="block size-full" />
    </div>
  );
}

/** What a screen reader says of the playhead: follows seeks at once, and playing every quarter of a minute. */
function useSliderValue(session: Session, text: Text) {
  const jumps = useStore(session.player, (state) => state.jumps);
  const ms = useStore(session.player, (state) => {
    const at = playheadMs(state);
    return at === null || state.paused ? at : Math.floor(at / (15 * SECOND_MS)) * 15 * SECOND_MS;
  });
  const firstMs = useStore(session.cameras, ({ cameras }) => {
    const { cameraId } = session.player.getState();
    return cameras?.find((camera) => camera.id === cameraId)?.firstMs ?? undefined;
  });
  const [exact, setExact] = useState<number | null>(null);
  const what = useStore(session.timeline, ({ answer }) =>
    exact === null ? undefined : momentText(answer, exact, text),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a seek within the same quarter minute counts too.
  useEffect(() => setExact(playheadMs(session.player.getState())), [session, jumps, ms]);
  const nowMs = session.clock.nowMs();
  return {
    // Before there is a playhead it is now: a slider has a value.
    ms: exact ?? nowMs,
    // An older player, or a clock that is ahead, must not put the value outside of its limits.
    firstMs: firstMs === undefined ? undefined : Math.min(firstMs, exact ?? firstMs),
    nowMs: Math.max(nowMs, exact ?? nowMs),
    text: exact === null ? text.formats.dateTime(nowMs) : `${text.formats.dateTime(exact)}, ${what}`,
  };
}

/** What the keys do when the timeline has the focus; `middle` is the playhead, or the middle of the view. */
type KeyContext = { session: Session; stepMs: number; middleMs: number };

const seekBy = (ms: number, { session }: KeyContext) => session.player.dispatch({ type: "seek-by", ms });
const page = (pages: number, { session, middleMs }: KeyContext) =>
  session.seekTo(middleMs + pages * spanMs(session.view.getState().view));
const zoom = (factor: number, { session, middleMs }: KeyContext) =>
  session.view.zoom({ factor, atMs: middleMs });
/** Shows the camera above or below, at the moment that is shown. */
const camera = (by: number, { session }: KeyContext) => {
  const ids = (session.cameras.getState().cameras ?? []).map(({ id }) => id);
  const next = ids[ids.indexOf(session.player.getState().cameraId ?? "") + by];
  if (next !== undefined) session.selectCamera(next);
};

const KEYS = new Map<string, (context: KeyContext) => void>([
  ["ArrowLeft", (context) => seekBy(-context.stepMs, context)],
  ["ArrowDown", (context) => seekBy(-context.stepMs, context)],
  ["ArrowRight", (context) => seekBy(context.stepMs, context)],
  ["ArrowUp", (context) => seekBy(context.stepMs, context)],
  ["PageUp", (context) => page(1, context)],
  ["PageDown", (context) => page(-1, context)],
  ["Home", ({ session }) => session.seekToFirst()],
  ["End", ({ session }) => session.goLive()],
  ["Enter", ({ session }) => session.view.toPlayhead()],
  ["Escape", ({ session }) => session.scrubber.cancel()],
  ["+", (context) => zoom(1 / 2, context)],
  ["=", (context) => zoom(1 / 2, context)],
  ["-", (context) => zoom(2, context)],
  ["{", (context) => camera(-1, context)],
  ["}", (context) => camera(1, context)],
]);

function onKey(event: KeyboardEvent, session: Session): void {
  const act = KEYS.get(event.key);
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  const { view } = session.view.getState();
  const ms = playheadMs(session.player.getState());
  const inSight = ms !== null && ms >= view.startMs && ms < view.endMs;
  const middleMs = inSight || (ms !== null && event.key.startsWith("Page")) ? ms! : msAt(view, 0.5);
  event.preventDefault();
  act({ session, middleMs, stepMs: event.shiftKey ? MINUTE_MS : STEP_MS });
}
