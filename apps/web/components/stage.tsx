"use client";
/** The picture, and over it the one sentence that says how things are. */
import { useEffect, useRef } from "react";
import { type Action, statusOf } from "../client/status.ts";
import { AddCamera } from "./add_camera.tsx";
import { useCamera, useSession, useStore } from "./session_context.tsx";
import styles from "./stage.module.css";

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
    <div className={styles.stage}>
      {/* Cameras have no captions. */}
      <video
        ref={video}
        className={styles.picture}
        data-testid="video"
        playsInline
        muted
        aria-label={text.t("videoOf", { camera: camera?.name ?? "" })}
        onClick={() => session.player.dispatch({ type: "toggle" })}
      />
      <canvas ref={canvas} className={styles.picture} hidden />
      {camera && <span className={styles.name}>{camera.name}</span>}
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
      className={styles.status}
      data-testid="status-message"
      data-kind={status?.kind ?? "none"}
      data-tone={status?.tone}
      data-blocking={status?.blocking ?? false}
      role="status"
    >
      {status && <p className={styles.sentence}>{status.text}</p>}
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
