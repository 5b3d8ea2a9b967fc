/**
 * Keys that work anywhere on the page: K or Space plays, J and L step, comma and full stop step by frames, M
 * mutes, F fills the screen. Nothing is taken from fields, and Space is left to the button that has the focus.
 */
import { type RefObject, useEffect } from "react";
import type { PlayerRequest } from "../client/player_state.ts";
import type { Session } from "../client/session.ts";

const STEP_MS = 10_000;

const REQUESTS: Record<string, PlayerRequest> = {
  k: { type: "toggle" },
  " ": { type: "toggle" },
  j: { type: "seek-by", ms: -STEP_MS },
  l: { type: "seek-by", ms: STEP_MS },
  ",": { type: "step", direction: -1 },
  ".": { type: "step", direction: 1 },
};

export function useKeys(session: Session, main: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesKeys(event))
        return;
      const key = event.key.toLowerCase();
      const request = REQUESTS[key];
      if (request) session.player.dispatch(request);
      else if (key === "m")
        session.player.dispatch({ type: "mute", muted: !session.player.getState().muted });
      else if (key === "f") toggleFullscreen(main.current);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [session, main]);
}

function takesKeys({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("input:not([type=range]):not([type=radio]), textarea, select")) return true;
  return key === " " && target.matches("button, a, input, summary");
}

/** Fills the screen with an element, or ends that. Phones that can do so only with video do it with the video. */
export function toggleFullscreen(element: HTMLElement | null): void {
  if (!element) return;
  const video: (HTMLVideoElement & { webkitEnterFullscreen?: () => void }) | null =
    element.querySelector("video");
  // A browser may refuse: then nothing changes, and nothing is left to do.
  const ignore = () => undefined;
  if (document.fullscreenElement) document.exitFullscreen().catch(ignore);
  else if (element.requestFullscreen) element.requestFullscreen().catch(ignore);
  else video?.webkitEnterFullscreen?.();
}
