/**
 * What the player needs of whatever plays a playlist: hls.js where Media Source Extensions exist, the browser
 * itself elsewhere. One playback plays one playlist and ends with it.
 */
import type { PlacedFragment } from "./position.ts";
import type { At } from "./windows.ts";

export type PlaybackFailure =
  /** A request failed for good, or its address has expired. `status` is null without an answer. */
  | { kind: "network"; what: "playlist" | "video"; status: number | null; timedOut: boolean }
  /** The bytes came but could not be played. `untilMs`: where the footage that is damaged ends, if that is known. */
  | { kind: "media"; detail: string; untilMs: number | null }
  | { kind: "codec"; codec: string }
  /** The playlist was loaded and does not hold the moment that was asked for. */
  | { kind: "outside" };

export type Playback = Disposable & {
  /** The playlist's fragments, placed on both clocks. Changes while a live playlist grows. */
  fragments(): readonly PlacedFragment[];
  /** Where a live player should be, on the element's timeline, s; null for a recording. */
  liveSyncS(): number | null;
  /** Buffers ahead for a speed. */
  prepareFor(rate: number): void;
  /** Tries to go on after a media failure. */
  recover(): void;
};

export type PlaybackOptions = {
  video: HTMLVideoElement;
  url: string;
  at: At;
  signal: AbortSignal;
  /** The playlist is there and the place to begin is set; pictures follow. */
  onReady(): void;
  /** A request failed and is being repeated; null when it worked again. */
  onTrouble(failure: PlaybackFailure | null): void;
  /** All that the playlist will ever give was played, up to `endS`, though the element has not ended. */
  onEnd(endS: number): void;
  /** It will not go on by itself. */
  onFailure(failure: PlaybackFailure): void;
};

/** Plays on one element, one playback after the other; what is costly to start it keeps from one to the next. */
export type Engine = Disposable & {
  /** Opens a playback. Callbacks stop when it is disposed of or `signal` aborts. */
  open(options: PlaybackOptions): Playback;
};
