"use client";
/** The video of a share, with the time of its picture over it and what is known of it below. */
import type { SharedView } from "@rokuga/media/share_api.ts";
import { useEffect, useRef, useState } from "react";
import { sumByCause } from "../client/clip_missing.ts";
import { playShared } from "../client/shared_video.ts";
import type { Text } from "../client/text.ts";

type SharedVideoProps = { view: SharedView; url: string; text: Text; onRefused: () => void };

export function SharedVideo({ view, url, text, onRefused }: SharedVideoProps) {
  const { t, formats } = text;
  const video = useRef<HTMLVideoElement>(null);
  const [ms, setMs] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [startMs] = useState(view.startMs);
  useEffect(() => {
    if (!video.current) return;
    const ending = new AbortController();
    const listener = {
      onTime: setMs,
      onProblem(status: number | null) {
        // It was revoked, has expired, or the visit is over: the server says which.
        if (status === 401 || status === 410) onRefused();
        setProblem(status === 404 ? "no-footage" : "no-video");
      },
    };
    playShared(video.current, {
      url: `${url}/playlist.m3u8`,
      startMs,
      listener,
      signal: ending.signal,
    }).catch(() => setProblem("no-video"));
    return () => ending.abort();
  }, [url, startMs, onRefused]);
  return (
    <>
      <div className="relative grid bg-black">
        {/* Cameras have no captions. */}
        <video
          ref={video}
          className="max-h-[calc(100dvh-11rem)] w-full"
          controls
          controlsList={view.download ? undefined : "nodownload"}
          autoPlay
          muted
          playsInline
          aria-label={t("videoOf", { camera: view.camera })}
        />
        {ms !== null && (
          <time
            className="pointer-events-none absolute top-3 left-3 rounded-control bg-[#000a] px-2 py-0.5 text-white tabular-nums"
            dateTime={new Date(ms).toISOString()}
            data-testid="shown-time"
          >
            {formats.dateTime(ms)}
          </time>
        )}
      </div>
      {problem && (
        <p className="text-live-text" role="alert">
          {problem === "no-footage" ? t("shared.noFootage") : t("shared.noVideo")}
        </p>
      )}
      <About view={view} url={url} text={text} />
    </>
  );
}

function About({ view, url, text: { t, formats } }: Omit<SharedVideoProps, "onRefused">) {
  const missing = sumByCause(view.gaps);
  return (
    <section className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 px-4 pt-3.5 pb-6">
      <div>
        <h2 className="font-[650] text-[1.125rem]">{view.camera}</h2>
        <p className="mt-0.5 tabular-nums">
          {formats.dateTime(view.startMs)} – {formats.moment(view.endMs, view.startMs)} (
          {formats.duration(view.endMs - view.startMs)})
        </p>
        {missing.length > 0 && (
          <p className="mt-1 text-warn-text">
            {t("shared.missing")}:{" "}
            {missing
              .map(({ cause, totalMs }) =>
                t("clip.missingPart", { cause: t(`causes.${cause}`), total: formats.duration(totalMs) }),
              )
              .join(", ")}
          </p>
        )}
        <p className="mt-1.5 text-control text-muted">
          {t("shared.validUntil", { moment: formats.dateTime(view.expiresMs) })}{" "}
          {t("shared.zone", { zone: formats.zone })}
        </p>
      </div>
      {view.download && (
        <a className="button button-primary" href={`${url}/clip.mp4`} download>
          {t("shared.download")}
        </a>
      )}
    </section>
  );
}
