/**
 * One visit to the page: makes its parts, connects them, and keeps the address in step with what is shown. Made
 * once in the browser and disposed of when the page goes; nothing else constructs these parts.
 */
import type { Grant } from "@rokuga/media/access.ts";
import type { CameraView } from "@rokuga/media/api.ts";
import { getSession } from "./api.ts";
import { watchCameras } from "./cameras.ts";
import { createClipJobs } from "./clip_jobs.ts";
import { createClipQuestion } from "./clip_question.ts";
import { createServerClock } from "./clock.ts";
import { preloadEngine } from "./engines.ts";
import { findEdge } from "./footage_edges.ts";
import { type GridSize, gridFor, gridPage } from "./grid.ts";
import { signInAddress } from "./next_address.ts";
import { createPictures } from "./pictures.ts";
import { formatPlace, parsePlace } from "./place.ts";
import { Player } from "./player.ts";
import { type PlayerState, playheadMs } from "./player_state.ts";
import { createScrubber } from "./scrubber.ts";
import { createSelection } from "./selection.ts";
import { readSettings, writeSettings } from "./settings.ts";
import { createStore } from "./store.ts";
import { createTimelineData } from "./timeline_data.ts";
import { createTimelineMarks } from "./timeline_marks.ts";
import { createTimelineView } from "./timeline_view.ts";
import { spanMs } from "./view.ts";
import type { At } from "./windows.ts";
import { browserZone, SECOND_MS } from "./zone.ts";

export type Session = ReturnType<typeof createSession>;

/** How often the address follows a playing video: browsers refuse more than a few changes a second. */
const ADDRESS_EVERY_MS = 2 * SECOND_MS;

/** Where the player is, for the address and for the next camera. */
export function atOf(state: PlayerState): At {
  const stopped = state.paused && state.phase.kind === "ready";
  const ms = playheadMs(state);
  return ms === null || (state.intent === "live" && !stopped) ? { kind: "live" } : { kind: "moment", ms };
}

