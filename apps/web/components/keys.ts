/**
 * Keys that work anywhere on the page, as people know them from other players; KEY_LIST is what the sheet of keys
 * says of them. Nothing is taken from fields, and Space is left to the button that has the focus.
 */
import { type RefObject, useEffect } from "react";
import { type PlayerRequest, RATES } from "../client/player_state.ts";
import type { Session } from "../client/session.ts";
import { MINUTE_MS, SECOND_MS } from "../client/zone.ts";
import type { Messages } from "../messages/messages.ts";

/** What the buttons and the arrow keys step by, ms. */
export const STEP_MS = 5 * SECOND_MS;

/** What the keys act on. */
export type KeyContext = {
  session: Session;
  main: RefObject<HTMLElement | null>;
  /** Shows the sheet of keys. */
  onHelp: () => void;
};

type Act = (context: KeyContext) => void;

const ask =
  (request: PlayerRequest): Act =>
  ({ session }) =>
    session.player.dispatch(request);
const seekBy = (ms: number) => ask({ type: "seek-by", ms });

/** By `KeyboardEvent.key`, in small letters; with `shift+` for keys that mean something else then. */
const ACTS: Record<string, Act> = {
  k: ask({ type: "toggle" }),
  " ": ask({ type: "toggle" }),
  arrowleft: seekBy(-STEP_MS),
  arrowright: seekBy(STEP_MS),
  "shift+arrowleft": seekBy(-MINUTE_MS),
  "shift+arrowright": seekBy(MINUTE_MS),
  j: seekBy(-10 * SECOND_MS),
  l: seekBy(10 * SECOND_MS),
  ",": ask({ type: "step", direction: -1 }),
  ".": ask({ type: "step", direction: 1 }),
  "<": ({ session }) => changeRate(session, -1),
  ">": ({ session }) => changeRate(session, 1),
  "[": ({ session }) => void session.skipFootage(-1),
  "]": ({ session }) => void session.skipFootage(1),
  home: ({ session }) => session.seekToFirst(),
  end: ({ session }) => session.goLive(),
  m: ({ session: { player } }) => player.dispatch({ type: "mute", muted: !player.getState().muted }),
  f: ({ main }) => toggleFullscreen(main.current),
  p: ({ main }) => togglePictureInPicture(main.current),
  g: ({ session }) => session.setGrid(),
  "?": ({ onHelp }) => onHelp(),
};

/** The keys with what they do, in the order of the sheet. */
export const KEY_LIST: readonly { keys: readonly string[]; does: keyof Messages["keyList"] }[] = [
  { keys: ["K", "Space"], does: "toggle" },
  { keys: ["←", "→"], does: "step" },
  { keys: ["Shift+←", "Shift+→"], does: "minute" },
  { keys: ["J", "L"], does: "tenSeconds" },
  { keys: [",", "."], does: "frame" },
  { keys: ["<", ">"], does: "speed" },
  { keys: ["[", "]"], does: "footage" },
  { keys: ["I", "O"], does: "clip" },
  { keys: ["Home"], does: "first" },
  { keys: ["End"], does: "live" },
  { keys: ["M"], does: "mute" },
  { keys: ["F"], does: "fullscreen" },
  { keys: ["P"], does: "pip" },
  { keys: ["G"], does: "grid" },
  { keys: ["?"], does: "help" },
];

export function useKeys({ session, main, onHelp }: KeyContext): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesKeys(event))
        return;
      const key = event.key.toLowerCase();
      const act = (event.shiftKey && ACTS[`shift+${key}`]) || ACTS[key];
      if (!act) return;
      act({ session, main, onHelp });
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [session, main, onHelp]);
}

/** The next speed that is offered, up or down. */
function changeRate({ player }: Session, direction: 1 | -1): void {
  const rates: readonly number[] = RATES;
  const rate = rates[rates.indexOf(player.getState().rate) + direction];
  if (rate !== undefined) player.dispatch({ type: "rate", rate });
}

function takesKeys({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog, [role=dialog]")) return true;
  if (target.matches("input:not([type=range]):not([type=radio]), textarea, select")) return true;
  if (/^(Arrow|Home|End)/.test(key)) return target.matches("input");
  return key === " " && target.matches("button, a, input, summary");
}

/** Fills the screen with an element, or ends that. Phones that can do so only with video do it with the video. */
export function toggleFullscreen(element: HTMLElement | null): void {
  if (!element) return;
  const video: (HTMLVideoElement & { webkitEnterFullscreen?: () => void }) | null =
    element.querySelector("video");
  if (document.fullscreenElement) document.exitFullscreen().catch(ignore);
  else if (element.requestFullscreen) element.requestFullscreen().catch(ignore);
  else video?.webkitEnterFullscreen?.();
}

/** Shows the picture in a window of its own, or ends that. */
export function togglePictureInPicture(element: HTMLElement | null): void {
  const video = element?.querySelector("video");
  if (!video || !document.pictureInPictureEnabled) return;
  if (document.pictureInPictureElement) document.exitPictureInPicture().catch(ignore);
  else video.requestPictureInPicture().catch(ignore);
}

/** A browser may refuse: then nothing changes, and nothing is left to do. */
const ignore = () => undefined;
