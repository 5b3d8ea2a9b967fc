"use client";
/** The picture, and over it the one sentence that says how things are. */
import { useEffect, useRef } from "react";
import { type Action, statusOf } from "../client/status.ts";
import { AddCamera } from "./add_camera.tsx";
import { useCamera, useSession, useStore } from "./session_context.tsx";

export function Stage() {
  const { session, text } = useSession();
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const camera = useCamera();
  useEffect(() => {
    if (!video.current || !canvas.current) return;
    return session.player.attach({ video: video.current, canvas: canvas.current });
  }, [session]);
  useEffect(() => {
    if (camera) document.title = text.t("title", { camera: camera.name });
  }, [camera, text]);
  return (
    <div className="relative min-h-0 overflow-hidden bg-[#08090a] scheme-dark max-md:aspect-video">
      {/* Cameras have no captions. */}
      <video
        ref={video}
        className="absolute inset-0 size-full object-contain"
        data-testid="video"
        playsInline
        muted
        aria-label={text.t("videoOf", { camera: camera?.name ?? "" })}
        onClick={() => session.player.dispatch({ type: "toggle" })}
      />
      <canvas ref={canvas} className="absolute inset-0 size-full object-contain" hidden />
      {/* Elsewhere the list says which camera it is, and cameras write their own text in this corner. */}
      {camera && (
        <span className="pointer-events-none absolute top-2.5 left-3 hidden max-w-[calc(100%-1.5rem)] truncate rounded-control bg-[#14181cb3] px-2 py-0.5 text-[#f1f3f4] text-control in-[:fullscreen]:block">
          {camera.name}
        </span>
      )}
      <StatusMessage />
    </div>
  );
}

function StatusMessage() {
  const { session, text } = useSession();
  const player = useStore(session.player, (state) => state);
  const cameras = useStore(session.cameras, (state) => state);
  const time = useStore(session.time, (state) => state);
  const unknownCamera = useStore(session.address, (state) => state.unknownCamera);
  const camera = useCamera();
  const status = statusOf({ player, cameras, unknownCamera, camera, ...time }, text);
  return (
    <div
      className="absolute inset-x-3 bottom-3 mx-auto flex w-fit max-w-[min(44rem,calc(100%-1.5rem))] flex-wrap items-center gap-x-3 gap-y-2 rounded-control border border-[#ffffff24] bg-[#14181cf0] px-3.5 py-2 text-[#f1f3f4] data-[blocking=true]:top-1/2 data-[blocking=true]:bottom-auto data-[kind=none]:invisible data-[tone=error]:border-l-3 data-[tone=warn]:border-l-3 data-[tone=error]:border-l-[#f0706a] data-[tone=warn]:border-l-[#e0a43b] data-[blocking=true]:-translate-y-1/2"
      data-testid="status-message"
      data-kind={status?.kind ?? "none"}
      data-tone={status?.tone}
      data-blocking={status?.blocking ?? false}
      role="status"
    >
      {status && <p className="flex-[1_1_14rem] text-pretty text-body/[1.45]">{status.text}</p>}
      {status?.action && <ActionButton action={status.action} />}
      {status?.kind === "no-cameras" && <AddCamera className="button" />}
    </div>
  );
}

function ActionButton({ action }: { action: Action }) {
  const { session, text } = useSession();
  const { player, cameras } = session;
  const { t } = text;
  const act = () => {
    switch (action.kind) {
      case "retry":
        cameras.refresh();
        return player.dispatch({ type: "retry" });
      case "go-live":
        return session.goLive();
      case "sound-on":
        return player.dispatch({ type: "mute", muted: false });
      case "play-from":
        return session.seekTo(action.ms);
      default:
        return action satisfies never;
    }
  };
  const labels = {
    retry: t("actions.retry"),
    "go-live": t("actions.goLive"),
    "sound-on": t("actions.soundOn"),
  };
  return (
    <button type="button" className="button" onClick={act}>
      {action.kind === "play-from" ? t(`actions.${action.label}`) : labels[action.kind]}
    </button>
  );
}
