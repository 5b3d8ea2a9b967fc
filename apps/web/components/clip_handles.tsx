"use client";
/**
 * The selection on the timeline: what is outside of it is dimmed, and each end is a slider that is dragged, or moved by
 * keys. They lie over the canvas and move with its view without React: a style is set as often as the view changes.
 */
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import type { Edge } from "../client/selection.ts";
import { fractionOf, msAt } from "../client/view.ts";
import { MINUTE_MS, SECOND_MS } from "../client/zone.ts";
import styles from "./clip_handles.module.css";
import { useSession, useStore } from "./session_context.tsx";

export function ClipHandles() {
  const { session } = useSession();
  const selected = useStore(session.selection, ({ range }) => range !== null);
  return selected ? <Handles /> : null;
}

function Handles() {
  const { session } = useSession();
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = () => {
      const { range } = session.selection.getState();
      if (!element.current || !range) return;
      const { view } = session.view.getState();
      const percent = (ms: number) => `${(fractionOf(view, ms) * 100).toFixed(4)}%`;
      element.current.style.setProperty("--from", percent(range.startMs));
      element.current.style.setProperty("--to", percent(range.endMs));
    };
    const unsubscribe = [session.view.subscribe(place), session.selection.subscribe(place)];
    place();
    return () => {
      for (const stop of unsubscribe) stop();
    };
  }, [session]);
  return (
    <div ref={element} className={styles.handles}>
      <div className={styles.before} />
      <div className={styles.inside} />
      <div className={styles.after} />
      <Handle edge="start" />
      <Handle edge="end" />
    </div>
  );
}

function Handle({ edge }: { edge: Edge }) {
  const { session, text } = useSession();
  const { t, formats } = text;
  const range = useStore(session.selection, (state) => state.range);
  const grip = useGrip(edge);
  if (!range) return null;
  const ms = edge === "start" ? range.startMs : range.endMs;
  const label = t(`clip.${edge}`);
  return (
    <div
      className={styles.handle}
      data-edge={edge}
      data-testid={`clip-${edge}`}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-description={t("clip.help")}
      aria-valuemin={edge === "start" ? undefined : range.startMs}
      aria-valuemax={edge === "start" ? range.endMs : session.clock.nowMs()}
      aria-valuenow={ms}
      aria-valuetext={formats.dateTime(ms)}
      title={`${label}: ${formats.dateTime(ms)}`}
      onKeyDown={(event) => {
        const byMs = stepOf(event);
        if (byMs === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        session.selection.move(edge, ms + byMs);
      }}
      {...grip}
    />
  );
}

/** Drags an end: it stays under the pointer where it was taken. */
function useGrip(edge: Edge) {
  const { session } = useSession();
  /** From where the pointer took it to the end itself, ms. */
  const offset = useRef<number | null>(null);
  const timeAt = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.parentElement!.getBoundingClientRect();
    return msAt(session.view.getState().view, (event.clientX - left) / width);
  };
  const end = () => {
    offset.current = null;
  };
  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      const { range } = session.selection.getState();
      if (event.button !== 0 || !range) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const { view } = session.view.getState();
      const ms = edge === "start" ? range.startMs : range.endMs;
      // One that waits at the edge of what is in sight comes to where it was taken.
      offset.current = ms >= view.startMs && ms <= view.endMs ? ms - timeAt(event) : 0;
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      if (offset.current !== null) session.selection.move(edge, timeAt(event) + offset.current);
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}

const STEPS: Record<string, number> = {
  ArrowLeft: -SECOND_MS,
  ArrowDown: -SECOND_MS,
  ArrowRight: SECOND_MS,
  ArrowUp: SECOND_MS,
  PageDown: -MINUTE_MS,
  PageUp: MINUTE_MS,
};

/** How far a key moves an end, ms; undefined for other keys. */
function stepOf({ key, shiftKey }: KeyboardEvent): number | undefined {
  const step = STEPS[key];
  return step !== undefined && shiftKey && key.startsWith("Arrow") ? step * 10 : step;
}
