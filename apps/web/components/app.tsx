"use client";
/**
 * The page: cameras, picture, controls, timeline. It makes the session in the browser and ends it; what is shown
 * before that is only the frame, because the server does not know the viewer's zone.
 */
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { createSession, type Session } from "../client/session.ts";
import { CameraList } from "./camera_list.tsx";
import { useClipKeys } from "./clip_keys.ts";
import { ClipPanel } from "./clip_panel.tsx";
import { Controls } from "./controls.tsx";
import { Header } from "./header.tsx";
import { useKeys } from "./keys.ts";
import { onDemand } from "./on_demand.tsx";
import { ScrubPicture } from "./scrub_picture.tsx";
import { SessionProvider, useStore } from "./session_context.tsx";
import { Stages } from "./stages.tsx";
import { Timeline } from "./timeline.tsx";
import { useText } from "./use_text.ts";

const KeySheet = onDemand(() => import("./key_sheet.tsx").then((part) => part.KeySheet));

export function App() {
  const [session, setSession] = useState<Session | null>(null);

  useEffect(() => {
    const created = createSession();
    setSession(created);
    return () => created[Symbol.dispose]();
  }, []);

  if (!session) return <Frame />;
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
      <Frame>
        <a
          className="absolute top-2 left-2 z-10 -translate-y-[200%] rounded-control bg-raised px-3 py-2 focus:translate-y-0"
          href="#player"
        >
          {text.t("skipToPlayer")}
        </a>
        <Header />
        <CameraList />
        <main
          className="grid min-w-0 grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)_auto_auto] bg-surface focus:outline-none max-md:grid-rows-[auto_auto_auto]"
          id="player"
          ref={main}
          tabIndex={-1}
        >
          {/* The picture, and what is laid over it. */}
          <div className="relative grid min-h-0 grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)]">
            <Stages />
            <ScrubPicture />
          </div>
          <Controls of={main} onHelp={onHelp} />
          <Timeline />
          <ClipPanel />
        </main>
        {keysShown && <KeySheet onClose={() => setKeysShown(false)} />}
      </Frame>
    </SessionProvider>
  );
}

/** The places of the parts: the cameras beside the picture, or below it where there is little room. */
function Frame({ children }: { children?: ReactNode }) {
  return (
    <div
      className="grid h-dvh grid-cols-[15rem_minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)] max-md:h-auto max-md:min-h-dvh max-md:grid-cols-[minmax(0,1fr)] max-md:grid-rows-[auto_auto_1fr]"
      aria-busy={children === undefined}
    >
      {children}
    </div>
  );
}
