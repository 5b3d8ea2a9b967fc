"use client";
/**
 * Over the video while the playhead is dragged: the picture of the place where it is, and the time at which that picture
 * was taken. It is written into the page directly, as often as pictures come.
 */
import { useEffect, useRef } from "react";
import { momentText } from "./moment_text.ts";
import { useSession } from "./session_context.tsx";

export function ScrubPicture() {
  const { session, text } = useSession();
  const root = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const label = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const parts = { root: root.current, canvas: canvas.current, label: label.current };
    if (!parts.root || !parts.canvas || !parts.label) return;
    const { scrubber, timeline } = session;
    const write = () => {
      const { ms, picture, missing, settling } = scrubber.getState();
      parts.root!.hidden = ms === null;
      parts.root!.dataset.state = missing ? "missing" : picture ? "picture" : "loading";
      parts.canvas!.dataset.ms = picture ? String(picture.ms) : "";
      if (ms === null) return;
      // The time of what is seen; without footage, of the place.
      const atMs = missing || settling ? ms : (picture?.ms ?? ms);
      const time = text.formats.dateTime(atMs);
      const what = missing ? ` · ${momentText(timeline.getState().answer, ms, text)}` : "";
      parts.label!.textContent = `${time}${what}`;
    };
    const detach = scrubber.attach(parts.canvas);
    const stop = scrubber.subscribe(write);
    write();
    return () => {
      stop();
      detach();
    };
  }, [session, text]);
  return (
    <div
      ref={root}
      className="group pointer-events-none absolute inset-0 scheme-dark data-[state=missing]:bg-[#08090a] data-[state=picture]:bg-[#08090a]"
      data-testid="scrub"
      aria-hidden="true"
      hidden
    >
      <canvas
        ref={canvas}
        className="size-full object-contain group-data-[state=loading]:hidden group-data-[state=missing]:opacity-[0.18]"
        data-testid="scrub-picture"
      />
      <p
        ref={label}
        className="absolute inset-x-0 bottom-3 mx-auto w-fit max-w-[calc(100%-1.5rem)] rounded-control bg-[#14181ce6] px-3 py-1 font-semibold text-[#f1f3f4] text-[0.9375rem] tabular-nums"
      />
    </div>
  );
}
