"use client";
/**
 * The selection on the timeline: what is outside of it is dimmed, and each end is a slider that is dragged, or moved by
 * keys. They lie over the canvas and move with its view without React: a style is set as often as the view changes.
 */
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import type { Edge } from "../client/selection.ts";
import { fractionOf, msAt } from "../client/view.ts";
import { MINUTE_MS, SECOND_MS } from "../client/zone.ts";
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
    // All but the handles leave the pointer to the timeline.
    <div
      ref={element}
      className="pointer-events-none absolute inset-0 overflow-hidden [--from:0%] [--grip:1.5rem] [--to:100%] coarse:[--grip:2.75rem]"
    >
      <div className="absolute inset-y-0 left-0 w-[max(0%,var(--from))] bg-[color-mix(in_srgb,var(--surface),transparent_35%)]" />
      <div className="absolute inset-y-0 left-(--from) w-[calc(var(--to)-var(--from))] border-accent border-y-2 bg-[color-mix(in_srgb,var(--accent),transparent_88%)]" />
      <div className="absolute inset-y-0 right-0 left-[max(0%,var(--to))] bg-[color-mix(in_srgb,var(--surface),transparent_35%)]" />
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
      className={`group pointer-events-auto absolute inset-y-0 flex w-(--grip) cursor-ew-resize touch-none outline-none ${PLACES[edge]}`}
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
    >
      <Grip edge={edge} />
    </div>
  );
}

/** What is seen of a handle. */
function Grip({ edge }: { edge: Edge }) {
  return (
    <span
      data-edge={edge}
      className="flex w-2.5 items-center bg-accent px-1 -outline-offset-2 outline-focus group-focus-visible:outline-2 data-[edge=end]:rounded-r-control data-[edge=start]:rounded-l-control data-[edge=start]:justify-end"
    >
      <span className="h-5 w-0.5 flex-none bg-accent-text" />
    </span>
  );
}

/**
 * Where each end lies: one that is out of sight waits at the edge, from where it is brought back. It is outside of the
 * range, so that two that are near do not cover each other.
 */
const PLACES: Record<Edge, string> = {
  start: "left-[clamp(var(--grip),var(--from),100%)] -translate-x-full justify-end",
  end: "left-[clamp(0%,var(--to),100%-var(--grip))]",
};

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
