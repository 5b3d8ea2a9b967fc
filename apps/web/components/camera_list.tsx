"use client";
/** The cameras with their states; choosing one keeps the moment that is shown. */
import { cameraLine } from "../client/camera_text.ts";
import { AddCamera } from "./add_camera.tsx";
import styles from "./camera_list.module.css";
import { useSession, useStore } from "./session_context.tsx";

export function CameraList() {
  const { session, text } = useSession();
  const cameras = useStore(session.cameras, (state) => state.cameras);
  const shownId = useStore(session.player, (state) => state.cameraId);
  // Minutes pass in "since …" only when the day changes: the list need not follow the seconds.
  const nowMs = useStore(session.time, (state) => Math.floor(state.nowMs / 60_000) * 60_000);
  return (
    <nav className={styles.cameras} aria-labelledby="cameras-heading">
      <h2 id="cameras-heading" className={styles.heading}>
        {text.t("cameras")}
        {cameras && <span className={styles.count}>{cameras.length}</span>}
      </h2>
      <ul className={styles.list} data-testid="camera-list">
        {cameras?.map((camera) => (
          <li key={camera.id}>
            <button
              type="button"
              className={styles.camera}
              data-testid={`camera-${camera.id}`}
              data-state={camera.state}
              aria-current={camera.id === shownId}
              onClick={() => session.selectCamera(camera.id)}
            >
              <span className={styles.dot} aria-hidden="true" />
              <span className={styles.name}>{camera.name}</span>
              <span className={styles.state}>
                {cameraLine(camera, { nowMs, leftMs: session.cameras.leftMs(camera.id) }, text)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <AddCamera className={styles.add} />
    </nav>
  );
}
