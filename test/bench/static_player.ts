/**
 * The peer of the page: hls.js with the page's own settings on a plain HLS folder, and nothing around it. Its page and
 * scripts are put into the folder.
 */
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { CONFIG } from "../../apps/web/client/hls_engine.ts";
import type { Probe, Showing } from "./picture_probe.ts";

const HLS = fileURLToPath(new URL("../../apps/web/node_modules/hls.js/dist/", import.meta.url));

type Hls = {
  once(event: string, listener: () => void): void;
  loadSource(url: string): void;
  attachMedia(video: HTMLVideoElement): void;
  startLoad(timeS: number): void;
  destroy(): void;
};

/** Lives in the page. */
type Folder = {
  /** Loads the playlist of the day with a new player, and begins at a time. */
  open(timeS: number): void;
  /** Goes to a time of the playlist that is loaded. */
  seek(timeS: number): void;
};

declare const window: Window & {
  Hls: (new (config: object) => Hls) & { Events: Record<string, string> };
  folder: Folder;
  probe: Probe;
};

/** Runs in the page. With `?t=`, s, it begins there. */
function install(config: object): void {
  const video = document.querySelector("video")!;
  let player: Hls | undefined;
  window.folder = {
    open(timeS) {
      player?.destroy();
      const hls = new window.Hls(config);
      hls.once(window.Hls.Events.LEVEL_LOADED!, () => {
        hls.startLoad(timeS);
        void video.play();
      });
      hls.attachMedia(video);
      hls.loadSource("day.m3u8");
      player = hls;
    },
    seek(timeS) {
      video.currentTime = timeS;
      void video.play();
    },
  };
  const timeS = new URLSearchParams(location.search).get("t");
  if (timeS !== null) window.folder.open(Number(timeS));
}

export async function addPlayer(folder: string): Promise<void> {
  for (const name of ["hls.min.js", "hls.worker.js"]) await copyFile(join(HLS, name), join(folder, name));
  const config = JSON.stringify({ ...CONFIG, workerPath: "hls.worker.js" });
  await writeFile(
    join(folder, "index.html"),
    `<!doctype html><title>player</title><video muted playsinline width="640" height="360"></video>
     <script src="hls.min.js"></script><script>(${install})(${config})</script>`,
  );
}

/** Goes to a moment, ms since the footage began. */
export async function showInFolder(page: Page, how: keyof Folder, askedMs: number): Promise<Showing> {
  return page.evaluate(
    ({ how, askedMs }) => {
      performance.clearResourceTimings();
      const fromMs = performance.now();
      window.folder[how](askedMs / 1000);
      return window.probe.show(askedMs, fromMs);
    },
    { how, askedMs },
  );
}
