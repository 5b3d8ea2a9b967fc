"use client";
/** The buttons under the picture, and the time of what it shows. */
import { type RefObject, useEffect, useState } from "react";
import { RATES } from "../client/player_state.ts";
import { IconButton } from "./icons.tsx";
import { STEP_MS, toggleFullscreen, togglePictureInPicture } from "./keys.ts";
import { LiveButton } from "./live_button.tsx";
import { useSession, useStore } from "./session_context.tsx";
import { ShownTime } from "./shown_time.tsx";
import { LayoutChoice } from "./stages.tsx";

/** `of`: what fills the screen; it holds the video. */
type ControlsProps = { of: RefObject<HTMLElement | null>; onHelp: () => void };

export function Controls({ of, onHelp }: ControlsProps) {
  const { t } = useSession().text;
  return (
    <fieldset
      className="grid grid-cols-[1fr_auto_1fr] items-center gap-3 border-line border-t px-3 max-[85rem]:gap-2 py-1.5 max-md:grid-cols-[minmax(0,1fr)] max-md:gap-1 max-md:px-2"
      aria-label={t("player")}
    >
      <Transport />
      <div className="flex items-center gap-4 max-md:row-start-1 max-md:justify-between max-md:px-1">
        <ShownTime />
        <LiveButton />
      </div>
      <div className="flex items-center justify-end gap-1.5 max-[85rem]:gap-1 max-md:justify-between">
        <Speed />
        <Sound />
        <LayoutChoice />
        <PictureInPicture of={of} />
        <Fullscreen of={of} />
        {/* Phones have no keyboard, and keys for the volume. */}
        <span className="max-md:hidden">
          <IconButton icon="keyboard" label={t("keys")} keys="?" onClick={onHelp} />
        </span>
      </div>
    </fieldset>
  );
}

function Transport() {
  const { session, text } = useSession();
  const { t } = text;
  const { player } = session;
  const seekBy = (ms: number) => () => player.dispatch({ type: "seek-by", ms });
  const step = (direction: 1 | -1) => () => player.dispatch({ type: "step", direction });
  const skip = (direction: 1 | -1) => () => void session.skipFootage(direction);
  return (
    <div className="flex items-center max-md:justify-between">
      <IconButton icon="previous" label={t("previousFootage")} keys="[" onClick={skip(-1)} />
      <IconButton icon="back" label={t("back5")} keys="←" onClick={seekBy(-STEP_MS)} />
      <PlayButton />
      <IconButton icon="forward" label={t("forward5")} keys="→" onClick={seekBy(STEP_MS)} />
      <IconButton icon="next" label={t("nextFootage")} keys="]" onClick={skip(1)} />
      <IconButton icon="frameBack" label={t("previousFrame")} keys="," onClick={step(-1)} />
      <IconButton icon="frameForward" label={t("nextFrame")} keys="." onClick={step(1)} />
    </div>
  );
}

function PlayButton() {
  const { session, text } = useSession();
  const paused = useStore(session.player, (state) => state.paused);
  return (
    <IconButton
      icon={paused ? "play" : "pause"}
      label={paused ? text.t("play") : text.t("pause")}
      keys="K"
      onClick={() => session.player.dispatch({ type: "toggle" })}
    />
  );
}

function Speed() {
  const { session, text } = useSession();
  const rate = useStore(session.player, (state) => state.rate);
  return (
    <select
      className="select"
      aria-label={text.t("speed")}
      title={`${text.t("speed")} (< >). ${text.t("fastNote")}`}
      value={rate}
      onChange={(event) => session.player.dispatch({ type: "rate", rate: Number(event.target.value) })}
    >
      {RATES.map((option) => (
        <option key={option} value={option}>
          {option}×
        </option>
      ))}
    </select>
  );
}

function Sound() {
  const { session, text } = useSession();
  const { t } = text;
  const muted = useStore(session.player, (state) => state.muted);
  const volume = useStore(session.player, (state) => state.volume);
  return (
    <div className="flex items-center">
      <IconButton
        icon={muted ? "muted" : "sound"}
        label={muted ? t("unmute") : t("mute")}
        keys="M"
        onClick={() => session.player.dispatch({ type: "mute", muted: !muted })}
      />
      <input
        type="range"
        className="w-20 accent-text max-[85rem]:w-10 max-md:hidden"
        aria-label={t("volume")}
        min={0}
        max={1}
        step={0.05}
        value={muted ? 0 : volume}
        onChange={(event) => session.player.dispatch({ type: "volume", volume: Number(event.target.value) })}
      />
    </div>
  );
}

function PictureInPicture({ of }: { of: RefObject<HTMLElement | null> }) {
  const { t } = useSession().text;
  const [possible, setPossible] = useState(false);
  useEffect(() => setPossible(document.pictureInPictureEnabled === true), []);
  if (!possible) return null;
  return (
    <IconButton icon="pip" label={t("pip")} keys="P" onClick={() => togglePictureInPicture(of.current)} />
  );
}

function Fullscreen({ of }: { of: RefObject<HTMLElement | null> }) {
  const { t } = useSession().text;
  const [full, setFull] = useState(false);
  useEffect(() => {
    const update = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", update);
    return () => document.removeEventListener("fullscreenchange", update);
  }, []);
  return (
    <IconButton
      icon={full ? "smallscreen" : "fullscreen"}
      label={full ? t("exitFullscreen") : t("fullscreen")}
      keys="F"
      onClick={() => toggleFullscreen(of.current)}
    />
  );
}
