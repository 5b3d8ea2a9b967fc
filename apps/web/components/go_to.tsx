"use client";
/** The day that the timeline shows; pressed, it asks for a date and time to go to, and in which zone times are read. */
import { type FormEvent, useId, useRef, useState } from "react";
import { playheadMs } from "../client/player_state.ts";
import { browserZone, instantOf, localTime, zonesWith } from "../client/zone.ts";
import styles from "./go_to.module.css";
import { Icon } from "./icons.tsx";
import { useSession } from "./session_context.tsx";

export function GoTo({ label }: { label: string }) {
  const { session, text } = useSession();
  const { t, formats } = text;
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const heading = useId();
  const [isOpen, setOpen] = useState(false);
  const open = () => {
    const ms = playheadMs(session.player.getState()) ?? session.clock.nowMs();
    if (input.current) {
      input.current.value = toField(ms, formats.zone);
      input.current.max = toField(session.clock.nowMs(), formats.zone);
    }
    setOpen(true);
    dialog.current?.showModal();
  };
  const choose = (zone: string) => {
    // The moment stays, and is written as it reads there.
    const ms = fromField(input.current?.value ?? "", formats.zone) ?? session.clock.nowMs();
    session.setZone(zone);
    if (input.current) {
      input.current.max = toField(session.clock.nowMs(), zone);
      input.current.value = toField(ms, zone);
    }
  };
  const go = (event: FormEvent) => {
    event.preventDefault();
    const ms = fromField(input.current?.value ?? "", formats.zone);
    if (ms !== null) session.seekTo(ms);
    dialog.current?.close();
  };
  return (
    <>
      <button type="button" className={styles.day} title={t("goTo")} onClick={open}>
        <Icon name="calendar" />
        <span>{label}</span>
        {formats.zone !== browserZone() && <span className={styles.elsewhere}>{formats.zone}</span>}
      </button>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby={heading} onClose={() => setOpen(false)}>
        <form className={styles.form} onSubmit={go}>
          <h2 id={heading} className={styles.heading}>
            {t("goTo")}
          </h2>
          <input
            ref={input}
            className={styles.field}
            type="datetime-local"
            step={1}
            required
            aria-labelledby={heading}
          />
          <label className={styles.zone}>
            {t("zone")}
            <select
              className="select"
              value={formats.zone}
              onChange={(event) => choose(event.currentTarget.value)}
            >
              {/* There are some 400: not for a dialog that nobody sees. */}
              {(isOpen ? zonesWith(formats.zone) : [formats.zone]).map((zone) => (
                <option key={zone}>{zone}</option>
              ))}
            </select>
          </label>
          <div className={styles.buttons}>
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              {t("cancel")}
            </button>
            <button type="submit" className="button button-primary">
              {t("go")}
            </button>
          </div>
        </form>
      </dialog>
    </>
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
