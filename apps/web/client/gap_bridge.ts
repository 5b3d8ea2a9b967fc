/**
 * Lets time go on in a gap of the camera that leads a grid, as long as a camera beside it has footage there: counts the
 * moment that the others follow, at the pace of the clock, and leaves out what none of them has. It moves no picture;
 * the player is told of each moment and of the end.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import { footageBeside } from "./footage_beside.ts";
import { SEAM_MS } from "./gap_plan.ts";
import type { Guide } from "./guide.ts";

/** A time of which a camera has no footage. */
export type Gap = {
  startMs: number;
  /** Where its footage goes on, ms; null: nowhere, as far as is known. */
  endMs: number | null;
  cause: GapCause | null;
};

/** How often is told of the moment, ms. */
const TELL_EVERY_MS = 100;

export type BridgeOptions = {
  guide: Pick<Guide, "coverage" | "footageAfter" | "nowMs">;
  /** The cameras beside the one that leads. */
  beside: () => readonly string[];
  onTime(ms: number): void;
  /** A range was left out, because nobody has footage of it. */
  onLeftOut(range: TimeRange): void;
  /** There is nothing more to play in the gap. */
  onEnd(gap: Gap): void;
};

export class GapBridge implements Disposable {
  readonly #options: BridgeOptions;
  #gap: Gap | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Where the count began, and when. */
  #anchor = { ms: 0, atMs: 0 };
  /** The count stands still here: what comes next is asked for. */
  #untilMs = 0;
  #pace = { rate: 1, playing: false };
  #asking: AbortController | null = null;

  constructor(options: BridgeOptions) {
    this.#options = options;
  }

  get active(): boolean {
    return this.#gap !== null;
  }

  /** The moment now, ms. */
  get ms(): number {
    const { rate, playing } = this.#pace;
    const wentMs = playing ? (performance.now() - this.#anchor.atMs) * rate : 0;
    return Math.round(Math.min(this.#anchor.ms + wentMs, this.#untilMs));
  }

  start(gap: Gap, pace: { rate: number; playing: boolean }): void {
    this.stop();
    this.#gap = gap;
    this.#pace = pace;
    this.#countFrom({ startMs: gap.startMs, endMs: gap.startMs });
    this.#timer = setInterval(() => this.#look(), TELL_EVERY_MS);
    this.#look();
  }

  setPace(pace: { rate: number; playing: boolean }): void {
    const { ms } = this;
    this.#pace = pace;
    this.#countFrom({ startMs: ms, endMs: this.#untilMs });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
    this.#gap = null;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #countFrom({ startMs, endMs }: TimeRange): void {
    this.#anchor = { ms: startMs, atMs: performance.now() };
    this.#untilMs = endMs;
  }

  #look(): void {
    const gap = this.#gap;
    if (!gap) return;
    const { ms } = this;
    const cameraIds = this.#options.beside();
    if (cameraIds.length === 0 || (gap.endMs !== null && ms >= gap.endMs)) {
      this.#end(gap, ms);
      return;
    }
    this.#options.onTime(ms);
    if (ms >= this.#untilMs && !this.#asking) void this.#goOn(gap, { cameraIds, ms });
  }

  async #goOn(gap: Gap, { cameraIds, ms }: { cameraIds: readonly string[]; ms: number }): Promise<void> {
    const { guide, onLeftOut } = this.#options;
    const asking = new AbortController();
    this.#asking = asking;
    const endMs = gap.endMs ?? guide.nowMs();
    // It rejects only when it was aborted.
    const next = await footageBeside(guide, { cameraIds, ms, endMs }, asking.signal).catch(() => null);
    if (asking.signal.aborted) return;
    this.#asking = null;
    if (!next) {
      this.#end(gap, ms);
      return;
    }
    if (next.startMs - ms > SEAM_MS) onLeftOut({ startMs: ms, endMs: next.startMs });
    this.#countFrom(next);
  }

  #end(gap: Gap, ms: number): void {
    const { onLeftOut, onEnd } = this.#options;
    this.stop();
    onEnd(gap);
    if (gap.endMs !== null && gap.endMs - ms > SEAM_MS) onLeftOut({ startMs: ms, endMs: gap.endMs });
  }
}