export function createSession() {
  const ending = new AbortController();
  const { signal } = ending;
  const storage = () => window.localStorage;
  preloadEngine();
  const clock = createServerClock();
  const cameras = watchCameras(clock);
  const timeline = createTimelineData(clock, cameras);
  const marks = createTimelineMarks();
  const { gapAt, footageBefore, footageAfter, coverage } = timeline;
  const guide = { nowMs: clock.nowMs, camera: cameras.find, gapAt, footageBefore, footageAfter, coverage };
  const here = parsePlace(window.location.search);
  const grid = createStore<{ size: GridSize }>({ size: here.grid });
  /** The cameras of the grid that follow the one that is shown. */
  const beside = () => {
    const { size } = grid.getState();
    const shownId = player.getState().cameraId;
    const page = size === 1 ? [] : gridPage(cameras.getState().cameras ?? [], { shownId, size }).cameras;
    return page.flatMap(({ id }) => (id === shownId ? [] : [id]));
  };
  const player: Player = new Player(guide, { ...readSound(storage), beside });
  /** Whether the timeline has a line for each camera, or one for the camera that plays. */
  const lanes = createStore<{ all: boolean }>({ all: readSettings(storage).allCameras });
  lanes.subscribe(() => writeSettings(storage, { allCameras: lanes.getState().all }));
  const firstMs = () => cameras.find(player.getState().cameraId ?? "")?.firstMs ?? null;
  const firstShownMs = () => (lanes.getState().all ? firstOf(cameras.getState().cameras ?? []) : firstMs());
  const view = createTimelineView({ player, nowMs: clock.nowMs, firstMs: firstShownMs });
  const pictures = createPictures({ nowMs: clock.nowMs });
  const scrubber = createScrubber({
    player,
    pictures,
    seekTo: (ms) => seekTo(ms),
    shown: () => ({ spanMs: spanMs(view.getState().view), widthPx: view.getState().widthPx }),
  });
  /** Where the mouse is over the timeline, CSS pixels from its left end, and over which camera's line. */
  const pointer = createStore<{ x: number | null; cameraId: string | null }>({ x: null, cameraId: null });
  const selection = createSelection(clock.nowMs);
  const clip = createClipQuestion();
  const clipJobs = createClipJobs(() => window.sessionStorage);
  /** The time, once a second, for what counts up or down. */
  const time = createStore({ nowMs: clock.nowMs(), browserNowMs: Date.now() });
  /** The zone that times are read in. */
  const zone = createStore({ zone: here.zone ?? browserZone() });
  if (here.spanMs !== null) view.setSpan(here.spanMs);
  const search = (place: { cameraId: string; at: At }) => {
    const named = zone.getState().zone;
    const inZone = named === browserZone() ? null : named;
    const shown = { spanMs: spanMs(view.getState().view), zone: inZone, grid: grid.getState().size };
    return formatPlace({ ...place, ...shown });
  };
  const pushPlace = (cameraId: string, at: At) => push(search({ cameraId, at }));
  /** What who is signed in may do; null until it is known. */
  const me = createStore<{ grants: readonly Grant[] | null }>({ grants: null });
  // It rejects only when the page goes. Without an answer everything is offered, and refused by the server.
  void getSession(signal)
    .then((answer) => answer.ok && me.set({ grants: answer.value.grants }))
    .catch(() => undefined);
  let skipping = new AbortController();
  const address = createStore<{ unknownCamera: string | null }>({ unknownCamera: null });

  const open = (cameraId: string, at: At, options: { push: boolean }) => {
    address.set({ unknownCamera: null });
    player.dispatch({ type: "open", cameraId, at });
    if (options.push) pushPlace(cameraId, at);
  };
  /** The camera itself, or one that is live in place of it: one without live would lead all others into the past. */
  const liveCamera = (cameraId: string) => {
    const isLive = (camera: CameraView | null) => camera?.state === "recording" && camera.firstMs !== null;
    if (isLive(cameras.find(cameraId))) return cameraId;
    return cameras.getState().cameras?.find(isLive)?.id ?? cameraId;
  };
  const goToAddress = () => {
    const list = cameras.getState().cameras;
    if (!list || list.length === 0) return;
    const place = parsePlace(window.location.search);
    grid.set({ size: place.grid });
    zone.set({ zone: place.zone ?? browserZone() });
    if (place.spanMs !== null) view.setSpan(place.spanMs);
    const known = place.cameraId === null || cameras.find(place.cameraId) !== null;
    address.set({ unknownCamera: known ? null : place.cameraId });
    if (known) open(place.cameraId ?? list[0]!.id, place.at ?? { kind: "live" }, { push: false });
  };

  let reachable = true;
  cameras.subscribe(() => {
    const { cameraId, phase } = player.getState();
    const wasReachable = reachable;
    const failed = cameras.getState().failure?.why;
    // The session was ended, or is over: to sign in, and back to what was shown.
    if (failed?.kind === "problem" && failed.status === 401) {
      followAddress(player.getState(), search);
      window.location.assign(signInAddress(window.location));
      return;
    }
    reachable = cameras.getState().failure === null;
    // The server answers again: no need to wait for the end of the pause.
    if (reachable && !wasReachable && phase.kind === "retrying") player.dispatch({ type: "retry" });
    if (cameraId === null && address.getState().unknownCamera === null) goToAddress();
    else resume(player, cameras.find(cameraId ?? ""));
  });
  const wantClip = () => {
    const { cameraId } = player.getState();
    const { range } = selection.getState();
    clip.want(cameraId !== null && range ? { cameraId, range } : null);
  };
  selection.subscribe(wantClip);
  player.subscribe(wantClip);
  window.addEventListener("popstate", goToAddress, { signal });
  player.subscribe(() => {
    const { muted, volume } = player.getState();
    const kept = readSound(storage);
    if (kept.muted !== muted || kept.volume !== volume) writeSettings(storage, { muted, volume });
  });
  const ticking = setInterval(() => time.set({ nowMs: clock.nowMs(), browserNowMs: Date.now() }), SECOND_MS);
  const follow = () => followAddress(player.getState(), search);
  const following = setInterval(follow, ADDRESS_EVERY_MS);
  window.addEventListener("pagehide", follow, { signal });

  const goLive = () => {
    const { cameraId } = player.getState();
    if (cameraId === null) return;
    player.dispatch({ type: "go-live" });
    pushPlace(cameraId, { kind: "live" });
  };
  const seekTo = (ms: number) => {
    const { cameraId } = player.getState();
    if (cameraId === null) return;
    if (ms >= clock.nowMs()) return goLive();
    player.dispatch({ type: "seek", ms });
    pushPlace(cameraId, { kind: "moment", ms });
  };

  return {
    clock,
    cameras,
    timeline,
    marks,
    lanes,
    player,
    view,
    selection,
    clip,
    clipJobs,
    /** Aborts when the page goes. */
    signal,
    pictures,
    scrubber,
    pointer,
    time,
    address,
    grid,
    me,
    zone,
    /** Reads times in a zone from now on, and says so in the address. */
    setZone(name: string) {
      zone.set({ zone: name });
      followAddress(player.getState(), search);
    },
    guide,
    /** Shows so many cameras at once, at the moment that is shown; by default all, or only one when it is many. */
    setGrid(size?: GridSize) {
      const { cameraId } = player.getState();
      const many = gridFor(cameras.getState().cameras?.length ?? 1);
      grid.set({ size: size ?? (grid.getState().size === 1 ? many : 1) });
      if (cameraId === null) return;
      const at = atOf(player.getState());
      const leads = at.kind === "live" && grid.getState().size > 1 ? liveCamera(cameraId) : cameraId;
      if (leads === cameraId) pushPlace(cameraId, at);
      else open(leads, at, { push: true });
    },
    /** Shows one camera alone, at the moment that is shown. */
    openCamera(cameraId: string) {
      grid.set({ size: 1 });
      if (cameraId === player.getState().cameraId) pushPlace(cameraId, atOf(player.getState()));
      else this.selectCamera(cameraId);
    },
    /** Shows another camera at the moment that is shown. */
    selectCamera(cameraId: string) {
      if (cameraId !== player.getState().cameraId) open(cameraId, atOf(player.getState()), { push: true });
    },
    /** Shows a moment of a camera, which may be another than the one that is shown. */
    showAt(cameraId: string, ms: number) {
      if (cameraId === player.getState().cameraId) return seekTo(ms);
      open(cameraId, ms >= clock.nowMs() ? { kind: "live" } : { kind: "moment", ms }, { push: true });
    },
    /** Shows a moment of the camera; one that has not come yet means live. */
    seekTo,
    /** Shows the camera's first footage. */
    seekToFirst() {
      const ms = firstMs();
      if (ms !== null) seekTo(ms);
    },
    /** Goes to the beginning of the next (`1`) or the previous (`-1`) stretch of footage; after the last one is live. */
    async skipFootage(direction: 1 | -1) {
      const { cameraId } = player.getState();
      const [ms, first] = [playheadMs(player.getState()), firstMs()];
      if (cameraId === null || ms === null || first === null) return;
      skipping.abort();
      skipping = new AbortController();
      const within = AbortSignal.any([signal, skipping.signal]);
      const question = { cameraId, ms, direction, firstMs: first, nowMs: clock.nowMs() };
      // It rejects only when something else was asked for meanwhile.
      const found = await findEdge(question, within).catch(() => null);
      if (!found?.ok || within.aborted || player.getState().cameraId !== cameraId) return;
      if (found.value !== null) seekTo(found.value);
      else if (direction === -1) this.seekToFirst();
      else if (cameras.find(cameraId)?.state === "recording") goLive();
    },
    goLive,
    [Symbol.dispose]() {
      ending.abort();
      clearInterval(ticking);
      clearInterval(following);
      for (const part of [scrubber, pictures, clip, clipJobs, view, player, marks, timeline, cameras])
        part[Symbol.dispose]();
    },
  };
}

