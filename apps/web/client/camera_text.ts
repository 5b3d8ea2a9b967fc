/** What is said of a camera in a line: its state, and what is recorded and cannot be played yet. Pure. */
import type { CameraView } from "@rokuga/media/api.ts";
import type { Text } from "./text.ts";

/** `leftMs`: how long its site still takes to upload what waits there, where that is known. */
export function cameraLine(
  camera: CameraView,
  { nowMs, leftMs }: { nowMs: number; leftMs: number | null },
  text: Text,
): string {
  const state = cameraState(camera, nowMs, text);
  if (!camera.backlog) return state;
  const { t, formats } = text;
  if (leftMs !== null) return `${state} · ${t("catchingUp", { left: formats.duration(leftMs) })}`;
  return `${state} · ${t("onSite", { since: formats.moment(camera.backlog.oldestMs, nowMs) })}`;
}

/** Its state alone. */
export function cameraState({ state, sinceMs }: CameraView, nowMs: number, { t, formats }: Text): string {
  const since = sinceMs === null ? null : formats.moment(sinceMs, nowMs);
  switch (state) {
    case "recording":
      return t("recording");
    case "waiting":
      return since === null ? t("waitingFirst") : t("waiting", { since });
    case "offline":
      return since === null ? t("offlineNever") : t("offline", { since });
    default:
      return state satisfies never;
  }
}
