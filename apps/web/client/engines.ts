/**
 * Chooses what plays: hls.js wherever it can run, otherwise the browser's own HLS. Chromium answers "maybe" to
 * HLS and plays it worse than hls.js does, so hls.js is asked first. It is loaded when the first video is.
 */
import type { TypeTest } from "./codecs.ts";
import { hlsEngine } from "./hls_engine.ts";
import { nativeEngine } from "./native_engine.ts";
import type { Engine } from "./playback.ts";

const HLS_TYPE = "application/vnd.apple.mpegurl";

/** The engine for this browser, or null when it can play no HLS. Rejects when hls.js cannot be loaded. */
export async function chooseEngine(
  video: HTMLVideoElement,
  { oneOfMany = false }: { oneOfMany?: boolean } = {},
): Promise<Engine | null> {
  const { default: Hls } = await import("hls.js");
  if (Hls.isSupported()) return hlsEngine(Hls, { oneOfMany });
  return video.canPlayType(HLS_TYPE) === "" ? null : nativeEngine;
}

/** Begins to load hls.js before it is needed. When that fails it is tried again with the first video. */
export function preloadEngine(): void {
  import("hls.js").catch(() => undefined);
}

/** The browser's Media Source Extensions, of either kind; undefined where it has none. */
export function mediaSource(): TypeTest | undefined {
  const scope = globalThis as { ManagedMediaSource?: TypeTest; MediaSource?: TypeTest };
  return scope.ManagedMediaSource ?? scope.MediaSource;
}
