/**
 * The player: a store of what is shown, and the requests that change it. The media element is the truth: requests
 * go to it, and the state repeats what it reports. Loading and recovery are the loader's; words are the page's.
 * Longer than other modules: each request ends at the one element, and most of it is the list of them.
 */
import { FASTEST_WHOLE, INTO_S } from "./fast_plan.ts";
import { FastPlay } from "./fast_play.ts";
import type { Lead } from "./follow_plan.ts";
import { type FrameClock, frameShown, NO_FRAMES, stepTarget } from "./frame_step.ts";
import { releaseFrame } from "./freeze_frame.ts";
import type { Guide } from "./guide.ts";
import { LateFootage } from "./late_footage.ts";
import { holes } from "./late_plan.ts";
import { LeadGap } from "./lead_gap.ts";
import { Loader, type Screen } from "./loader.ts";
import { watchMedia } from "./media_watch.ts";
import { Notices } from "./notices.ts";
import { FIRST_STATE, type PlayerRequest, type PlayerState, playheadMs } from "./player_state.ts";
import { extent, positionAt, wallAt } from "./position.ts";
import { createStore, type Store } from "./store.ts";
import { seekPlan, stepInside } from "./windows.ts";
import { SECOND_MS } from "./zone.ts";

/** Shown time that runs ahead of playing by more than this has crossed a gap, ms. */
const HOP_MS = 1_500;
/**
 * How near to the place that the playlist asks for counts as live, s. That place jumps ahead with every segment
 * that closes, so it is as unsteady as a segment is long.
 */
const LIVE_TOLERANCE_S = 12;
/** A live playlist forgets what is older: after a longer pause the recording is played instead. */
const LIVE_PAUSE_MS = 20 * SECOND_MS;

export class Player implements Store<PlayerState>, Disposable {
  readonly #guide: Guide;
  readonly #store = createStore<PlayerState>(FIRST_STATE);
  readonly #notices = new Notices(this.#store);
  readonly #loader: Loader;
  readonly #late: LateFootage;
  readonly #fast = new FastPlay();
  readonly #gap: LeadGap;
  readonly #beside: () => readonly string[];
  readonly getState = this.#store.getState;
  readonly subscribe = this.#store.subscribe;
  #screen: Screen | null = null;
  #frames: FrameClock = NO_FRAMES;
  /** What was shown at the last report, until something moved the playhead; `atMs` counts from the page's start. */
  #reported: { shownMs: number; atMs: number } | null = null;
  #pausedAtMs = 0;
  #nudge = 1;

