/**
 * Takes up footage that arrives late: watches the playhead come near the holes of the loaded list, asks the
 * timeline what they hold by now, and has the list loaded again when that is worth it. When is decided in
 * late_plan.ts. Until the timeline has answered, and when it does not, playback goes on as listed.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { Guide } from "./guide.ts";
import { type Known, lateBetween, lateStep, type Taken } from "./late_plan.ts";
import type { PlacedFragment } from "./position.ts";

/** A playhead that passed a hole while the timeline was asked is taken back for an answer that is this fast, ms. */
const HOLD_MS = 2_000;

export type Playhead = {
  cameraId: string;
  fragments: readonly PlacedFragment[];
  /** The moment on the screen, ms. */
  shownMs: number;
  rate: number;
};

export class LateFootage implements Disposable {
  readonly #guide: Pick<Guide, "coverage">;
  readonly #load: (ms: number) => void;
  #cameraId: string | null = null;
  #known: Known | null = null;
  #taken: Taken | null = null;
  #beforeMs: number | null = null;
  #asking: { ending: AbortController; atMs: number } | null = null;

  constructor(options: {
    guide: Pick<Guide, "coverage">;
    /** Loads what is played again, at a moment. */
    load: (ms: number) => void;
  }) {
    this.#guide = options.guide;
    this.#load = options.load;
  }

  /** The playhead went on by playing. */
  onPlayed({ cameraId, ...playhead }: Playhead): void {
    if (cameraId !== this.#cameraId) this.#forget(cameraId);
    const atMs = performance.now();
    const step = lateStep({
      ...playhead,
      beforeMs: this.#beforeMs,
      atMs,
      known: this.#known,
      taken: this.#taken,
    });
    const held = this.#asking !== null && atMs - this.#asking.atMs < HOLD_MS;
    if (!held || this.#beforeMs === null) this.#beforeMs = playhead.shownMs;
    if (step?.kind === "ask") void this.#ask(cameraId, step.range);
    else if (step?.kind === "load") {
      this.#taken = step.taken;
      this.#beforeMs = null;
      this.#load(step.ms);
    }
  }

  /** The playhead was moved. */
  onJump(): void {
    this.#beforeMs = null;
  }

  /** Whether what the list leaves out between two moments is known to have arrived. */
  isBetween(fragments: readonly PlacedFragment[], range: TimeRange): boolean {
    return lateBetween(fragments, { range, known: this.#known });
  }

  [Symbol.dispose](): void {
    this.#asking?.ending.abort();
  }

  async #ask(cameraId: string, range: TimeRange): Promise<void> {
    if (this.#asking) return;
    const asking = { ending: new AbortController(), atMs: performance.now() };
    this.#asking = asking;
    // It rejects only when it was aborted.
    const answer = await this.#guide.coverage({ cameraId, range }, asking.ending.signal).catch(() => null);
    if (this.#asking !== asking) return;
    this.#asking = null;
    // Without an answer nothing is known to have changed; it is asked again like after any other.
    if (answer) this.#known = { range, coverage: answer.ok ? answer.value : [], atMs: asking.atMs };
  }

  #forget(cameraId: string): void {
    this.#asking?.ending.abort();
    this.#asking = null;
    this.#cameraId = cameraId;
    this.#known = null;
    this.#taken = null;
    this.#beforeMs = null;
  }
}
