/**
 * A tile of the grid: a player of its own that is kept in step with the player that leads. It has no sound, and no
 * will of its own: what the viewer asks for is asked of the lead. What to do is decided in follow_plan.ts.
 */
import type { GapCause } from "@rokuga/media/gap_cause.ts";
import { followStep } from "./follow_plan.ts";
import { causeAt } from "./gap_cause.ts";
import type { Guide } from "./guide.ts";
import { Player } from "./player.ts";
import { createStore } from "./store.ts";

/** How often it is looked whether the tile is in step, ms. */
const LOOK_EVERY_MS = 100;

export type FollowerState = {
  /** It has no footage at the lead's moment. */
  gap: boolean;
  /** Why, if that is known. */
  cause: GapCause | null;
};

export class Follower implements Disposable {
  readonly player: Player;
  readonly #lead: Player;
  readonly #guide: Guide;
  readonly #cameraId: string;
  readonly #store = createStore<FollowerState>({ gap: false, cause: null });
  readonly #ending = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #asked: { ms: number; atMs: number } | null = null;
  readonly getState = this.#store.getState;
  readonly subscribe = this.#store.subscribe;

  /** Follows from now on, until it is disposed of. */
  constructor({ cameraId, lead, guide }: { cameraId: string; lead: Player; guide: Guide }) {
    this.#cameraId = cameraId;
    this.#lead = lead;
    this.#guide = guide;
    this.player = new Player(guide, { muted: true, volume: 1, oneOfMany: true });
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#look();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#ending.abort();
    this.player[Symbol.dispose]();
  }

  #look(): void {
    const lead = this.#lead.moment();
    if (!lead) return;
    const { phase, paused } = this.player.getState();
    const step = followStep(lead, {
      ...{ phase: phase.kind, ms: this.player.moment()?.ms ?? null, paused },
      askedMs: this.#asked?.ms ?? null,
      askedAgoMs: this.#asked ? performance.now() - this.#asked.atMs : Number.POSITIVE_INFINITY,
      lastMs: this.#guide.camera(this.#cameraId)?.lastMs ?? null,
    });
    switch (step.kind) {
      case "wait":
        break;
      case "open":
        this.#askedFor(lead.ms);
        this.player.dispatch({
          ...{ type: "open", cameraId: this.#cameraId },
          ...{ at: step.at, paused: !lead.playing },
        });
        break;
      case "seek":
        this.#askedFor(step.ms);
        this.player.dispatch({ type: "follow", ms: step.ms, keyframe: step.keyframe });
        break;
      case "hold":
      case "pause":
        this.player.dispatch({ type: "pause" });
        break;
      case "play":
        this.player.dispatch({ type: "rate", rate: lead.rate, nudge: step.nudge });
        if (paused) this.player.dispatch({ type: "play" });
        break;
      default:
        step satisfies never;
    }
    const waits = step.kind === "hold" && step.gap;
    if (waits !== this.#store.getState().gap) this.#setGap(waits, lead.ms);
  }

  #askedFor(ms: number): void {
    this.#asked = { ms, atMs: performance.now() };
  }

  #setGap(gap: boolean, ms: number): void {
    this.#store.set({ gap, cause: null });
    if (gap) void this.#findCause(ms);
  }

  async #findCause(ms: number): Promise<void> {
    const cause = await causeAt({ cameraId: this.#cameraId, ms }, this.#ending.signal);
    if (this.#store.getState().gap) this.#store.set({ cause });
  }
}
