"use client";
/** Asks how a range is shared, and shows the link: this once, since nobody can look it up afterwards. */
import type { TimeRange } from "@rokuga/media/api.ts";
import {
  LEAST_PASSWORD,
  LONGEST_DOWNLOAD_MS,
  type NewShare,
  type ShareRequest,
} from "@rokuga/media/share_api.ts";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { createShare } from "../client/api.ts";
import { answered, errorText } from "../client/request_error.ts";
import { spanMs } from "../client/view.ts";
import { DAY_MS, HOUR_MS } from "../client/zone.ts";
import { Dialog } from "./dialog.tsx";
import { Buttons, Explained, Field, Hint, Problem, RangeShown } from "./form.tsx";
import { Queries } from "./queries.tsx";
import { useSession } from "./session_context.tsx";

const SPANS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS } as const;
type Span = keyof typeof SPANS;

type ShareDialogProps = { cameraId: string; range: TimeRange; onClose: () => void };

export function ShareDialog({ cameraId, range, onClose }: ShareDialogProps) {
  const { t } = useSession().text;
  const [made, setMade] = useState<NewShare | null>(null);
  return (
    <Dialog title={t("share.title")} onClose={onClose}>
      <RangeShown range={range} />
      {made ? (
        <Made link={new URL(made.link, window.location.href).href} onClose={onClose} />
      ) : (
        <Queries>
          <Ask cameraId={cameraId} range={range} onMade={setMade} />
        </Queries>
      )}
    </Dialog>
  );
}

type AskProps = { cameraId: string; range: TimeRange; onMade: (made: NewShare) => void };

function Ask({ cameraId, range, onMade }: AskProps) {
  const { session, text } = useSession();
  const { t } = text;
  const tooLong = spanMs(range) > LONGEST_DOWNLOAD_MS;
  const share = useMutation({
    mutationFn: async (request: ShareRequest) =>
      answered(await createShare({ ...request, cameraId }, session.signal)),
    onSuccess: onMade,
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    share.mutate({
      ...{ from: range.startMs, to: range.endMs },
      expires: session.clock.nowMs() + SPANS[field("expires") as Span],
      // What was typed is the password, spaces and all.
      password: String(form.get("password") ?? "") || null,
      note: field("note") || null,
      download: form.get("download") === "on",
    });
  };
  return (
    <form className="grid gap-3.5" onSubmit={send}>
      <Explained>{t("share.what")}</Explained>
      <Field caption={t("share.expires")}>
        <select name="expires" className="input" defaultValue="week">
          {(Object.keys(SPANS) as Span[]).map((span) => (
            <option key={span} value={span}>
              {t(`share.spans.${span}`)}
            </option>
          ))}
        </select>
      </Field>
      <div className="grid gap-1">
        <Field caption={t("share.password")}>
          <input
            name="password"
            type="text"
            className="input"
            minLength={LEAST_PASSWORD}
            maxLength={200}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-describedby="share-password-hint"
          />
        </Field>
        <Hint id="share-password-hint">{t("share.passwordHint")}</Hint>
      </div>
      <Field caption={t("share.note")}>
        <input name="note" type="text" className="input" maxLength={200} autoComplete="off" />
      </Field>
      <label className="flex items-center gap-2">
        <input name="download" type="checkbox" className="size-4.5 accent-accent" disabled={tooLong} />
        <span>{t("share.download")}</span>
        {tooLong && <Hint>{t("share.downloadTooLong")}</Hint>}
      </label>
      {share.error && (
        <Problem>
          {t("share.failed")} {errorText(share.error, t)}
        </Problem>
      )}
      <Buttons>
        <button type="submit" className="button button-primary" disabled={share.isPending}>
          {t("share.make")}
        </button>
      </Buttons>
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
    <div className="grid gap-3.5">
      <Explained role="status">{t("share.made")}</Explained>
      <Field caption={t("share.link")}>
        <span className="flex items-center gap-2">
          <input ref={field} className="input" readOnly value={link} data-testid="share-link" />
          <button type="button" className="button button-primary" onClick={() => void copy()}>
            {copied ? t("share.copied") : t("share.copy")}
          </button>
        </span>
      </Field>
      <Buttons>
        <button type="button" className="button" onClick={onClose}>
          {t("share.done")}
        </button>
      </Buttons>
    </div>
  );
}
