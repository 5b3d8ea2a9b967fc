"use client";
/**
 * What is under the mouse on the timeline: its picture, its time, for a gap its cause and how long it lasts, and what is
 * marked there. It follows the mouse and so is written into the page directly, once a frame; React draws only the frame.
 */
import { useEffect, useRef } from "react";
import { useSession } from "./session_context.tsx";
import { type HintParts, showHint } from "./timeline_hint.ts";
import styles from "./timeline_tooltip.module.css";

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
    <div ref={root} className={styles.tooltip} data-testid="timeline-tooltip" aria-hidden="true" hidden>
      <canvas ref={canvas} className={styles.picture} data-testid="timeline-preview" hidden />
      <span ref={time} className={styles.time} />
      <span ref={lines} className={styles.lines} />
    </div>
  );
}
