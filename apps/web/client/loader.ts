/**
 * Loads what is to be played and keeps it going: opens playlists, tries again what failed, carries on with the
 * next window at the end of one, and looks for footage where there is none. It sets the phase and where playback
 * stands in it; the controls and the clock of the picture belong to player.ts.
 * Longer than other modules: its steps lead into each other, and what decides is in target.ts, recovery.ts, windows.ts.
 */
import { liveUrl, playlistUrl } from "./api.ts";
import { backoffMs } from "./backoff.ts";
import { unsupportedCodecs } from "./codecs.ts";
import { chooseEngine, mediaSource } from "./engines.ts";
import { freezeFrame, releaseFrame } from "./freeze_frame.ts";
import type { Gap } from "./gap_bridge.ts";
import type { Guide } from "./guide.ts";
import type { Failure } from "./http.ts";
import type { Notices } from "./notices.ts";
import type { Engine, Playback, PlaybackFailure } from "./playback.ts";
import { type Phase, type PlayerState, playheadMs } from "./player_state.ts";
import { extent, type PlacedFragment, positionAt, wallAt } from "./position.ts";
import { placeAfter, type Recovery, recoveryFor } from "./recovery.ts";
import type { WritableStore } from "./store.ts";
import { divert, type Target } from "./target.ts";
import { type At, continuation, windowFor } from "./windows.ts";
import { SECOND_MS } from "./zone.ts";

/** The element that shows the video, and a canvas over it for the last picture of what was before. */
export type Screen = { video: HTMLVideoElement; canvas: HTMLCanvasElement };

export type Loaded = { fragments: readonly PlacedFragment[]; liveSyncS: number | null };

/** Footage that begins later than asked by more than this is worth a word. */
const LATE_MS = 1_500;
/** Media failures further apart than this have nothing to do with each other. */
const MEDIA_FAILURE_MEMORY_MS = 30 * SECOND_MS;
const MAX_SEARCHES = 3;

export class Loader implements Disposable {
  /** Whether it plays as soon as it can. */
  wantsPlay = true;
  readonly #store: WritableStore<PlayerState>;
  readonly #guide: Guide;
  readonly #notices: Notices;
  readonly #oneOfMany: boolean;
  readonly #onLoaded: (screen: Screen, gap: Gap | null) => void;
  readonly #onNothing: (ms: number) => void;
  #screen: Screen | null = null;
  #target: Target | null = null;
  #opening = new AbortController();
  /** Chosen with the first video. */
  #engine: Engine | null = null;
  #playback: Playback | null = null;
  #attempt = 0;
  #mediaFailures = { count: 0, atMs: 0 };

  constructor(options: {
    store: WritableStore<PlayerState>;
    guide: Guide;
    notices: Notices;
    /** Others on the page load at the same time. */
    oneOfMany: boolean;
    /**
     * A playlist is loaded and the place to begin is set. `gap`: what comes first is later than what was asked for, or
     * than what was played last.
     */
    onLoaded: (screen: Screen, gap: Gap | null) => void;
    /** There is no footage at a moment, nor after it. */
    onNothing: (ms: number) => void;
  }) {
    this.#store = options.store;
    this.#guide = options.guide;
    this.#notices = options.notices;
    this.#oneOfMany = options.oneOfMany;
    this.#onLoaded = options.onLoaded;
    this.#onNothing = options.onNothing;
  }

  /** Uses a screen from now on, or none. What is to be played is loaded again on a new one. */
  setScreen(screen: Screen | null): void {
    if (!screen) this.#close();
    this.#screen = screen;
    if (screen) this.reopen();
  }

  /** What is loaded; empty while nothing is. */
  loaded(): Loaded {
    return {
      fragments: this.#playback?.fragments() ?? [],
      liveSyncS: this.#playback?.liveSyncS() ?? null,
    };
  }

  prepareFor(rate: number): void {
    this.#playback?.prepareFor(rate);
  }

  /** Pictures come: earlier failures are over. */
  progressed(): void {
    this.#attempt = 0;
  }

