"use client";
/** Clips that are made in the background: how far each is, and its file once it is ready. */
import type { ClipJobView } from "@rokuga/media/clip_api.ts";
import { clipFileUrl } from "../client/api.ts";
import { useSession, useStore } from "./session_context.tsx";

export function ClipJobList() {
  const { session } = useSession();
  const jobs = useStore(session.clipJobs, (state) => state.jobs);
  if (jobs.length === 0) return null;
  return (
    <ul data-testid="clip-jobs">
      {jobs.map((job) => (
        <li
          key={job.id}
          className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-t px-3 py-2 max-md:px-2"
          data-state={job.state}
        >
          <Job job={job} />
        </li>
      ))}
    </ul>
  );
}

function Job({ job }: { job: ClipJobView }) {
  const { session, text } = useSession();
  const { t, formats } = text;
  const nowMs = session.clock.nowMs();
  const camera = session.cameras.find(job.cameraId)?.name ?? job.cameraId;
  const range = `${camera} ${formats.range(job, nowMs)}`;
  const remove = () => session.clipJobs.remove(job.id);
  switch (job.state) {
    case "queued":
    case "running": {
      const label = t("clip.making", { range });
      return (
        <>
          <span>{label}</span>
          <progress
            className="h-1.5 flex-[1_1_8rem] accent-accent"
            value={job.progress}
            max={1}
            aria-label={label}
          />
          <span className="text-muted tabular-nums">
            {job.state === "queued" ? t("clip.queued") : `${Math.floor(job.progress * 100)}%`}
          </span>
          <button type="button" className="button" onClick={remove}>
            {t("clip.cancel")}
          </button>
        </>
      );
    }
    case "ready":
      return (
        <>
          <span role="status">{t("clip.ready", { range, size: formats.bytes(job.bytes ?? 0) })}</span>
          <span className="text-muted tabular-nums">
            {t("clip.keptUntil", { moment: formats.moment(job.expiresMs ?? 0, nowMs) })}
          </span>
          <a className="button button-primary" href={clipFileUrl(job.id)} download>
            {t("clip.save")}
          </a>
          <button type="button" className="button" onClick={remove}>
            {t("clip.dismiss")}
          </button>
        </>
      );
    case "failed":
      return (
        <>
          <span className="flex-[1_1_15rem] text-live-text" role="alert">
            {t("clip.failed", { range })} {job.problem}
          </span>
          <button type="button" className="button" onClick={remove}>
            {t("clip.dismiss")}
          </button>
        </>
      );
    default:
      return job.state satisfies never;
  }
}
