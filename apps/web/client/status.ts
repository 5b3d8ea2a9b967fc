/**
 * The one sentence that says how things are, when there is something to say: why there is no picture, what was
 * left out, what is being tried again. Pure: from the state of the page to words and a suggestion.
 */
import type { CameraView } from "@rokuga/media/api.ts";
import type { CamerasState } from "./cameras.ts";
import { codecName } from "./codecs.ts";
import { failureText } from "./failure_text.ts";
import type { Notice, Phase, PlayerState } from "./player_state.ts";
import type { Text } from "./text.ts";
import { SECOND_MS } from "./zone.ts";

export type Action =
  | { kind: "retry" }
  | { kind: "go-live" }
  | { kind: "sound-on" }
  /** Plays from a moment on. */
  | { kind: "play-from"; ms: number; label: "lastFootage" | "skip" };

export type Status = {
  /** Names the situation for tests and styles. */
  kind: string;
  tone: "info" | "warn" | "error";
  text: string;
  /** There is no picture that it would stand in front of. */
  blocking: boolean;
  action: Action | null;
};

export type Situation = {
  cameras: CamerasState;
  /** The camera that was asked for in the address and does not exist. */
  unknownCamera: string | null;
  /** The camera that is shown. */
  camera: CameraView | null;
  player: PlayerState;
  /** The server's and the browser's time, ms. */
  nowMs: number;
  browserNowMs: number;
};

/** Loading is not worth a word before this, ms, and too slow after this. */
const NOTICEABLE_MS = 600;
const SLOW_MS = 6 * SECOND_MS;
/** Live video that stands still for longer than a segment and its upload take has stopped coming, ms. */
const LIVE_STALL_MS = 15 * SECOND_MS;
const LAST_MOMENTS_MS = 30 * SECOND_MS;

/** What there is to say now, or null. */
export function statusOf(situation: Situation, text: Text): Status | null {
  return (
    serverStatus(situation, text) ??
    gapStatus(situation, text) ??
    phaseStatus(situation, text) ??
    stallStatus(situation, text) ??
    noticeStatus(situation, text)
  );
}

function serverStatus(
  { cameras, unknownCamera, player, browserNowMs }: Situation,
  text: Text,
): Status | null {
  const { t } = text;
  const seen = player.phase.kind === "ready";
  if (cameras.failure) {
    const { why, retryAtMs } = cameras.failure;
    const sentence = `${failureText(why, t)} ${againText(retryAtMs - browserNowMs, text)}`;
    return say("server-down", sentence, { tone: "error", blocking: !seen, action: { kind: "retry" } });
  }
  if (cameras.cameras === null) return say("loading-cameras", t("loadingCameras"), { blocking: true });
  if (cameras.cameras.length === 0) return say("no-cameras", t("noCameras"), { blocking: true });
  if (unknownCamera === null) return null;
  return say("unknown-camera", t("unknownCamera", { id: unknownCamera }), { tone: "warn", blocking: true });
}

/** Time goes on for the cameras beside it. */
function gapStatus({ player: { gap, phase } }: Situation, { t }: Text): Status | null {
  const plain = phase.kind === "ready" || phase.kind === "end" || phase.kind === "no-footage";
  if (!gap || !plain) return null;
  const cause = gap.cause === null ? "" : `: ${t(`causes.${gap.cause}`)}`;
  return say("gap-here", `${t("noFootageHere")}${cause}`, { blocking: true });
}

function phaseStatus(situation: Situation, text: Text): Status | null {
  const { player, browserNowMs, nowMs, camera } = situation;
  const { t, formats } = text;
  const { phase } = player;
  const name = camera?.name ?? player.cameraId ?? "";
  switch (phase.kind) {
    case "empty":
    case "ready":
      return null;
    case "loading":
      return loadingStatus(browserNowMs - phase.sinceMs, situation, text);
    case "retrying": {
      const sentence = `${failureText(phase.why, t)} ${againText(phase.retryAtMs - browserNowMs, text)}`;
      return say("retrying", sentence, { tone: "warn", blocking: true, action: { kind: "retry" } });
    }
    case "unsupported": {
      const codecs = phase.codecs.map(codecName).join(", ");
      return say("unsupported", t("unsupported", { codecs }), { tone: "error", blocking: true });
    }
    case "no-hls":
      return say("no-hls", t("noHls"), { tone: "error", blocking: true });
    case "no-footage": {
      const action = lastFootage(camera);
      return say("no-footage", t("noFootageAfter", { moment: formats.moment(phase.askedMs, nowMs) }), {
        blocking: true,
        action,
      });
    }
    case "end": {
      const action = camera?.state === "recording" ? { kind: "go-live" as const } : null;
      const offline = offlineSentence(camera, { name, nowMs }, text);
      const sentence = [t("end", { moment: formats.moment(phase.endMs, nowMs) }), offline]
        .filter(Boolean)
        .join(" ");
      return say("end", sentence, { action });
    }
    case "no-live":
      return noLiveStatus(situation, name, text);
    case "broken":
      return brokenStatus(phase, nowMs, text);
    default:
      return phase satisfies never;
  }
}

