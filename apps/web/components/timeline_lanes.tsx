"use client";
/** The names of the cameras at the left end of their lines; pressed, one is shown at the moment that is shown. */
import { useMemo } from "react";
import { useSession, useStore } from "./session_context.tsx";
import { layoutOf } from "./timeline_layout.ts";
import { lanesOf } from "./timeline_painter.ts";

/** The cameras that have a line, from top to bottom. */
export function useLanes(): readonly string[] {
  const { session } = useSession();
  useStore(session.lanes, ({ all }) => all);
  useStore(session.player, ({ cameraId }) => cameraId);
  const ids = useStore(session.cameras, () => lanesOf(session).join(" "));
  // The same array as long as the cameras are the same.
  return useMemo(() => ids.split(" ").filter((id) => id !== ""), [ids]);
}

export function TimelineLanes({ lanes }: { lanes: readonly string[] }) {
  const { session, text } = useSession();
  const cameras = useStore(session.cameras, (state) => state.cameras);
  const shownId = useStore(session.player, ({ cameraId }) => cameraId);
  if (lanes.length < 2) return null;
  const { lanes: places } = layoutOf(lanes.length);
  return (
    <fieldset aria-label={text.t("cameras")}>
      {lanes.map((id, index) => (
        <button
          key={id}
          type="button"
          className="absolute left-0 h-5 max-w-[min(9rem,30%)] cursor-pointer truncate rounded-r-control bg-surface px-2 text-muted text-tiny leading-5 hover:bg-hover hover:text-text focus-visible:z-1 aria-pressed:font-semibold aria-pressed:text-text"
          style={{ top: places[index]!.top }}
          aria-pressed={id === shownId}
          onClick={() => session.selectCamera(id)}
        >
          {cameras?.find((camera) => camera.id === id)?.name ?? id}
        </button>
      ))}
    </fieldset>
  );
}
