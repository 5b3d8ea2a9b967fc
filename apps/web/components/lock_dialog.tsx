"use client";
/** Asks why a range is kept beyond its retention time, and until when. */
import type { TimeRange } from "@rokuga/media/api.ts";
import { type FormEvent, useState } from "react";
import { createLock } from "../client/api.ts";
import { dayField, endOfDay } from "../client/day_field.ts";
import { failureText } from "../client/failure_text.ts";
import { DAY_MS } from "../client/zone.ts";
import { Dialog } from "./dialog.tsx";
import styles from "./form.module.css";
import { useSession } from "./session_context.tsx";

type LockDialogProps = { cameraId: string; range: TimeRange; onClose: () => void };

export function LockDialog({ cameraId, range, onClose }: LockDialogProps) {
  const { session, text } = useSession();
  const { t, formats } = text;
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [ends, setEnds] = useState(false);
  const nowMs = session.clock.nowMs();
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const until = ends ? endOfDay(String(form.get("until")), formats.zone) : null;
    setBusy(true);
    setProblem(null);
    const answer = await createLock(
      { cameraId, from: range.startMs, to: range.endMs, reason: String(form.get("reason")).trim(), until },
      session.signal,
    );
    setBusy(false);
    if (answer.ok) setDone(true);
    else setProblem(`${t("lock.failed")} ${failureText(answer.failure, t)}`);
  };
  return (
    <Dialog title={t("lock.title")} onClose={onClose}>
      <p className={styles.range}>{formats.range(range, nowMs)}</p>
      {done ? (
        <div className={styles.form}>
          <p className={styles.what} role="status">
            {t("lock.done")}
          </p>
          <div className={styles.buttons}>
            <button type="button" className="button button-primary" onClick={onClose}>
              {t("share.done")}
            </button>
          </div>
        </div>
      ) : (
        <form className={styles.form} onSubmit={(event) => void send(event)}>
          <p className={styles.what}>{t("lock.what")}</p>
          <label className={styles.row}>
            <span className={styles.label}>{t("lock.reason")}</span>
            <input
              name="reason"
              className={styles.field}
              required
              pattern=".*\S.*"
              maxLength={500}
              autoComplete="off"
              placeholder={t("lock.reasonHint")}
            />
          </label>
          <label className={styles.row}>
            <span className={styles.label}>{t("lock.until")}</span>
            <select
              className={styles.field}
              value={ends ? "date" : "forever"}
              onChange={(event) => setEnds(event.target.value === "date")}
            >
              <option value="forever">{t("lock.forever")}</option>
              <option value="date">{t("lock.date")}</option>
            </select>
          </label>
          {ends && (
            <input
              name="until"
              type="date"
              className={styles.field}
              required
              aria-label={t("lock.date")}
              min={dayField(nowMs, formats.zone)}
              defaultValue={dayField(nowMs + 30 * DAY_MS, formats.zone)}
            />
          )}
          {problem && (
            <p className={styles.problem} role="alert">
              {problem}
            </p>
          )}
          <div className={styles.buttons}>
            <button type="submit" className="button button-primary" disabled={busy}>
              {t("lock.put")}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