function loadingStatus(forMs: number, { player, nowMs }: Situation, { t, formats }: Text): Status | null {
  if (forMs < NOTICEABLE_MS) return null;
  if (forMs > SLOW_MS) {
    const action = { kind: "retry" as const };
    return say("slow", t("slow", { seconds: formats.duration(forMs) }), {
      tone: "warn",
      blocking: true,
      action,
    });
  }
  const recorded = player.source === "recording" && player.wantedMs !== null;
  const what = recorded ? formats.moment(player.wantedMs!, nowMs) : t("loadingLive");
  return say("loading", t("loading", { what }), { blocking: true });
}

function noLiveStatus({ camera, nowMs }: Situation, name: string, text: Text): Status {
  if (camera?.firstMs === null)
    return say("no-footage-yet", text.t("noFootageYet", { camera: name }), { blocking: true });
  const sentence = offlineSentence(camera, { name, nowMs }, text) ?? text.t("noLive", { camera: name });
  return say("no-live", sentence, { tone: "warn", blocking: true, action: lastFootage(camera) });
}

function brokenStatus(phase: Extract<Phase, { kind: "broken" }>, nowMs: number, text: Text): Status {
  const { t, formats } = text;
  if (phase.atMs === null) {
    return say("broken", t("brokenNowhere"), { tone: "error", blocking: true, action: { kind: "retry" } });
  }
  const action = { kind: "play-from" as const, ms: phase.atMs + 10 * SECOND_MS, label: "skip" as const };
  return say("broken", t("broken", { moment: formats.moment(phase.atMs, nowMs) }), {
    tone: "error",
    blocking: true,
    action,
  });
}

/** The picture stands still, or will when the buffer is empty. */
function stallStatus({ player, camera, nowMs, browserNowMs }: Situation, text: Text): Status | null {
  const { t, formats } = text;
  const stalledMs = player.stalledSinceMs === null ? 0 : browserNowMs - player.stalledSinceMs;
  if (player.trouble && stalledMs > NOTICEABLE_MS) {
    const sentence = `${failureText(player.trouble, t)} ${t("againNow")}`;
    return say("trouble", sentence, { tone: "warn", action: { kind: "retry" } });
  }
  if (player.paused || stalledMs <= SLOW_MS) return null;
  if (player.source !== "live") {
    return say("slow", t("slow", { seconds: formats.duration(stalledMs) }), {
      tone: "warn",
      action: { kind: "retry" },
    });
  }
  if (stalledMs <= LIVE_STALL_MS || player.shownMs === null) return null;
  const name = camera?.name ?? player.cameraId ?? "";
  const offline = offlineSentence(camera, { name, nowMs }, text);
  return say("live-stalled", offline ?? t("liveStalled", { last: formats.moment(player.shownMs, nowMs) }), {
    tone: "warn",
  });
}

function noticeStatus({ player, camera, nowMs }: Situation, text: Text): Status | null {
  if (!player.notice) return null;
  const { t } = text;
  const name = camera?.name ?? player.cameraId ?? "";
  switch (player.notice.kind) {
    case "offline": {
      const since = sinceOf(camera, nowMs, text);
      return say("offline", t("offlineShowingLast", { camera: name, since }), { tone: "warn" });
    }
    case "muted":
      return say("muted", t("mutedStart"), { action: { kind: "sound-on" } });
    case "gap":
      return say("gap", gapText(player.notice, nowMs, text), { tone: "warn" });
    default:
      return player.notice satisfies never;
  }
}

function gapText({ range, cause }: Extract<Notice, { kind: "gap" }>, nowMs: number, text: Text): string {
  const { t, formats } = text;
  const resumed = formats.moment(range.endMs, nowMs);
  if (cause === null) return t("nothingThere", { resumed });
  return t("gapSkipped", { range: formats.range(range, nowMs), cause: t(`causes.${cause}`), resumed });
}

function againText(inMs: number, { t, formats }: Text): string {
  return inMs < SECOND_MS / 2
    ? t("againNow")
    : t("again", { seconds: formats.duration(Math.ceil(inMs / SECOND_MS) * SECOND_MS) });
}

function offlineSentence(
  camera: CameraView | null,
  { name, nowMs }: { name: string; nowMs: number },
  text: Text,
): string | null {
  return camera?.state === "offline"
    ? text.t("offlineNow", { camera: name, since: sinceOf(camera, nowMs, text) })
    : null;
}

function sinceOf(camera: CameraView | null, nowMs: number, { formats }: Text): string {
  return formats.moment(camera?.sinceMs ?? nowMs, nowMs);
}

function lastFootage(camera: CameraView | null): Action | null {
  if (!camera || camera.lastMs === null) return null;
  return { kind: "play-from", ms: camera.lastMs - LAST_MOMENTS_MS, label: "lastFootage" };
}

function say(
  kind: string,
  text: string,
  { tone = "info", blocking = false, action = null }: Partial<Omit<Status, "kind" | "text">>,
): Status {
  return { kind, text, tone, blocking, action };
}