/** The first footage of any camera, ms; null where there is none. */
function firstOf(cameras: readonly CameraView[]): number | null {
  const known = cameras.flatMap(({ firstMs }) => (firstMs === null ? [] : [firstMs]));
  return known.length === 0 ? null : Math.min(...known);
}

function readSound(storage: () => Storage) {
  const { muted, volume } = readSettings(storage);
  return { muted, volume };
}

/**
 * A camera that sends again is shown live again, if live is what was asked for. At the end of a recording it goes on
 * when more of it has come.
 */
function resume(player: Player, camera: CameraView | null): void {
  const { phase, standIn, gap, paused } = player.getState();
  if (!camera) return;
  const { id: cameraId, state, firstMs, lastMs } = camera;
  // Time may have gone on for others since.
  const endMs = gap?.endMs === null ? gap.startMs : phase.kind === "end" ? phase.endMs : null;
  if (endMs !== null && lastMs !== null && lastMs - endMs > SECOND_MS) {
    const ms = (gap && playheadMs(player.getState())) ?? endMs;
    player.dispatch({ type: "open", cameraId, at: { kind: "moment", ms }, paused: gap !== null && paused });
  } else if (state === "recording" && firstMs !== null && (phase.kind === "no-live" || standIn)) {
    player.dispatch({ type: "open", cameraId, at: { kind: "live" } });
  }
}

function push(search: string): void {
  if (search !== window.location.search) window.history.pushState(null, "", search);
}

/** The address of what is shown now, in place of the last one. */
function followAddress(state: PlayerState, searchOf: (place: { cameraId: string; at: At }) => string): void {
  if (state.cameraId === null || state.phase.kind === "empty") return;
  const search = searchOf({ cameraId: state.cameraId, at: atOf(state) });
  if (search !== window.location.search) window.history.replaceState(null, "", search);
}
