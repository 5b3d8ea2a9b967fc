"use client";
/**
 * The page: cameras, picture, controls, timeline. It makes the session in the browser and ends it; what is shown
 * before that is only the frame, because the server knows neither the viewer's language nor their zone.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { createSession, type Session } from "../client/session.ts";
import { browserLanguage, type Language, readSettings, writeSettings } from "../client/settings.ts";
import { createText } from "../client/text.ts";
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

const storage = () => window.localStorage;

export function App() {
  const [session, setSession] = useState<Session | null>(null);
  const [language, setLanguage] = useState<Language>("en");

  useEffect(() => {
    const created = createSession();
    setLanguage(readSettings(storage).language ?? browserLanguage(navigator.languages));
    setSession(created);
    return () => created[Symbol.dispose]();
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  if (!session) return <div className={styles.app} aria-busy="true" />;
  const choose = (chosen: Language) => {
    setLanguage(chosen);
    writeSettings(storage, { language: chosen });
  };
  return <Page session={session} language={language} onLanguage={choose} />;
}

type PageProps = {
  session: Session;
  language: Language;
  onLanguage: (language: Language) => void;
};

function Page({ session, language, onLanguage }: PageProps) {
  const zone = useStore(session.zone, (state) => state.zone);
  const text = useMemo(() => createText(language, zone), [language, zone]);
  const main = useRef<HTMLElement>(null);
  const [keysShown, setKeysShown] = useState(false);
  const onHelp = useCallback(() => setKeysShown(true), []);
  useKeys({ session, main, onHelp });
  useClipKeys(session);
  return (
    <SessionProvider value={{ session, text }}>
      <div className={styles.app}>
        <a className={styles.skip} href="#player">
          {text.words.skipToPlayer}
        </a>
        <Header language={language} onLanguage={onLanguage} />
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
