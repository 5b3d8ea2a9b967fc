"use client";
/** A camera of the grid: its picture at the lead's moment, its name and state, or why there is no picture. */
import type { CameraView } from "@rokuga/media/api.ts";
import { type RefObject, useEffect, useRef, useState } from "react";
import { cameraLine, cameraState } from "../client/camera_text.ts";
import { codecName } from "../client/codecs.ts";
import { failureText } from "../client/failure_text.ts";
import { Follower } from "../client/follower.ts";
import { useSession, useStore } from "./session_context.tsx";

export function Tile({ camera }: { camera: CameraView }) {
  const { session } = useSession();
  const element = useRef<HTMLDivElement>(null);
  const visible = useVisible(element);
  const { id } = camera;
  const [follower, setFollower] = useState<Follower | null>(null);
  useEffect(() => {
    if (!visible) return;
    const made = new Follower({ cameraId: id, lead: session.player, guide: session.guide });
    setFollower(made);
    return () => {
      setFollower(null);
      made[Symbol.dispose]();
    };
  }, [session, id, visible]);
  return (
    <div
      ref={element}
      className="relative min-h-0 overflow-hidden bg-[#08090a] scheme-dark max-md:aspect-video"
      data-testid={`tile-${id}`}
    >
      {follower && <Picture camera={camera} follower={follower} />}
      <TileCover camera={camera} />
    </div>
  );
}

/** Whether an element can be seen: one that is scrolled away loads nothing. */
function useVisible(element: RefObject<HTMLElement | null>): boolean {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(([entry]) => setVisible(entry?.isIntersecting ?? false));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return visible;
}

function Picture({ camera, follower }: { camera: CameraView; follower: Follower }) {
  const { text } = useSession();
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!video.current || !canvas.current) return;
    return follower.player.attach({ video: video.current, canvas: canvas.current });
  }, [follower]);
  const message = useMessage(camera, follower);
  return (
    <>
      {/* Cameras have no captions. */}
      <video
        ref={video}
        className="absolute inset-0 size-full object-contain"
        playsInline
        muted
        aria-label={text.t("videoOf", { camera: camera.name })}
      />
      <canvas ref={canvas} className="absolute inset-0 size-full object-contain" hidden />
      {message !== null && (
        <p
          className="peer absolute inset-0 grid place-content-center text-balance bg-[#101316] px-4 pt-4 pb-8 text-center text-[#c3cad0] text-control max-md:text-small"
          data-testid={`tile-message-${camera.id}`}
        >
          {message}
        </p>
      )}
    </>
  );
}

/** Why there is no picture of this moment, or null. */
function useMessage(camera: CameraView, follower: Follower): string | null {
  const { session, text } = useSession();
  const { t } = text;
  const phase = useStore(follower.player, (state) => state.phase);
  const gap = useStore(follower, (state) => state.gap);
  const cause = useStore(follower, (state) => state.cause);
  const nowMs = useStore(session.time, (state) => Math.floor(state.nowMs / 60_000) * 60_000);
  if (gap) return cause === null ? t("noFootageHere") : `${t("noFootageHere")}: ${t(`causes.${cause}`)}`;
  switch (phase.kind) {
    case "empty":
    case "loading":
    case "ready":
      return null;
    case "retrying":
      return failureText(phase.why, text.t);
    case "unsupported":
      return t("unsupported", { codecs: phase.codecs.map(codecName).join(", ") });
    case "no-hls":
      return t("noHls");
    case "no-live":
      return cameraState(camera, nowMs, text);
    case "no-footage":
    case "end":
      return camera.state === "recording" ? t("noFootageHere") : cameraState(camera, nowMs, text);
    case "broken":
      return t("brokenNowhere");
    default:
      return phase satisfies never;
  }
}

/** Names the camera, and shows it alone when it is clicked. */
export function TileCover({ camera }: { camera: CameraView }) {
  const { session, text } = useSession();
  const nowMs = useStore(session.time, (state) => Math.floor(state.nowMs / 60_000) * 60_000);
  const line = cameraLine(camera, { nowMs, leftMs: session.cameras.leftMs(camera.id) }, text);
  const plain = camera.state === "recording" && !camera.backlog;
  return (
    <button
      type="button"
      className="group absolute inset-0 flex cursor-pointer items-end p-1.5 text-start text-[#f1f3f4] text-control hover:shadow-[inset_0_0_0_2px_#ffffff59] focus-visible:-outline-offset-3 max-md:text-small"
      onClick={() => session.openCamera(camera.id)}
    >
      <span className="sr-only">{text.t("openCamera", { camera: camera.name })}: </span>
      <span className="flex max-w-full items-center gap-1.75 rounded-control bg-[#14181cd9] px-2 py-0.5">
        <span
          className="size-2 flex-none rounded-full bg-[#3fb97c] data-[state=offline]:rounded-[1px] data-[state=offline]:bg-transparent data-[state=waiting]:bg-transparent data-[state=offline]:shadow-[inset_0_0_0_2px_#f0706a] data-[state=waiting]:shadow-[inset_0_0_0_2px_#e0a43b]"
          data-state={camera.state}
          aria-hidden="true"
        />
        <span className="max-w-full flex-none truncate font-[550]">{camera.name}</span>
        {/* What stands in place of the picture says it already; on phones the list below does, and there is no room. */}
        {!plain && <span className="truncate text-[#c3cad0] in-[.peer~*]:hidden max-md:hidden">{line}</span>}
      </span>
    </button>
  );
}
