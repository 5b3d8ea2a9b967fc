"use client";
/** The cameras with their states; choosing one keeps the moment that is shown. */
import { cameraLine } from "../client/camera_text.ts";
import { AddCamera } from "./add_camera.tsx";
import { useSession, useStore } from "./session_context.tsx";

export function CameraList() {
  const { session, text } = useSession();
  const cameras = useStore(session.cameras, (state) => state.cameras);
  const shownId = useStore(session.player, (state) => state.cameraId);
  // Minutes pass in "since …" only when the day changes: the list need not follow the seconds.
  const nowMs = useStore(session.time, (state) => Math.floor(state.nowMs / 60_000) * 60_000);
  return (
    <nav
      className="overflow-y-auto border-line border-r px-2 py-3 max-md:order-last max-md:border-t max-md:border-r-0"
      aria-labelledby="cameras-heading"
    >
      <h2 id="cameras-heading" className="mx-2 mb-2 flex justify-between font-semibold text-muted text-small">
        {text.t("cameras")}
        {cameras && <span className="tabular-nums">{cameras.length}</span>}
      </h2>
      <ul className="grid gap-0.5 max-md:grid-cols-2" data-testid="camera-list">
        {cameras?.map((camera) => (
          <li key={camera.id}>
            <button
              type="button"
              className="group grid w-full cursor-pointer grid-cols-[0.5rem_minmax(0,1fr)] items-center gap-x-2.5 rounded-control p-2 text-start hover:bg-hover aria-[current=true]:bg-selected max-md:min-h-13"
              data-testid={`camera-${camera.id}`}
              data-state={camera.state}
              aria-current={camera.id === shownId}
              onClick={() => session.selectCamera(camera.id)}
            >
              <span
                className="size-2 rounded-full bg-ok group-data-[state=offline]:rounded-[1px] group-data-[state=offline]:bg-transparent group-data-[state=waiting]:bg-transparent group-data-[state=offline]:shadow-[inset_0_0_0_2px_var(--error)] group-data-[state=waiting]:shadow-[inset_0_0_0_2px_var(--warn)]"
                aria-hidden="true"
              />
              <span className="truncate font-[550]">{camera.name}</span>
              <span className="col-start-2 text-muted text-small">
                {cameraLine(camera, { nowMs, leftMs: session.cameras.leftMs(camera.id) }, text)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <AddCamera className="block rounded-control py-2.5 pr-2 pl-6.5 text-control text-muted hover:bg-hover hover:text-text" />
    </nav>
  );
}
