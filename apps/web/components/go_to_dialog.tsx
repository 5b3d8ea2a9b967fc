"use client";
/** Asks for a date and time to go to, and in which zone times are read. */
import { type FormEvent, useState } from "react";
import { playheadMs } from "../client/player_state.ts";
import { instantOf, localTime, zonesWith } from "../client/zone.ts";
import { Dialog } from "./dialog.tsx";
import { useSession } from "./session_context.tsx";

export function GoToDialog({ onClose }: { onClose: () => void }) {
  const { session, text } = useSession();
  const { t, formats } = text;
  const [value, setValue] = useState(() => {
    const ms = playheadMs(session.player.getState()) ?? session.clock.nowMs();
    return toField(ms, formats.zone);
  });
  const choose = (zone: string) => {
    // The moment stays, and is written as it reads there.
    setValue(toField(fromField(value, formats.zone) ?? session.clock.nowMs(), zone));
    session.setZone(zone);
  };
  const go = (event: FormEvent) => {
    event.preventDefault();
    const ms = fromField(value, formats.zone);
    if (ms !== null) session.seekTo(ms);
    onClose();
  };
  return (
    <Dialog title={t("goTo")} onClose={onClose}>
      <form className="grid min-w-[min(18rem,80vw)] gap-2.5" onSubmit={go}>
        <input
          className="rounded-control border border-line bg-surface p-2"
          type="datetime-local"
          step={1}
          required
          aria-label={t("goTo")}
          value={value}
          max={toField(session.clock.nowMs(), formats.zone)}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        <label className="grid gap-1 text-muted text-small">
          {t("zone")}
          <select
            className="select"
            value={formats.zone}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {zonesWith(formats.zone).map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </label>
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" className="button button-primary">
            {t("go")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function toField(ms: number, zone: string): string {
  const { year, month, day, hour, minute, second } = localTime(ms, zone);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}

function fromField(value: string, zone: string): number | null {
  const numbers = value.split(/[-T:]/).map(Number);
  const [year, month, day, hour, minute, second = 0] = numbers;
  if (numbers.length < 5 || numbers.some(Number.isNaN)) return null;
  return instantOf({ year: year!, month: month!, day: day!, hour: hour!, minute: minute!, second }, zone);
}
