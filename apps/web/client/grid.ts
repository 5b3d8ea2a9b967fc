/**
 * How many cameras are on the screen at once, and which. The camera that the player shows is
 * always among them; it is the one whose time the others follow. Pure.
 */

/** 1: only the camera that is shown. */
export const GRID_SIZES = [1, 4, 9, 16] as const;
export type GridSize = (typeof GRID_SIZES)[number];

/** The smallest grid that holds all cameras, or the largest. */
export function gridFor(cameras: number): GridSize {
  return GRID_SIZES.find((size) => size > 1 && size >= cameras) ?? 16;
}

export type GridPage<C> = { cameras: readonly C[]; columns: number; page: number; pages: number };

/** The cameras beside which `shownId` is shown: those of its page, in the order of the list. */
export function gridPage<C extends { id: string }>(
  cameras: readonly C[],
  { shownId, size }: { shownId: string | null; size: GridSize },
): GridPage<C> {
  const shown = Math.max(
    0,
    cameras.findIndex((camera) => camera.id === shownId),
  );
  const page = Math.floor(shown / size);
  const onPage = cameras.slice(page * size, (page + 1) * size);
  const columns = Math.max(1, Math.min(Math.sqrt(size), Math.ceil(Math.sqrt(onPage.length))));
  return { cameras: onPage, columns, page, pages: Math.max(1, Math.ceil(cameras.length / size)) };
}