  /**
   * `oneOfMany`: others on the page load at the same time. `beside`: the cameras that follow this one, for which time
   * goes on where this one has no footage.
   */
  constructor(
    guide: Guide,
    options: { muted: boolean; volume: number; oneOfMany?: boolean; beside?: () => readonly string[] },
  ) {
    const { muted, volume, oneOfMany = false, beside = () => [] } = options;
    this.#guide = guide;
    this.#beside = beside;
    this.#store.set({ muted, volume });
    this.#late = new LateFootage({ guide, load: (ms) => this.#loader.renew(ms) });
    this.#loader = new Loader({
      store: this.#store,
      guide,
      notices: this.#notices,
      oneOfMany,
      onLoaded: ({ video }, gap) => {
        this.#frames = NO_FRAMES;
        this.#moved();
        if (gap) this.#gap.enter(gap);
        else this.#gap.leave();
        this.#setRate(this.getState().rate, this.#nudge);
        if (this.#loader.wantsPlay) this.#play(video);
      },
      onNothing: (startMs) => {
        this.#gap.enter({ startMs, endMs: null, cause: null });
      },
    });
    this.#gap = new LeadGap({
      ...{ guide, beside, store: this.#store, notices: this.#notices, loader: this.#loader },
      screen: () => this.#screen,
      onEnd: () => this.#onGapEnd(),
    });
  }

  /** Plays on a screen until the returned function is called. */
  attach(screen: Screen): () => void {
    const detached = new AbortController();
    const { video } = screen;
    const { muted, volume } = this.getState();
    Object.assign(video, { muted, volume });
    const report = {
      onTime: () => this.#onTime(video),
      onControls: () => this.#onControls(video),
      onStall: (stalled: boolean) => this.#store.set({ stalledSinceMs: stalled ? Date.now() : null }),
      onSeeking: () => {
        // Fast playing is made of seeks.
        if (!this.#fast.active) this.#moved();
      },
      onPicture: () => {
        if (!this.#gap.active) releaseFrame(screen);
      },
      onSource: () => {
        if (this.#loader.wantsPlay && video.paused && !this.#fast.active) this.#play(video);
      },
      onEnded: () => this.#loader.continue(),
      onFrame: (mediaTimeS: number) => {
        this.#frames = frameShown(this.#frames, mediaTimeS);
      },
    };
    watchMedia(video, report, detached.signal);
    this.#screen = screen;
    this.#loader.setScreen(screen);
    return () => {
      detached.abort();
      this.#fast.stop();
      this.#gap.leave();
      this.#loader.setScreen(null);
      this.#screen = null;
    };
  }

  /** The moment of the picture right now and how it goes on; null while there is none, or another is on its way. */
  moment(): Lead | null {
    const { phase, paused, rate, source } = this.getState();
    if (this.#gap.active) return { ms: this.#gap.ms, playing: !paused, rate, live: source === "live" };
    const video = this.#screen?.video;
    const still = video?.seeking !== false || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA;
    if (phase.kind !== "ready" || still) return null;
    const ms = wallAt(this.#loader.loaded().fragments, video.currentTime);
    const playing = !paused && (this.#fast.active || !video.paused);
    return ms === null ? null : { ms, playing, rate, live: source === "live" };
  }

  /** Carries out a request; what comes of it is seen in the state. */
  dispatch(request: PlayerRequest): void {
    switch (request.type) {
      case "open":
        this.#gap.leave();
        this.#loader.wantsPlay = !request.paused;
        this.#loader.show(request.cameraId, request.at);
        break;
      case "seek":
        this.#seek(request.ms);
        break;
      case "seek-by":
        this.#seekBy(request.ms);
        break;
      case "go-live":
        this.#goLive();
        break;
      case "toggle":
        this.dispatch({ type: this.getState().paused ? "play" : "pause" });
        break;
      case "play":
        this.#resume();
        break;
      case "pause":
        this.#loader.wantsPlay = false;
        this.#fast.stop();
        this.#screen?.video.pause();
        this.#store.set({ paused: true });
        this.#gap.pace();
        break;
      case "step":
        this.#step(request.direction);
        break;
      case "rate":
        this.#setRate(request.rate, request.nudge);
        break;
      case "follow":
        this.#follow(request);
        break;
      case "mute":
        this.#setSound({ muted: request.muted });
        break;
      case "volume":
        this.#setSound({ volume: request.volume, muted: request.volume === 0 });
        break;
      case "retry":
        this.#loader.reopen();
        break;
      default:
        request satisfies never;
    }
  }

  [Symbol.dispose](): void {
    this.#notices[Symbol.dispose]();
    this.#late[Symbol.dispose]();
    this.#fast[Symbol.dispose]();
    this.#gap[Symbol.dispose]();
    this.#loader[Symbol.dispose]();
  }

  #seek(ms: number): void {
    const { cameraId, phase } = this.getState();
    if (!cameraId) return;
    this.#gap.leave();
    const plan = seekPlan(ms, { ...this.#loader.loaded(), nowMs: this.#guide.nowMs() });
    if (plan.kind === "open") this.#loader.show(cameraId, plan.at);
    else if (phase.kind !== "ready") this.#loader.show(cameraId, { kind: "moment", ms });
    else this.#jump({ timeS: plan.timeS, intent: "moment" });
  }

  #seekBy(stepMs: number): void {
    const { cameraId, phase, source } = this.getState();
    const fromMs = playheadMs(this.getState()) ?? this.#guide.nowMs();
    const { fragments } = this.#loader.loaded();
    const currentS = this.#screen?.video.currentTime ?? 0;
    const timeS = phase.kind === "ready" ? stepInside(stepMs, { fragments, currentS }) : null;
    const toMs = fromMs + stepMs;
    // What this camera has no footage of is a place too when others have.
    if (this.#beside().length > 0) {
      this.#seek(toMs);
      return;
    }
    const passed = { startMs: Math.min(fromMs, toMs), endMs: Math.max(fromMs, toMs) };
    // A step by played time would leave out what has arrived since the list was loaded.
    const late = this.#late.isBetween(fragments, passed);
    // In a live playlist a step forward must not go nearer to the edge than is good.
    if (timeS !== null && !late && !(source === "live" && stepMs > 0)) {
      this.#jump({ timeS, intent: "moment" });
      return;
    }
    const lastMs = stepMs < 0 && cameraId ? this.#guide.footageBefore(cameraId, toMs + 1) : null;
    this.#seek(lastMs === null ? toMs : Math.min(toMs, lastMs));
  }

  #goLive(): void {
    const { cameraId, phase } = this.getState();
    this.#gap.leave();
    this.#loader.wantsPlay = true;
    if (!cameraId) return;
    const { liveSyncS } = this.#loader.loaded();
    if (liveSyncS === null || phase.kind !== "ready") this.#loader.show(cameraId, { kind: "live" });
    else this.#jump({ timeS: liveSyncS, intent: "live" });
  }

  /** Moves inside what is loaded. */
  #jump({ timeS, intent }: { timeS: number; intent: "live" | "moment" }): void {
    const video = this.#screen?.video;
    if (!video) return;
    this.#notices.show(null);
    this.#moved();
    const wantedMs = wallAt(this.#loader.loaded().fragments, timeS);
    const jumps = this.getState().jumps + 1;
    this.#store.set({ jumps, intent, standIn: false, wantedMs, shownMs: null, atLive: false });
    video.currentTime = timeS;
    if (this.#loader.wantsPlay) this.#play(video);
  }

  #resume(): void {
    this.#loader.wantsPlay = true;
    if (this.#gap.active) {
      this.#store.set({ paused: false });
      this.#gap.pace();
      return;
    }
    const { cameraId, phase, source, shownMs } = this.getState();
    const forgotten = source === "live" && Date.now() - this.#pausedAtMs > LIVE_PAUSE_MS;
    if (phase.kind === "loading") this.#store.set({ paused: false });
    else if (phase.kind !== "ready" || !this.#screen) this.#loader.reopen();
    else if (forgotten && cameraId && shownMs !== null)
      this.#loader.show(cameraId, { kind: "moment", ms: shownMs });
    else this.#play(this.#screen.video);
  }

  #step(direction: 1 | -1): void {
    const video = this.#screen?.video;
    if (!video || this.getState().phase.kind !== "ready") return;
    // There is no frame to step to in a gap.
    if (this.#gap.active) {
      this.dispatch({ type: "pause" });
      return;
    }
    this.#loader.wantsPlay = false;
    this.#fast.stop();
    this.#store.set({ paused: true });
    video.pause();
    video.currentTime = stepTarget(this.#frames, { currentS: video.currentTime, direction });
  }

  /** As a seek, but also to where a live list would not have its viewer, and into a gap of the list. */
  #follow({ ms, keyframe }: { ms: number; keyframe: boolean }): void {
    const { cameraId, phase, source } = this.getState();
    const { fragments } = this.#loader.loaded();
    const position = positionAt(fragments, ms);
    const listed = extent(fragments);
    const video = this.#screen?.video;
    if (!cameraId || !video) return;
    if (phase.kind !== "ready" || !position || !listed || ms < listed.startMs) {
      this.#loader.show(cameraId, source === "live" ? { kind: "live", fromMs: ms } : { kind: "moment", ms });
      return;
    }
    const begins = fragments.findLast(({ start }) => start <= position.timeS + INTO_S);
    const timeS = keyframe && begins ? begins.start + INTO_S : position.timeS;
    if (Math.abs(video.currentTime - timeS) > INTO_S) this.#jump({ timeS, intent: "moment" });
  }

  #setRate(rate: number, nudge = 1): void {
    this.#nudge = nudge;
    this.#loader.prepareFor(rate);
    // Loading a source resets the speed to the default one.
    const whole = (rate > FASTEST_WHOLE ? 1 : rate) * nudge;
    const video = this.#screen?.video;
    if (video && video.playbackRate !== whole)
      Object.assign(video, { defaultPlaybackRate: whole, playbackRate: whole });
    const changed = rate !== this.getState().rate;
    this.#store.set({ rate });
    this.#gap.pace();
    const playing = this.getState().phase.kind === "ready" && this.#loader.wantsPlay;
    if (changed && playing && this.#screen) this.#play(this.#screen.video);
  }

  #setSound(sound: { muted?: boolean; volume?: number }): void {
    if (this.#screen) Object.assign(this.#screen.video, sound);
    this.#store.set(sound);
  }

  #play(video: HTMLVideoElement): void {
    if (this.#gap.active) return;
    const { rate } = this.getState();
    if (rate > FASTEST_WHOLE) {
      const fragments = () => this.#loader.loaded().fragments;
      this.#fast.start({ video, rate, fragments, onEnd: () => this.#loader.continue() });
      this.#store.set({ paused: false });
      return;
    }
    this.#fast.stop();
    video.play().catch((error: unknown) => {
      const refused = error instanceof DOMException && error.name === "NotAllowedError";
      // Anything else is an interrupted start, or is reported by the element's error event.
      if (!refused || video.muted) return;
      this.#setSound({ muted: true });
      this.#notices.show({ kind: "muted" });
      video.play().catch(() => this.#onControls(video));
    });
  }

  #onControls(video: HTMLVideoElement): void {
    const { paused, phase } = this.getState();
    if (this.#gap.active) return;
    if (video.paused && !paused) this.#pausedAtMs = Date.now();
    // While it loads, the element is paused whatever was asked of it, and so it is while keyframes play.
    const ready = phase.kind === "ready";
    this.#store.set({
      muted: video.muted,
      volume: video.volume,
      paused: ready ? video.paused && !video.ended && !this.#fast.active : paused,
    });
  }

  #onTime(video: HTMLVideoElement): void {
    const { phase } = this.getState();
    if (
      this.#gap.active ||
      phase.kind !== "ready" ||
      video.seeking ||
      video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA
    )
      return;
    const { fragments, liveSyncS } = this.#loader.loaded();
    const shownMs = wallAt(fragments, video.currentTime);
    const atLive = liveSyncS !== null && video.currentTime >= liveSyncS - LIVE_TOLERANCE_S;
    // There is nothing ahead to play faster.
    if (atLive && this.getState().rate > 1) this.#setRate(1);
    this.#store.set(atLive ? { shownMs, atLive, intent: "live" } : { shownMs, atLive });
    if (shownMs === null) return;
    this.#loader.progressed();
    const { cameraId, source, rate } = this.getState();
    if (cameraId !== null && source === "recording") {
      this.#late.onPlayed({ cameraId, fragments, shownMs, rate });
      // What is loaded again begins by itself.
      if (this.getState().phase.kind !== "ready") return;
    }
    this.#noticeHop(shownMs, rate);
  }

  /** The playhead is not where playing would have brought it. */
  #moved(): void {
    this.#reported = null;
    this.#late.onJump();
  }

  #noticeHop(shownMs: number, rate: number): void {
    const { cameraId } = this.getState();
    const before = this.#reported;
    const atMs = performance.now();
    this.#reported = { shownMs, atMs };
    if (!before || !cameraId) return;
    const { fragments } = this.#loader.loaded();
    const passed = { startMs: before.shownMs, endMs: shownMs };
    const hole = holes(fragments, passed)[0];
    const leapt = shownMs - before.shownMs > (atMs - before.atMs) * rate + HOP_MS;
    // From keyframe to keyframe the time leaps with each picture.
    if (this.#fast.active ? !hole : !leapt) return;
    const range = hole ?? passed;
    const known = this.#guide.gapAt(cameraId, (range.startMs + range.endMs) / 2);
    this.#gap.enter({ ...range, cause: known?.cause ?? null });
    if (this.#gap.active) this.#fast.stop();
  }

  /** In a gap nobody has more to play. */
  #onGapEnd(): void {
    if (this.getState().phase.kind !== "ready" || !this.#screen) return;
    this.#moved();
    if (this.#loader.wantsPlay) this.#play(this.#screen.video);
    this.#onTime(this.#screen.video);
  }
}
