/**
 * Plays a playlist with the browser's own HLS, where hls.js cannot run (older iPhones). The playlist is read a
 * second time to place its fragments, because browsers tell no dates after the first gap.
 * Known limits: a live playlist is placed by the element's start date alone, and a browser without that shows
 * live pictures without their time; errors carry no status.
 */
import { type Failure, get } from "./http.ts";
import type { Engine, Playback, PlaybackFailure, PlaybackOptions } from "./playback.ts";
import { placedFragments } from "./playlist_text.ts";
import type { PlacedFragment } from "./position.ts";
import { startTime } from "./windows.ts";

/** WebKit's element knows the date of its time 0. */
type DatedVideo = HTMLVideoElement & { getStartDate?: () => Date };

export const nativeEngine: Engine = {
  open,
  [Symbol.dispose]() {
    // Nothing is kept.
  },
};

function open(options: PlaybackOptions): Playback {
  const { video, url, at, signal, onFailure } = options;
  const ending = new AbortController();
  const alive = AbortSignal.any([signal, ending.signal]);
  let recorded: PlacedFragment[] = [];
  const fragments = () => (at.kind === "live" ? liveFragments(video) : recorded);
  const liveSyncS = () => (at.kind === "live" ? seekableEnd(video) : null);

  const begin = async () => {
    if (at.kind === "moment") {
      const playlist = await get(url, { signal: alive });
      if (!playlist.ok) return onFailure(failureOf(playlist.failure));
      recorded = placedFragments(playlist.value);
    }
    listen(options, {
      alive,
      place: () => startTime(at, { fragments: fragments(), liveSyncS: liveSyncS() }),
    });
    video.src = url;
    video.load();
  };
  begin().catch((error: unknown) => {
    if (!alive.aborted) onFailure({ kind: "media", detail: String(error), untilMs: null });
  });

  return {
    fragments,
    liveSyncS,
    prepareFor() {
      // The browser decides how much it buffers.
    },
    recover: () => video.load(),
    [Symbol.dispose]() {
      if (ending.signal.aborted) return;
      ending.abort();
      video.removeAttribute("src");
      video.load();
    },
  };
}

function listen(
  options: PlaybackOptions,
  { alive, place }: { alive: AbortSignal; place: () => number | null },
) {
  const { video, at, onReady, onFailure } = options;
  video.addEventListener(
    "loadedmetadata",
    () => {
      // For live the browser itself chooses a good distance to the edge.
      const chosen = at.kind === "live" && at.fromMs === undefined;
      const timeS = chosen ? video.currentTime : place();
      if (timeS === null) return onFailure({ kind: "outside" });
      if (!chosen) video.currentTime = timeS;
      onReady();
    },
    { signal: alive },
  );
  video.addEventListener("error", () => onFailure(mediaFailure(video.error)), { signal: alive });
}

function mediaFailure(error: MediaError | null): PlaybackFailure {
  if (error?.code === MediaError.MEDIA_ERR_NETWORK) {
    return { kind: "network", what: "video", status: null, timedOut: false };
  }
  const detail = error?.message || `media error ${error?.code ?? "unknown"}`;
  return { kind: "media", detail, untilMs: null };
}

function failureOf(failure: Failure): PlaybackFailure {
  const status = failure.kind === "problem" ? failure.status : null;
  return { kind: "network", what: "playlist", status, timedOut: failure.kind === "timeout" };
}

function liveFragments(video: DatedVideo): PlacedFragment[] {
  const dateMs = video.getStartDate?.().getTime() ?? Number.NaN;
  const endS = seekableEnd(video);
  if (Number.isNaN(dateMs) || endS === null) return [];
  return [{ start: 0, duration: endS, programDateTime: dateMs }];
}

function seekableEnd(video: HTMLVideoElement): number | null {
  return video.seekable.length > 0 ? video.seekable.end(video.seekable.length - 1) : null;
}
