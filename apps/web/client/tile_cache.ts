/**
 * The tiles of the timeline that were loaded, of all cameras, and which of those on the screen are due: missing, or
 * older than what they show stays true. It asks for nothing itself. What has not been looked at for longest goes first
 * when there are too many.
 */
import type { TimelineAnswer, TimeRange } from "@rokuga/media/api.ts";
import {
  bestPieces,
  joined,
  levelFor,
  type Piece,
  resolutionOf,
  type Tile,
  tileRange,
  tilesOf,
} from "./tiles.ts";
import { pan, spanMs } from "./view.ts";
import { SECOND_MS } from "./zone.ts";

/** What is on the screen: the first camera is the one that plays. */
export type Wanted = { cameraIds: readonly string[]; view: TimeRange; widthPx: number };

export type DueTile = { cameraId: string; tile: Tile };

type Loaded = Piece & { tile: Tile; loadedAtMs: number; stale: boolean };

/** Of what was recorded long ago, footage may still come in, ms. */
const PAST_EVERY_MS = 20 * SECOND_MS;
/** While the present is in sight: as often as it makes a difference of some pixels, within these, ms. */
const PRESENT_LEAST_MS = 4 * SECOND_MS;
const PRESENT_MOST_MS = 60 * SECOND_MS;
/** The other cameras of a list may be this much later. */
const OTHERS_FACTOR = 2;
const MOST_TILES = 600;

export class TileCache {
  readonly #tiles = new Map<string, Loaded>();
  /** Of a camera, per level, in no order. */
  readonly #levels = new Map<string, Map<number, Set<Loaded>>>();
  readonly #versions = new Map<string, number>();
  readonly #answers = new Map<string, { key: string; answer: TimelineAnswer | null }>();

  /** Takes an answer. `loadedAtMs` counts as `nowMs` of {@link due} does. */
  add({ cameraId, tile }: DueTile, answer: TimelineAnswer, loadedAtMs: number): void {
    const key = keyOf(cameraId, tile);
    this.#remove(key);
    const loaded: Loaded = { ...tileRange(tile), tile, answer, loadedAtMs, stale: false };
    this.#tiles.set(key, loaded);
    this.#levelOf(cameraId, tile.level).add(loaded);
    this.#touch(cameraId);
    while (this.#tiles.size > MOST_TILES) this.#remove(this.#tiles.keys().next().value!);
  }

  /** What is known of a camera around what is on the screen. The same object as long as nothing else is known. */
  answerOf(cameraId: string, { view, widthPx }: Omit<Wanted, "cameraIds">): TimelineAnswer | null {
    const level = levelFor(spanMs(view) / widthPx);
    const tiles = tilesOf(around(view), level);
    const key = `${level} ${tiles[0]?.index} ${tiles.length} ${this.#versions.get(cameraId) ?? 0}`;
    const known = this.#answers.get(cameraId);
    if (known?.key === key) return known.answer;
    const [first, last] = [tiles[0], tiles.at(-1)];
    if (!first || !last) return null;
    const range = { startMs: tileRange(first).startMs, endMs: tileRange(last).endMs };
    const find = (of: number) =>
      [...(this.#levels.get(cameraId)?.get(of) ?? [])].sort((a, b) => a.startMs - b.startMs);
    const answer = joined(cameraId, bestPieces(range, { level, find }));
    this.#answers.set(cameraId, { key, answer });
    return answer;
  }

  /** The tiles to ask for now, the most wanted first: what is in sight and missing, what has aged, what is near. */
  due({ cameraIds, view, widthPx }: Wanted, nowMs: number): DueTile[] {
    const level = levelFor(spanMs(view) / widthPx);
    const visible = tilesOf(view, level);
    const near = tilesOf(around(view), level).filter(
      ({ index }) => !visible.some((one) => one.index === index),
    );
    const missing = (tiles: readonly Tile[]) =>
      cameraIds.flatMap((cameraId) =>
        tiles.filter((tile) => !this.#tiles.has(keyOf(cameraId, tile))).map((tile) => ({ cameraId, tile })),
      );
    const aged = cameraIds.flatMap((cameraId, index) =>
      visible
        .filter((tile) => {
          const loaded = this.#tiles.get(keyOf(cameraId, tile));
          return (
            loaded &&
            (loaded.stale ||
              nowMs - loaded.loadedAtMs > lifetimeMs(tile, nowMs) * (index > 0 ? OTHERS_FACTOR : 1))
          );
        })
        .map((tile) => ({ cameraId, tile })),
    );
    this.#use(cameraIds, [...near, ...visible]);
    return [...missing(visible), ...aged, ...missing(near)];
  }

  /** Footage of a range has come, or gone: what shows it is asked for again as soon as it is in sight. */
  expire(cameraId: string, range: TimeRange): void {
    for (const level of this.#levels.get(cameraId)?.values() ?? []) {
      for (const loaded of level) {
        if (loaded.startMs < range.endMs && loaded.endMs > range.startMs) loaded.stale = true;
      }
    }
  }

  /** What is in use is the last to go. */
  #use(cameraIds: readonly string[], tiles: readonly Tile[]): void {
    for (const cameraId of cameraIds) {
      for (const tile of tiles) {
        const key = keyOf(cameraId, tile);
        const loaded = this.#tiles.get(key);
        if (!loaded) continue;
        this.#tiles.delete(key);
        this.#tiles.set(key, loaded);
      }
    }
  }

  #levelOf(cameraId: string, level: number): Set<Loaded> {
    const levels = this.#levels.get(cameraId) ?? new Map<number, Set<Loaded>>();
    this.#levels.set(cameraId, levels);
    const tiles = levels.get(level) ?? new Set<Loaded>();
    levels.set(level, tiles);
    return tiles;
  }

  #remove(key: string): void {
    const loaded = this.#tiles.get(key);
    if (!loaded) return;
    this.#tiles.delete(key);
    const cameraId = key.slice(0, key.indexOf(" "));
    this.#levelOf(cameraId, loaded.tile.level).delete(loaded);
    this.#touch(cameraId);
  }

  #touch(cameraId: string): void {
    this.#versions.set(cameraId, (this.#versions.get(cameraId) ?? 0) + 1);
  }
}

/** As much again on either side, so that panning finds it there. */
function around(view: TimeRange): TimeRange {
  const half = spanMs(view) / 2;
  return { startMs: pan(view, -half).startMs, endMs: pan(view, half).endMs };
}

function lifetimeMs(tile: Tile, nowMs: number): number {
  const { startMs, endMs } = tileRange(tile);
  const isPresent = startMs <= nowMs && nowMs < endMs;
  const presentMs = Math.min(Math.max(PRESENT_LEAST_MS, 2 * resolutionOf(tile.level)), PRESENT_MOST_MS);
  return isPresent ? presentMs : Math.max(PAST_EVERY_MS, presentMs);
}

/** Camera ids have no spaces. */
const keyOf = (cameraId: string, { level, index }: Tile) => `${cameraId} ${level} ${index}`;
