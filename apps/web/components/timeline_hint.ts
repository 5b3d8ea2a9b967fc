/**
 * Fills the hint under the mouse: its place, its words and its picture. The words are there at once; the picture comes
 * when it is loaded, and the one before it is taken away when it is of another moment.
 */
import { settleMs } from "../client/keyframe_list.ts";
import { momentAt } from "../client/moments.ts";
import { newest } from "../client/newest.ts";
import type { PictureQuestion } from "../client/pictures.ts";
import type { Session } from "../client/session.ts";
import type { Text } from "../client/text.ts";
import { marksAt } from "../client/timeline_marks.ts";
import { spanMs } from "../client/view.ts";
import { momentText } from "./moment_text.ts";

export type HintParts = {
  root: HTMLElement;
  canvas: HTMLCanvasElement;
  time: HTMLElement;
  lines: HTMLElement;
};

type HintOptions = { session: Session; text: Text; signal: AbortSignal };

/** Pixels of the picture, and for how long the mouse rests before one is loaded, ms. */
const PICTURE_PX = 320;
const REST_MS = 50;

/** Follows the mouse until `signal` aborts. */
export function showHint(parts: HintParts, { session, text, signal }: HintOptions): void {
  const { root, canvas, time, lines } = parts;
  const { pointer, view, scrubber, timeline } = session;
  let request = 0;
  let resting: ReturnType<typeof setTimeout> | undefined;
  let picture: { cameraId: string; ms: number; durationMs: number } | null = null;

  const questions = newest<PictureQuestion>(async (question, aborted) => {
    const found = await session.pictures.at(question, aborted);
    if (found.kind === "picture") {
      if (!aborted.aborted) drawSmall(canvas, found.image);
      found.image.close();
    }
    if (aborted.aborted) return;
    picture = found.kind === "picture" ? { cameraId: question.cameraId, ...found } : null;
    later();
  });
  const write = () => {
    request = 0;
    const { x, cameraId } = pointer.getState();
    const hidden = x === null || cameraId === null || scrubber.getState().ms !== null;
    if (root.hidden !== hidden) root.hidden = hidden;
    if (hidden) return;
    const { view: shown, widthPx } = view.getState();
    const ms = view.msAt(x);
    // Inside the page at both ends: the further right the mouse, the more of the hint is left of it.
    const percent = `${((x / Math.max(1, widthPx)) * 100).toFixed(3)}%`;
    root.style.left = percent;
    root.style.translate = `-${percent}`;
    const msPerPx = spanMs(shown) / Math.max(1, widthPx);
    const fits =
      picture?.cameraId === cameraId && Math.abs(ms - picture.ms) <= Math.max(picture.durationMs, msPerPx);
    if (canvas.hidden === fits) canvas.hidden = !fits;
    const shownMs = fits ? String(picture?.ms) : "";
    if (canvas.dataset.ms !== shownMs) canvas.dataset.ms = shownMs;
    const nowMs = session.clock.nowMs();
    time.textContent = text.formats.moment(settleMs(ms, { picture: fits ? picture : null, msPerPx }), nowMs);
    const said = linesAt(session, { cameraId, ms, text });
    if (lines.textContent !== said.join("\n")) lines.textContent = said.join("\n");
  };
  const later = () => {
    if (request === 0) request = requestAnimationFrame(write);
  };
  const askForPicture = () => {
    const { x, cameraId } = pointer.getState();
    if (x === null || cameraId === null || scrubber.getState().ms !== null) return;
    const ms = view.msAt(x);
    if (momentAt(timeline.answerOf(cameraId), ms).kind !== "covered") return;
    questions.ask({ cameraId, ms, shownSpanMs: spanMs(view.getState().view), widthPx: PICTURE_PX });
  };
  const onPointer = () => {
    later();
    const { x, cameraId } = pointer.getState();
    if (x === null || cameraId === null) return questions.clear();
    session.pictures.prepare({ cameraId, ms: view.msAt(x), shownSpanMs: spanMs(view.getState().view) });
    resting ??= setTimeout(() => {
      resting = undefined;
      askForPicture();
    }, REST_MS);
  };

  const stops = [
    ...[pointer, view].map((store) => store.subscribe(onPointer)),
    ...[timeline, scrubber, session.marks].map((store) => store.subscribe(later)),
  ];
  signal.addEventListener("abort", () => {
    for (const stop of stops) stop();
    cancelAnimationFrame(request);
    clearTimeout(resting);
    questions[Symbol.dispose]();
  });
}

/** What there is to say of a moment, beside its time. */
function linesAt(
  session: Session,
  { cameraId, ms, text }: { cameraId: string; ms: number; text: Text },
): string[] {
  const { t, formats } = text;
  const nowMs = session.clock.nowMs();
  const answer = session.timeline.answerOf(cameraId);
  const moment = momentAt(answer, ms);
  const plays = cameraId === session.player.getState().cameraId;
  const name = session.lanes.getState().all ? session.cameras.find(cameraId)?.name : undefined;
  const said = name === undefined ? [] : [name];
  if (moment.kind !== "covered") said.push(momentText(answer, ms, text));
  if (moment.kind === "gap" && answer) {
    const { gap } = moment;
    // Of a gap that reaches out of what is known, its ends are not known.
    const whole = gap.startMs > answer.startMs && gap.endMs < answer.endMs;
    const length = formats.duration(gap.endMs - gap.startMs);
    said.push(whole ? `${formats.range(gap, nowMs)} (${length})` : t("moreThan", { duration: length }));
    said.push(t(`causeDetails.${gap.cause}`));
  }
  if (!plays) return said;
  const { lock, exported } = marksAt(session.marks.getState(), ms);
  if (lock) {
    const until = lock.untilMs === null ? null : formats.moment(lock.untilMs, nowMs);
    const { reason } = lock;
    said.push(until === null ? t("lockedFor", { reason }) : t("lockedUntil", { reason, until }));
  }
  if (exported) {
    const { by } = exported;
    const moment = formats.moment(exported.exportedMs, nowMs);
    said.push(by === null ? t("exportedAt", { moment }) : t("exportedBy", { moment, by }));
  }
  return said;
}

function drawSmall(canvas: HTMLCanvasElement, image: VideoFrame | ImageBitmap): void {
  const [width, height] =
    image instanceof ImageBitmap ? [image.width, image.height] : [image.displayWidth, image.displayHeight];
  const scale = Math.min(1, PICTURE_PX / width);
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  canvas.getContext("2d")?.drawImage(image, 0, 0, size.width, size.height);
}
