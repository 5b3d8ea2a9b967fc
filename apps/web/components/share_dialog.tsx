"use client";
/** Asks how a range is shared, and shows the link: this once, since nobody can look it up afterwards. */
import type { TimeRange } from "@rokuga/media/api.ts";
import { LEAST_PASSWORD, LONGEST_DOWNLOAD_MS, type NewShare } from "@rokuga/media/share_api.ts";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { createShare } from "../client/api.ts";
import { failureText } from "../client/failure_text.ts";
import { spanMs } from "../client/view.ts";
import { DAY_MS, HOUR_MS } from "../client/zone.ts";
import { Dialog } from "./dialog.tsx";
import styles from "./form.module.css";
import { useSession } from "./session_context.tsx";

const SPANS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS } as const;
type Span = keyof typeof SPANS;

type ShareDialogProps = { cameraId: string; range: TimeRange; onClose: () => void };

export function ShareDialog({ cameraId, range, onClose }: ShareDialogProps) {
  const { session, text } = useSession();
  const { t, formats } = text;
  const [made, setMade] = useState<NewShare | null>(null);
  return (
    <Dialog title={t("share.title")} onClose={onClose}>
      <p className={styles.range}>{formats.range(range, session.clock.nowMs())}</p>
      {made ? (
        <Made link={new URL(made.link, window.location.href).href} onClose={onClose} />
      ) : (
        <Ask cameraId={cameraId} range={range} onMade={setMade} />
      )}
    </Dialog>
  );
}

type AskProps = { cameraId: string; range: TimeRange; onMade: (made: NewShare) => void };

function Ask({ cameraId, range, onMade }: AskProps) {
  const { session, text } = useSession();
  const { t } = text;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const tooLong = spanMs(range) > LONGEST_DOWNLOAD_MS;
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    setBusy(true);
    setProblem(null);
    const answer = await createShare(
      {
        ...{ cameraId, from: range.startMs, to: range.endMs },
        expires: session.clock.nowMs() + SPANS[field("expires") as Span],
        // What was typed is the password, spaces and all.
        password: String(form.get("password") ?? "") || null,
        note: field("note") || null,
        download: form.get("download") === "on",
      },
      session.signal,
    );
    setBusy(false);
    if (answer.ok) onMade(answer.value);
    else setProblem(`${t("share.failed")} ${failureText(answer.failure, t)}`);
  };
  return (
    <form className={styles.form} onSubmit={(event) => void send(event)}>
      <p className={styles.what}>{t("share.what")}</p>
      <label className={styles.row}>
        <span className={styles.label}>{t("share.expires")}</span>
        <select name="expires" className={styles.field} defaultValue="week">
          {(Object.keys(SPANS) as Span[]).map((span) => (
            <option key={span} value={span}>
              {t(`share.spans.${span}`)}
            </option>
          ))}
        </select>
      </label>
      <div className={styles.row}>
        <label className={styles.row}>
          <span className={styles.label}>{t("share.password")}</span>
          <input
            name="password"
            type="text"
            className={styles.field}
            minLength={LEAST_PASSWORD}
            maxLength={200}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-describedby="share-password-hint"
          />
        </label>
        <span id="share-password-hint" className={styles.hint}>
          {t("share.passwordHint")}
        </span>
      </div>
      <label className={styles.row}>
        <span className={styles.label}>{t("share.note")}</span>
        <input name="note" type="text" className={styles.field} maxLength={200} autoComplete="off" />
      </label>
      <label className={styles.check}>
        <input name="download" type="checkbox" disabled={tooLong} />
        <span>{t("share.download")}</span>
        {tooLong && <span className={styles.hint}>{t("share.downloadTooLong")}</span>}
      </label>
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <div className={styles.buttons}>
        <button type="submit" className="button button-primary" disabled={busy}>
          {t("share.make")}
        </button>
      </div>
    </form>
  );
}

function Made({ link, onClose }: { link: string; onClose: () => void }) {
  const { t } = useSession().text;
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const copy = async () => {
    field.current?.select();
    // Without HTTPS, or if the person forbids it, it stays selected for them to copy.
    const done = await navigator.clipboard?.writeText(link).then(
      () => true,
      () => false,
    );
    setCopied(done === true);
  };
  return (
    <div className={styles.form}>
      <p className={styles.what} role="status">
        {t("share.made")}
      </p>
      <label className={styles.row}>
        <span className={styles.label}>{t("share.link")}</span>
        <span className={styles.line}>
          <input ref={field} className={styles.field} readOnly value={link} data-testid="share-link" />
          <button type="button" className="button button-primary" onClick={() => void copy()}>
            {copied ? t("share.copied") : t("share.copy")}
          </button>
        </span>
      </label>
      <div className={styles.buttons}>
        <button type="button" className="button" onClick={onClose}>
          {t("share.done")}
        </button>
      </div>
    </div>
  );
}
