"use client";
/**
 * What is under the mouse on the timeline: its picture, its time, for a gap its cause and how long it lasts, and what is
 * marked there. It follows the mouse and so is written into the page directly, once a frame; React draws only the frame.
 */
import { useEffect, useRef } from "react";
import { useSession } from "./session_context.tsx";
import { type HintParts, showHint } from "./timeline_hint.ts";

export function TimelineTooltip() {
  const { session, text } = useSession();
  const root = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const time = useRef<HTMLSpanElement>(null);
  const lines = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const parts = { root: root.current, canvas: canvas.current, time: time.current, lines: lines.current };
    if (Object.values(parts).some((part) => part === null)) return;
    const ending = new AbortController();
    showHint(parts as HintParts, { session, text, signal: ending.signal });
    return () => ending.abort();
  }, [session, text]);
  return (
    <div
      ref={root}
      className="pointer-events-none absolute bottom-[calc(100%+0.25rem)] z-2 grid w-max max-w-58 gap-0.5 rounded-control border border-line bg-raised px-3 py-2 text-control shadow-[0_4px_16px_#0003]"
      data-testid="timeline-tooltip"
      aria-hidden="true"
      hidden
    >
      <canvas
        ref={canvas}
        className="mb-1 block h-auto w-52 rounded-[3px]"
        data-testid="timeline-preview"
        hidden
      />
      <span ref={time} className="font-semibold tabular-nums" />
      <span ref={lines} className="whitespace-pre-line text-muted tabular-nums empty:hidden" />
    </div>
  );
}
