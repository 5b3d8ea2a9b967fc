"use client";
/**
 * The page: cameras, picture, controls, timeline. It makes the session in the browser and ends it; what is shown
 * before that is only the frame, because the server does not know the viewer's zone.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { createSession, type Session } from "../client/session.ts";
import styles from "./app.module.css";
import { CameraList } from "./camera_list.tsx";
import { useClipKeys } from "./clip_keys.ts";
import { ClipPanel } from "./clip_panel.tsx";
import { Controls } from "./controls.tsx";
import { Header } from "./header.tsx";
import { KeySheet } from "./key_sheet.tsx";
import { useKeys } from "./keys.ts";
import { ScrubPicture } from "./scrub_picture.tsx";
import { SessionProvider, useStore } from "./session_context.tsx";
import { Stages } from "./stages.tsx";
import { Timeline } from "./timeline.tsx";
import { useText } from "./use_text.ts";

export function App() {
  const [session, setSession] = useState<Session | null>(null);

  useEffect(() => {
    const created = createSession();
    setSession(created);
    return () => created[Symbol.dispose]();
  }, []);

  if (!session) return <div className={styles.app} aria-busy="true" />;
  return <Page session={session} />;
}

function Page({ session }: { session: Session }) {
  const zone = useStore(session.zone, (state) => state.zone);
  const text = useText(zone);
  const main = useRef<HTMLElement>(null);
  const [keysShown, setKeysShown] = useState(false);
  const onHelp = useCallback(() => setKeysShown(true), []);
  useKeys({ session, main, onHelp });
  useClipKeys(session);
  return (
    <SessionProvider value={{ session, text }}>
      <div className={styles.app}>
        <a className={styles.skip} href="#player">
          {text.t("skipToPlayer")}
        </a>
        <Header />
        <CameraList />
        <main className={styles.main} id="player" ref={main} tabIndex={-1}>
          <div className={styles.viewing}>
            <Stages />
            <ScrubPicture />
          </div>
          <Controls of={main} onHelp={onHelp} />
          <Timeline />
          <ClipPanel />
        </main>
        <KeySheet open={keysShown} onClose={() => setKeysShown(false)} />
      </div>
    </SessionProvider>
  );
}
