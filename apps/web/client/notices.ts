/**
 * What is said in passing: a notice stands for a while and goes by itself, or stands until the next one.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import type { Notice, PlayerState } from "./player_state.ts";
import type { WritableStore } from "./store.ts";
import { SECOND_MS } from "./zone.ts";

const PASSING_MS = 8 * SECOND_MS;

export class Notices implements Disposable {
  readonly #store: WritableStore<PlayerState>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: WritableStore<PlayerState>) {
    this.#store = store;
  }

  /** Shows a notice in place of any other; null takes it away. */
  show(notice: Notice | null): void {
    clearTimeout(this.#timer);
    this.#store.set({ notice });
    // That a camera is offline stays true while its last moments play.
    if (notice === null || notice.kind === "offline") return;
    this.#timer = setTimeout(() => this.#store.set({ notice: null }), PASSING_MS);
  }

  /** Says that playback left out a range, for a cause if one is known. */
  leftOut(range: TimeRange, cause: GapCause | null): void {
    this.show({ kind: "gap", range, cause });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
