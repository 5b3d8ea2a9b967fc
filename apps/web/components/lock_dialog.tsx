"use client";
/** Asks why a range is kept beyond its retention time, and until when. */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { LockRequest } from "@rokuga/media/lock_api.ts";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createLock } from "../client/api.ts";
import { dayField, endOfDay } from "../client/day_field.ts";
import { answered, errorText } from "../client/request_error.ts";
import { DAY_MS } from "../client/zone.ts";
import { Dialog } from "./dialog.tsx";
import { Buttons, Explained, Field, Problem, RangeShown } from "./form.tsx";
import { Queries } from "./queries.tsx";
import { useSession } from "./session_context.tsx";

type LockDialogProps = { cameraId: string; range: TimeRange; onClose: () => void };

export function LockDialog({ cameraId, range, onClose }: LockDialogProps) {
  const { t } = useSession().text;
  const [done, setDone] = useState(false);
  return (
    <Dialog title={t("lock.title")} onClose={onClose}>
      <RangeShown range={range} />
      {done ? (
        <Done onClose={onClose} />
      ) : (
        <Queries>
          <Ask cameraId={cameraId} range={range} onDone={() => setDone(true)} />
        </Queries>
      )}
    </Dialog>
  );
}

type AskProps = { cameraId: string; range: TimeRange; onDone: () => void };

function Ask({ cameraId, range, onDone }: AskProps) {
  const { session, text } = useSession();
  const { t, formats } = text;
  const [ends, setEnds] = useState(false);
  const nowMs = session.clock.nowMs();
  const lock = useMutation({
    mutationFn: async (request: LockRequest) =>
      answered(await createLock({ ...request, cameraId }, session.signal)),
    onSuccess: onDone,
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const until = ends ? endOfDay(String(form.get("until")), formats.zone) : null;
    const reason = String(form.get("reason")).trim();
    lock.mutate({ from: range.startMs, to: range.endMs, reason, until });
  };
  return (
    <form className="grid gap-3.5" onSubmit={send}>
      <Explained>{t("lock.what")}</Explained>
      <Field caption={t("lock.reason")}>
        <input
          name="reason"
          className="input"
          required
          pattern=".*\S.*"
          maxLength={500}
          autoComplete="off"
          placeholder={t("lock.reasonHint")}
        />
      </Field>
      <Field caption={t("lock.until")}>
        <select
          className="input"
          value={ends ? "date" : "forever"}
          onChange={(event) => setEnds(event.target.value === "date")}
        >
          <option value="forever">{t("lock.forever")}</option>
          <option value="date">{t("lock.date")}</option>
        </select>
      </Field>
      {ends && (
        <input
          name="until"
          type="date"
          className="input"
          required
          aria-label={t("lock.date")}
          min={dayField(nowMs, formats.zone)}
          defaultValue={dayField(nowMs + 30 * DAY_MS, formats.zone)}
        />
      )}
      {lock.error && (
        <Problem>
          {t("lock.failed")} {errorText(lock.error, t)}
        </Problem>
      )}
      <Buttons>
        <button type="submit" className="button button-primary" disabled={lock.isPending}>
          {t("lock.put")}
        </button>
      </Buttons>
    </form>
  );
}

function Done({ onClose }: { onClose: () => void }) {
  const { t } = useSession().text;
  return (
    <div className="grid gap-3.5">
      <Explained role="status">{t("lock.done")}</Explained>
      <Buttons>
        <button type="button" className="button button-primary" onClick={onClose}>
          {t("share.done")}
        </button>
      </Buttons>
    </div>
  );
}
