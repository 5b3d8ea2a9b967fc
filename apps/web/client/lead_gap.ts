/**
 * The player that leads a grid, in a gap of its camera: the picture is covered, the state tells of the gap and of the
 * moment that goes on for the cameras beside it, and the element waits at the first picture after the gap. Without
 * cameras beside it a gap is left out, with a word. How time goes on is gap_bridge.ts'.
 */
import { coverFrame, releaseFrame } from "./freeze_frame.ts";
import { type Gap, GapBridge } from "./gap_bridge.ts";
import { causeAt } from "./gap_cause.ts";
import type { Guide } from "./guide.ts";
import type { Loader, Screen } from "./loader.ts";
import type { Notices } from "./notices.ts";
import type { PlayerState } from "./player_state.ts";
import { positionAt } from "./position.ts";
import type { WritableStore } from "./store.ts";

export type LeadGapOptions = {
  guide: Guide;
  store: WritableStore<PlayerState>;
  notices: Notices;
  loader: Pick<Loader, "loaded" | "wantsPlay">;
  screen: () => Screen | null;
  /** The cameras beside the one that leads. */
  beside: () => readonly string[];
  /** Nobody has more footage in the gap: what is loaded, if anything is, is shown again. */
  onEnd: () => void;
};

export class LeadGap implements Disposable {
  readonly #options: LeadGapOptions;
  readonly #bridge: GapBridge;
  #left = new AbortController();

  constructor(options: LeadGapOptions) {
    const { guide, beside, store, notices } = options;
    this.#options = options;
    this.#bridge = new GapBridge({
      ...{ guide, beside },
      onTime: (ms) => store.set({ shownMs: ms }),
      onLeftOut: (range) => notices.leftOut(range, null),
      onEnd: ({ endMs }) => {
        this.leave();
        if (endMs === null) store.set({ paused: true });
        options.onEnd();
      },
    });
  }

  get active(): boolean {
    return this.#bridge.active;
  }

  /** The moment that goes on, ms. */
  get ms(): number {
    return this.#bridge.ms;
  }

  /** The player has come to the end of its footage. */
  enter(gap: Gap): void {
    const { store, notices, loader, screen, beside } = this.#options;
    const { cameraId, rate } = store.getState();
    if (beside().length === 0 || cameraId === null) {
      if (gap.endMs !== null) notices.leftOut({ startMs: gap.startMs, endMs: gap.endMs }, gap.cause);
      return;
    }
    this.leave();
    this.#bridge.start(gap, { rate, playing: loader.wantsPlay });
    store.set({ gap, paused: !loader.wantsPlay, shownMs: gap.startMs, atLive: false });
    const on = screen();
    if (on) this.#waitBehind(gap, on);
    void this.#findCause(cameraId, gap);
  }

  /** What is shown is the camera's own picture again. */
  leave(): void {
    const { store, screen } = this.#options;
    if (store.getState().gap === null) return;
    this.#left.abort();
    this.#bridge.stop();
    store.set({ gap: null });
    const on = screen();
    if (on) releaseFrame(on);
  }

  /** Whether it plays, or how fast, has changed. */
  pace(): void {
    const { rate, paused } = this.#options.store.getState();
    if (this.active) this.#bridge.setPace({ rate, playing: !paused });
  }

  [Symbol.dispose](): void {
    this.#left.abort();
    this.#bridge[Symbol.dispose]();
  }

  #waitBehind({ endMs }: Gap, screen: Screen): void {
    coverFrame(screen);
    screen.video.pause();
    const next = endMs === null ? null : positionAt(this.#options.loader.loaded().fragments, endMs);
    // Some frames of it have been shown by the time that the gap is noticed.
    if (next && screen.video.currentTime > next.timeS) screen.video.currentTime = next.timeS;
  }

  async #findCause(cameraId: string, gap: Gap): Promise<void> {
    this.#left = new AbortController();
    const { signal } = this.#left;
    const cause = await causeAt({ cameraId, ms: gap.startMs }, signal);
    if (!signal.aborted && cause !== null) this.#options.store.set({ gap: { ...gap, cause } });
  }
}