  /** Plays a camera at a moment or live. */
  show(cameraId: string, at: At): void {
    this.#attempt = 0;
    const { jumps } = this.#store.getState();
    this.#open(
      { cameraId, at, askedMs: null, cause: null, afterMs: null, searches: 0 },
      { intent: at.kind, jumps: jumps + 1 },
    );
  }

  /** Loads again what is shown, where it is shown. */
  reopen(): void {
    const target = this.#target;
    if (!target) return;
    const state = this.#store.getState();
    const ms = playheadMs(state);
    const { at } = target;
    const live = at.kind === "live" && state.intent === "live" && (state.atLive || state.shownMs === null);
    const same = at.kind === "moment" && at.ms === ms;
    if (ms === null || live || same) this.#open(target);
    else this.#open({ ...target, at: { kind: "moment", ms }, askedMs: null, cause: null });
  }

  /** Loads what is shown again at a moment of it, because its playlist has become richer. */
  renew(ms: number): void {
    if (this.#target)
      this.#open({ ...this.#target, at: { kind: "moment", ms }, askedMs: null, cause: null, searches: 0 });
  }

  /** A window was played to its end, or to a media time in it: goes on with the next one. */
  continue(endS?: number): void {
    const target = this.#target;
    const { fragments } = this.loaded();
    const playedMs = endS === undefined ? extent(fragments)?.endMs : wallAt(fragments, endS);
    if (!target || playedMs == null) return;
    const endMs = Math.ceil(playedMs);
    // A window that brought nothing new would otherwise be continued for ever.
    const stuck = target.afterMs !== null && endMs - target.afterMs < SECOND_MS;
    const next = { ...target, askedMs: null, cause: null, afterMs: endMs, searches: 0 };
    const at = continuation(endMs, { nowMs: this.#guide.nowMs(), recording: this.#recording() });
    if (stuck) void this.#findFootage(next, endMs + SECOND_MS);
    else this.#open({ ...next, at });
  }

  [Symbol.dispose](): void {
    this.#target = null;
    this.#close();
    this.#engine?.[Symbol.dispose]();
  }

  /** `patch`: what else changes in the same moment. */
  #open(target: Target, patch: Partial<PlayerState> = {}): void {
    const state = this.#store.getState();
    const sameCamera = state.cameraId === target.cameraId;
    if (this.#screen && sameCamera) freezeFrame(this.#screen);
    else if (this.#screen) releaseFrame(this.#screen);
    this.#close();
    this.#target = target;
    const camera = this.#guide.camera(target.cameraId);
    const { at, offline, askedMs } = divert(target.at, camera);
    this.#store.set({
      cameraId: target.cameraId,
      standIn: offline || (patch.intent === undefined && state.standIn && at.kind !== "live"),
      source: at.kind === "live" ? "live" : "recording",
      phase: { kind: "loading", sinceMs: Date.now() },
      // Until live is there, the last picture stays, with its time.
      wantedMs: at.kind === "moment" ? at.ms : (at.fromMs ?? (sameCamera ? playheadMs(state) : null)),
      shownMs: null,
      atLive: false,
      trouble: null,
      stalledSinceMs: null,
      paused: !this.wantsPlay,
      ...patch,
    });
    this.#notices.show(offline ? { kind: "offline" } : null);
    const codecs = unsupportedCodecs(camera?.tracks ?? null, mediaSource());
    if (codecs.length > 0) this.#stop({ kind: "unsupported", codecs });
    else if (camera && camera.firstMs === null) this.#stop({ kind: "no-live" });
    else if (this.#screen)
      void this.#start({ ...target, at, askedMs: target.askedMs ?? askedMs }, this.#screen);
  }

  async #start(target: Target, screen: Screen): Promise<void> {
    const { signal } = this.#opening;
    // Undefined: hls.js itself could not be loaded. Only the first time is there anything to wait for.
    const engine =
      this.#engine ??
      (await chooseEngine(screen.video, { oneOfMany: this.#oneOfMany }).catch(() => undefined));
    if (signal.aborted) return engine?.[Symbol.dispose]();
    if (engine) this.#engine = engine;
    if (engine === undefined) this.#retryLater({ kind: "network" });
    else if (engine === null) this.#stop({ kind: "no-hls" });
    else this.#playback = this.#playOn(engine, target, screen);
  }

  #playOn(engine: Engine, target: Target, screen: Screen): Playback {
    const { cameraId, at } = target;
    return engine.open({
      video: screen.video,
      url: at.kind === "live" ? liveUrl(cameraId) : playlistUrl(cameraId, windowFor(at.ms)),
      at,
      signal: this.#opening.signal,
      onReady: () => {
        const gap = this.#gapBefore(target);
        this.#store.set({ phase: { kind: "ready" } });
        this.#onLoaded(screen, gap);
      },
      onEnd: (endS) => this.continue(endS),
      onTrouble: (trouble) => this.#store.set({ trouble }),
      onFailure: (failure) => this.#onFailure(failure, target),
    });
  }

  /** What lies between what was asked for, or was played last, and what comes first. */
  #gapBefore({ cameraId, at, askedMs, cause }: Target): Gap | null {
    const placedMs = at.kind === "moment" ? at.ms : at.fromMs;
    if (placedMs === undefined) return null;
    const fromMs = askedMs ?? placedMs;
    const startMs = positionAt(this.loaded().fragments, placedMs)?.ms ?? fromMs;
    if (startMs - fromMs <= LATE_MS) return null;
    const known = this.#guide.gapAt(cameraId, (fromMs + startMs) / 2)?.cause ?? cause;
    return { startMs: fromMs, endMs: startMs, cause: known };
  }

  #close(): void {
    this.#opening.abort();
    this.#opening = new AbortController();
    this.#playback?.[Symbol.dispose]();
    this.#playback = null;
  }

  /** Ends in a phase that only a request leaves. */
  #stop(phase: Phase): void {
    this.#close();
    this.#store.set({ phase, paused: true, stalledSinceMs: null, trouble: null });
  }

  #onFailure(failure: PlaybackFailure, target: Target): void {
    const now = Date.now();
    const recent = now - this.#mediaFailures.atMs < MEDIA_FAILURE_MEMORY_MS;
    const mediaFailures = recent ? this.#mediaFailures.count : 0;
    if (failure.kind === "media") this.#mediaFailures = { count: mediaFailures + 1, atMs: now };
    const recovery = recoveryFor(failure, { at: target.at, mediaFailures, recording: this.#recording() });
    this.#carryOut(recovery, { failure, target });
  }

  #carryOut(recovery: Recovery, { failure, target }: { failure: PlaybackFailure; target: Target }): void {
    switch (recovery.kind) {
      case "recover":
        this.#playback?.recover();
        break;
      case "retry":
        this.#retryLater(failure);
        break;
      case "open":
        this.#open({ ...target, at: recovery.at });
        break;
      case "skip": {
        const { shownMs, wantedMs } = this.#store.getState();
        const askedMs = shownMs ?? target.askedMs ?? wantedMs;
        this.#open({ ...target, at: { kind: "moment", ms: recovery.toMs }, askedMs, cause: "corrupt" });
        break;
      }
      case "find-footage":
        void this.#findFootage(target, recovery.fromMs);
        break;
      case "no-live":
        this.#stop({ kind: "no-live" });
        break;
      case "unsupported":
        this.#stop({ kind: "unsupported", codecs: [recovery.codec] });
        break;
      case "give-up":
        this.#stop({ kind: "broken", atMs: playheadMs(this.#store.getState()), detail: recovery.detail });
        break;
      default:
        recovery satisfies never;
    }
  }

  /** Closes the playback, keeps its last picture, and loads again after a pause. */
  #retryLater(why: PlaybackFailure | Failure): void {
    if (this.#screen) freezeFrame(this.#screen);
    this.#close();
    this.#attempt += 1;
    const pauseMs = backoffMs(this.#attempt);
    const phase: Phase = { kind: "retrying", why, attempt: this.#attempt, retryAtMs: Date.now() + pauseMs };
    this.#store.set({ phase, trouble: null, stalledSinceMs: null });
    const timer = setTimeout(() => this.reopen(), pauseMs);
    this.#opening.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }

  async #findFootage(target: Target, askedMs: number): Promise<void> {
    this.#close();
    const { signal } = this.#opening;
    const question = { cameraId: target.cameraId, ms: askedMs };
    // It rejects only when something else was asked for meanwhile.
    const found = await this.#guide.footageAfter(question, signal).catch(() => undefined);
    if (signal.aborted || !found) return;
    if (!found.ok) this.#retryLater(found.failure);
    else this.#playAfter(askedMs, { target, nextMs: found.value });
  }

  /** Plays what comes next after a moment without footage, or says that nothing does. */
  #playAfter(askedMs: number, { target, nextMs }: { target: Target; nextMs: number | null }): void {
    const nowMs = this.#guide.nowMs();
    const at = placeAfter(askedMs, { nextMs, nowMs, recording: this.#recording() });
    const firstAskedMs = target.askedMs ?? askedMs;
    if (at && target.searches < MAX_SEARCHES) {
      this.#open({ ...target, at, askedMs: firstAskedMs, searches: target.searches + 1 });
      return;
    }
    if (target.afterMs !== null) this.#stop({ kind: "end", endMs: target.afterMs });
    else this.#stop({ kind: "no-footage", askedMs: firstAskedMs });
    this.#onNothing(target.afterMs ?? firstAskedMs);
  }

  #recording(): boolean {
    return this.#target !== null && this.#guide.camera(this.#target.cameraId)?.state === "recording";
  }
}
