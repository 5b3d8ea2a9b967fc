"use client";
/**
 * What the player shows, alone or in a grid with other cameras at the same moment. The player's own picture stays in
 * its element whatever the layout, so that changing it interrupts nothing; the others are tiles that follow.
 */
import type { CSSProperties } from "react";
import { GRID_SIZES, gridPage } from "../client/grid.ts";
import { IconButton } from "./icons.tsx";
import { useSession, useStore } from "./session_context.tsx";
import { Stage } from "./stage.tsx";
import { Tile, TileCover } from "./tile.tsx";

export function Stages() {
  const { session } = useSession();
  const size = useStore(session.grid, (state) => state.size);
  const cameras = useStore(session.cameras, (state) => state.cameras) ?? [];
  const shownId = useStore(session.player, (state) => state.cameraId);
  const page = gridPage(cameras, { shownId, size });
  const orderOf = (id: string | null) => page.cameras.findIndex((camera) => camera.id === id);
  const shown = page.cameras.find((camera) => camera.id === shownId);
  const others = size === 1 ? [] : page.cameras.filter((camera) => camera.id !== shownId);
  return (
    // In a grid, what is said of the lead stands above its name, and its button is not the tile's.
    <div
      className="grid min-h-0 auto-rows-fr grid-cols-[repeat(var(--columns),minmax(0,1fr))] gap-[2px] bg-[#08090a] max-md:auto-rows-auto max-md:data-[grid=true]:grid-cols-2 data-[grid=true]:**:data-[testid=status-message]:bottom-9 data-[grid=true]:**:data-[testid=status-message]:z-1"
      data-testid="stages"
      data-grid={size > 1}
      style={{ "--columns": size === 1 ? 1 : page.columns } as CSSProperties}
    >
      <div className="relative grid min-h-0" style={{ order: orderOf(shownId) }} data-lead={size > 1}>
        <Stage />
        {size > 1 && shown && <TileCover camera={shown} />}
      </div>
      {others.map((camera) => (
        <div key={camera.id} className="relative grid min-h-0" style={{ order: orderOf(camera.id) }}>
          <Tile camera={camera} />
        </div>
      ))}
    </div>
  );
}

/** Chooses how many cameras are shown at once, and which of them. */
export function LayoutChoice() {
  const { session, text } = useSession();
  const { t } = text;
  const size = useStore(session.grid, (state) => state.size);
  const cameras = useStore(session.cameras, (state) => state.cameras) ?? [];
  const shownId = useStore(session.player, (state) => state.cameraId);
  if (cameras.length < 2) return null;
  const { page, pages } = gridPage(cameras, { shownId, size });
  const turn = (by: number) => () => session.selectCamera(cameras[(page + by) * size]!.id);
  return (
    <>
      {size > 1 && page > 0 && (
        <IconButton icon="frameBack" label={t("previousCameras")} onClick={turn(-1)} />
      )}
      {size > 1 && page < pages - 1 && (
        <IconButton icon="frameForward" label={t("nextCameras")} onClick={turn(1)} />
      )}
      <IconButton
        icon={size === 1 ? "grid" : "one"}
        label={size === 1 ? t("keyList.grid") : t("cameraCount", { count: 1 })}
        keys="G"
        onClick={() => session.setGrid()}
      />
      {size > 1 && (
        <select
          className="select"
          aria-label={t("layout")}
          title={t("layout")}
          value={size}
          onChange={(event) => session.setGrid(sizeOf(event.target.value))}
        >
          {GRID_SIZES.map((option) => (
            <option key={option} value={option}>
              {t("cameraCount", { count: option })}
            </option>
          ))}
        </select>
      )}
    </>
  );
}

const sizeOf = (value: string) => GRID_SIZES.find((size) => String(size) === value) ?? 1;
