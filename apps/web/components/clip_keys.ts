/** Keys for the selection, anywhere on the page: I and O (in and out) set its ends where the video is; Escape ends it. */
import { useEffect } from "react";
import { mayDo } from "../client/permitted.ts";
import { playheadMs } from "../client/player_state.ts";
import type { Edge } from "../client/selection.ts";
import type { Session } from "../client/session.ts";

const EDGES: Record<string, Edge> = { i: "start", o: "end" };

export function useClipKeys(session: Session): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return;
      const edge = EDGES[event.key.toLowerCase()];
      const ms = playheadMs(session.player.getState());
      if (edge && ms !== null && mayExport(session)) session.selection.mark(edge, ms);
      else if (event.key === "Escape" && session.selection.getState().range) session.selection.clear();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [session]);
}

function mayExport({ me, cameras, player }: Session): boolean {
  const camera = cameras.find(player.getState().cameraId ?? "");
  return mayDo("export", { grants: me.getState().grants, camera });
}

/** Into a field, or in a dialog, which Escape closes first. */
function isTyping({ target }: KeyboardEvent): boolean {
  if (document.querySelector("dialog[open], [role=dialog]") || document.fullscreenElement) return true;
  return (
    target instanceof HTMLElement &&
    target.matches("input:not([type=range]):not([type=radio]), textarea, select")
  );
}
