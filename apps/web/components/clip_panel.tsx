"use client";
/** Under the timeline: what the selected clip is, what it lacks, and what can be done with it; and clips that are made. */
import type { ClipDescription } from "@rokuga/media/clip_api.ts";
import { useState } from "react";
import { clipUrl } from "../client/api.ts";
import { sumByCause } from "../client/clip_missing.ts";
import type { ClipState } from "../client/clip_question.ts";
import { failureText } from "../client/failure_text.ts";
import type { Text } from "../client/text.ts";
import { spanMs } from "../client/view.ts";
import { MINUTE_MS, SECOND_MS } from "../client/zone.ts";
import { ClipJobList } from "./clip_job_list.tsx";
import { IconButton } from "./icons.tsx";
import { onDemand } from "./on_demand.tsx";
import { useMay, useSession, useStore } from "./session_context.tsx";

/** Up to here a clip is made while it is sent; longer ones are made first. */
const LONGEST_STREAM_MS = 10 * MINUTE_MS;

const LockDialog = onDemand(() => import("./lock_dialog.tsx").then((part) => part.LockDialog));
const ShareDialog = onDemand(() => import("./share_dialog.tsx").then((part) => part.ShareDialog));

export function ClipPanel() {
  const { session } = useSession();
  const selected = useStore(session.selection, ({ range }) => range !== null);
  const mayExport = useMay("export");
  return (
    <>
      {selected && mayExport && <Selected />}
      <ClipJobList />
    </>
  );
}

function Selected() {
  const { session, text } = useSession();
  const { t, formats } = text;
  const range = useStore(session.selection, (state) => state.range);
  const clip = useStore(session.clip, (state) => state);
  const cameraId = useStore(session.player, (state) => state.cameraId);
  const [dialog, setDialog] = useState<"share" | "lock" | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  if (!range || cameraId === null) return null;
  const close = () => setDialog(null);
  const make = async () => {
    const answer = await session.clipJobs.create({ cameraId, range }, session.signal);
    setProblem(answer.ok ? null : `${t("clip.notStarted")} ${failureText(answer.failure, t)}`);
  };
  const long = spanMs(range) > LONGEST_STREAM_MS;
  const something = clip.answer !== null;
  return (
    <section
      className="relative flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-t px-3 py-2 max-md:px-2"
      aria-label={t("clip.title")}
      data-testid="clip-panel"
    >
      <p className="flex flex-[1_1_20rem] flex-wrap items-baseline gap-x-3 gap-y-0.5 max-md:pe-11">
        <span className="font-semibold tabular-nums">{formats.range(range, session.clock.nowMs())}</span>
        <span className="text-muted tabular-nums">
          {formats.duration(spanMs(range))}
          {clip.answer &&
            isShorter(clip.answer) &&
            ` · ${t("clip.plays", { duration: formats.duration(clip.answer.durationMs) })}`}
          {clip.answer && ` · ${t("clip.about", { size: formats.bytes(clip.answer.bytes) })}`}
        </span>
        <Missing clip={clip} text={text} />
      </p>
      <div className="flex flex-wrap items-center gap-2 max-md:w-full">
        {long ? (
          <button
            type="button"
            className="button button-primary disabled:cursor-default disabled:opacity-50"
            title={t("clip.longHint")}
            disabled={!something}
            onClick={() => void make()}
          >
            {t("clip.downloadLong")}
          </button>
        ) : (
          <a
            className="button button-primary aria-disabled:opacity-50"
            href={something ? clipUrl(cameraId, range) : undefined}
            aria-disabled={!something}
            download
          >
            {t("clip.download")}
          </a>
        )}
        <button
          type="button"
          className="button disabled:cursor-default disabled:opacity-50"
          disabled={!something}
          onClick={() => setDialog("share")}
        >
          {t("clip.share")}
        </button>
        <button type="button" className="button" onClick={() => setDialog("lock")}>
          {t("clip.lock")}
        </button>
      </div>
      <div className="max-md:absolute max-md:top-0.5 max-md:right-1">
        <IconButton
          icon="close"
          label={t("clip.close")}
          keys="Esc"
          onClick={() => session.selection.clear()}
        />
      </div>
      {problem && (
        <p className="flex-[1_1_100%] text-live-text" role="alert">
          {problem}
        </p>
      )}
      {dialog === "share" && <ShareDialog cameraId={cameraId} range={range} onClose={close} />}
      {dialog === "lock" && <LockDialog cameraId={cameraId} range={range} onClose={close} />}
    </section>
  );
}

/** Whether it plays for less than the range lasts, beyond rounding. */
const isShorter = (clip: ClipDescription) => spanMs(clip) - clip.durationMs > SECOND_MS;

/** What the clip lacks, with causes, before anybody downloads it; or why there is none. */
function Missing({ clip, text }: { clip: ClipState; text: Text }) {
  const { t, formats } = text;
  const { asking, answer, failure } = clip;
  if (asking) return <span className="text-muted tabular-nums">{t("clip.asking")}</span>;
  if (failure) {
    const none = failure.kind === "problem" && failure.status === 404;
    return (
      <span className="text-warn-text" role="status">
        {none ? t("clip.noFootage") : failureText(failure, t)}
      </span>
    );
  }
  const causes = sumByCause(answer?.gaps ?? []);
  // What lies before the camera's first footage has no cause, and is no gap.
  if (causes.length === 0 && answer && isShorter(answer)) return null;
  if (causes.length === 0)
    return answer && <span className="text-muted tabular-nums">{t("clip.whole")}</span>;
  const totalMs = causes.reduce((sum, one) => sum + one.totalMs, 0);
  return (
    <span className="text-warn-text" data-testid="clip-missing">
      {t("clip.missing", { total: formats.duration(totalMs) })}
      {": "}
      {causes
        .map(({ cause, totalMs: ms }) =>
          t("clip.missingPart", { cause: t(`causes.${cause}`), total: formats.duration(ms) }),
        )
        .join(", ")}
    </span>
  );
}
