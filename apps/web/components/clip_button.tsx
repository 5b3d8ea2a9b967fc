"use client";
/** Begins a selection on the timeline, or ends it. The handles and what can be done with it are clip_handles.tsx's and clip_panel.tsx's. */
import { playheadMs } from "../client/player_state.ts";
import { Icon } from "./icons.tsx";
import { useMay, useSession, useStore } from "./session_context.tsx";

export function ClipButton() {
  const { session, text } = useSession();
  const { t } = text;
  const selected = useStore(session.selection, ({ range }) => range !== null);
  const hasCamera = useStore(session.player, ({ cameraId }) => cameraId !== null);
  // Whoever may lock or share may export as well.
  const mayExport = useMay("export");
  const toggle = () => {
    if (selected) session.selection.clear();
    else session.selection.begin(session.view.getState().view, playheadMs(session.player.getState()));
  };
  if (!mayExport) return null;
  return (
    <button
      type="button"
      className="flex min-h-8 cursor-pointer items-center gap-1.5 rounded-control px-2 py-0.5 text-control hover:bg-hover disabled:cursor-default disabled:text-muted aria-pressed:bg-selected coarse:min-h-10.5"
      aria-pressed={selected}
      aria-keyshortcuts="I"
      title={`${t("clip.select")} (I, O)`}
      disabled={!hasCamera}
      onClick={toggle}
    >
      <Icon name="clip" />
      <span className="max-md:sr-only">{t("clip.select")}</span>
    </button>
  );
}
