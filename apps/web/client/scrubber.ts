/**
 * Scrubbing: while the playhead is dragged, the picture of each place it passes is drawn over the video, and when it is
 * let go the player plays from there. The picture stays until the player shows its own. It holds what is dragged; what
 * the video shows remains the player's.
 */
import { settleMs } from "./keyframe_list.ts";
import { newest } from "./newest.ts";
import type { PictureQuestion, Pictures } from "./pictures.ts";
import type { Player } from "./player.ts";
import type { PlayerState } from "./player_state.ts";
import { createStore, type Store } from "./store.ts";

export type ScrubState = {
  /** The moment that is dragged to, ms; null while nobody scrubs. */
  ms: number | null;
  /** The picture over the video; null while there is none. */
  picture: { ms: number; durationMs: number } | null;
  /** There is no footage at the moment. */
  missing: boolean;
  /** It was let go, and the player has not come there yet. */
  settling: boolean;
};

const IDLE: ScrubState = { ms: null, picture: null, missing: false, settling: false };

/** How long the picture waits for the player, ms: what keeps it from playing is then said by the page. */
const SETTLE_MS = 10_000;
/** Snapshots of the server are made no wider, pixels. */
const SNAPSHOT_PX = 1_280;

export type Scrubber = Store<ScrubState> &
  Disposable & {
    /** Draws on a canvas until the returned function is called. */
    attach(canvas: HTMLCanvasElement): () => void;
    /** The playhead is dragged to a moment. The first call pauses the video. */
    moveTo(ms: number): void;
    /** The playhead is let go: plays from where it is. */
    finish(): void;
    /** Leaves everything as it was before. */
    cancel(): void;
  };

export type ScrubberOptions = {
  player: Player;
  pictures: Pictures;
  seekTo: (ms: number) => void;
  /** What is on the timeline. */
  shown: () => { spanMs: number; widthPx: number };
};

export function createScrubber({ player, pictures, seekTo, shown }: ScrubberOptions): Scrubber {
  const store = createStore<ScrubState>(IDLE);
  let canvas: HTMLCanvasElement | null = null;
  let wasPlaying = false;
  let settled = new AbortController();

  const questions = newest<PictureQuestion>(async (question, signal) => {
    const picture = await pictures.at(question, signal);
    if (picture.kind === "picture") {
      if (canvas && !signal.aborted) draw(canvas, picture.image);
      picture.image.close();
    }
    if (signal.aborted) return;
    if (picture.kind === "picture") {
      store.set({ picture: { ms: picture.ms, durationMs: picture.durationMs }, missing: false });
    } else if (picture.kind === "no-footage") store.set({ missing: true });
  });
  const end = () => {
    settled.abort();
    questions.clear();
    store.set(IDLE);
  };
  const settle = (jumps: number) => {
    settled = new AbortController();
    const stop = player.subscribe(() => {
      if (hasArrived(player.getState(), jumps)) end();
    });
    const timer = setTimeout(end, SETTLE_MS);
    settled.signal.addEventListener("abort", () => {
      stop();
      clearTimeout(timer);
    });
  };

  return {
    getState: store.getState,
    subscribe: store.subscribe,
    attach(of) {
      canvas = of;
      return () => {
        canvas = null;
      };
    },
    moveTo(ms) {
      const { cameraId, paused } = player.getState();
      if (cameraId === null) return;
      const { ms: before, settling } = store.getState();
      if (before === null || settling) {
        settled.abort();
        if (before === null) wasPlaying = !paused;
        player.dispatch({ type: "pause" });
      }
      store.set({ ms, settling: false });
      questions.ask({ cameraId, ms, shownSpanMs: shown().spanMs, widthPx: SNAPSHOT_PX });
    },
    finish() {
      const { ms, picture, missing } = store.getState();
      if (ms === null) return;
      const { spanMs, widthPx } = shown();
      const { jumps } = player.getState();
      questions.clear();
      const toMs = settleMs(ms, {
        picture: missing ? null : picture,
        msPerPx: spanMs / Math.max(1, widthPx),
      });
      // Over a gap there is no picture to keep: the page says where playback goes on.
      if (missing || !picture) end();
      else {
        store.set({ ms: toMs, settling: true });
        settle(jumps);
      }
      seekTo(toMs);
      player.dispatch({ type: "play" });
    },
    cancel() {
      if (store.getState().ms === null) return;
      end();
      if (wasPlaying) player.dispatch({ type: "play" });
    },
    [Symbol.dispose]: end,
  };
}

/** Whether the player shows what was asked for after `jumps`, or says why it does not. */
function hasArrived(state: PlayerState, jumps: number): boolean {
  const { kind } = state.phase;
  if (state.jumps === jumps || kind === "loading" || kind === "empty") return false;
  return kind !== "ready" || state.shownMs !== null;
}

function draw(canvas: HTMLCanvasElement, image: VideoFrame | ImageBitmap): void {
  const [width, height] =
    image instanceof ImageBitmap ? [image.width, image.height] : [image.displayWidth, image.displayHeight];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
}
