"use client";
/** The list of links, downloads and kept ranges of a camera: who made them and when, and the way to end them. */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { ExportView } from "@rokuga/media/clip_api.ts";
import type { LockView } from "@rokuga/media/lock_api.ts";
import type { ShareView } from "@rokuga/media/share_api.ts";
import { type ReactNode, useEffect, useState } from "react";
import { failureText } from "../client/failure_text.ts";
import { createOutputs, type Outputs } from "../client/outputs.ts";
import type { Text } from "../client/text.ts";
import { Dialog } from "./dialog.tsx";
import forms from "./form.module.css";
import styles from "./outputs_dialog.module.css";
import { useCamera, useSession, useStore } from "./session_context.tsx";

export function OutputsDialog({ onClose }: { onClose: () => void }) {
  const { session, text } = useSession();
  const { t } = text;
  const cameras = useStore(session.cameras, (state) => state.cameras) ?? [];
  const shown = useCamera()?.id ?? cameras[0]?.id ?? null;
  const [cameraId, setCameraId] = useState(shown);
  return (
    <Dialog title={t("outputs.title")} onClose={onClose} wide>
      <label className={styles.camera}>
        <span className={forms.label}>{t("outputs.camera")}</span>
        <select
          className="select"
          value={cameraId ?? ""}
          onChange={(event) => setCameraId(event.target.value)}
        >
          {cameras.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {cameraId !== null && <Lists key={cameraId} cameraId={cameraId} onClose={onClose} />}
    </Dialog>
  );
}

function Lists({ cameraId, onClose }: { cameraId: string; onClose: () => void }) {
  const { session } = useSession();
  const [outputs, setOutputs] = useState<Outputs | null>(null);
  useEffect(() => {
    const created = createOutputs(cameraId, session.clock.nowMs());
    setOutputs(created);
    return () => created[Symbol.dispose]();
  }, [cameraId, session]);
  const show = ({ startMs }: TimeRange) => {
    session.selectCamera(cameraId);
    session.seekTo(startMs);
    onClose();
  };
  return outputs && <Loaded outputs={outputs} onShow={show} />;
}

type LoadedProps = { outputs: Outputs; onShow: (range: TimeRange) => void };

function Loaded({ outputs, onShow }: LoadedProps) {
  const { session, text } = useSession();
  const { t } = text;
  const { shares, exports, locks, failure } = useStore(outputs, (state) => state);
  const nowMs = session.clock.nowMs();
  return (
    <div className={styles.lists} data-testid="outputs">
      {failure && (
        <p className={forms.problem} role="alert">
          {failureText(failure, t)}
        </p>
      )}
      <List title={t("outputs.links")} empty={t("outputs.noLinks")} items={shares}>
        {(share) => (
          <Entry key={share.shareId} range={share} facts={shareFacts(share, { nowMs, text })} onShow={onShow}>
            {share.state === "open" && (
              <button type="button" className="button" onClick={() => void outputs.revoke(share.shareId)}>
                {t("outputs.revoke")}
              </button>
            )}
          </Entry>
        )}
      </List>
      <List title={t("outputs.downloads")} empty={t("outputs.noDownloads")} items={exports}>
        {(one) => (
          <Entry key={one.exportId} range={one} facts={exportFacts(one, { nowMs, text })} onShow={onShow} />
        )}
      </List>
      <List title={t("outputs.locks")} empty={t("outputs.noLocks")} items={locks}>
        {(lock) => (
          <Entry key={lock.lockId} range={lock} facts={lockFacts(lock, { nowMs, text })} onShow={onShow}>
            {lock.inForce && (
              <button type="button" className="button" onClick={() => void outputs.unlock(lock.lockId)}>
                {t("lock.end")}
              </button>
            )}
          </Entry>
        )}
      </List>
    </div>
  );
}

type ListProps<T> = {
  title: string;
  empty: string;
  items: readonly T[] | null;
  children: (item: T) => ReactNode;
};

function List<T>({ title, empty, items, children }: ListProps<T>) {
  const { t } = useSession().text;
  return (
    <section>
      <h3 className={styles.heading}>{title}</h3>
      {!items || items.length === 0 ? (
        <p className={styles.empty}>{items ? empty : t("outputs.loading")}</p>
      ) : (
        <ul className={styles.list}>{items.map(children)}</ul>
      )}
    </section>
  );
}

type EntryProps = {
  range: TimeRange;
  facts: readonly (string | null)[];
  onShow: (range: TimeRange) => void;
  children?: ReactNode;
};

function Entry({ range, facts, onShow, children }: EntryProps) {
  const { session, text } = useSession();
  const [first, ...rest] = facts.filter((fact) => fact !== null);
  return (
    <li className={styles.entry}>
      <button
        type="button"
        className={styles.range}
        title={text.t("outputs.show")}
        onClick={() => onShow(range)}
      >
        {text.formats.range(range, session.clock.nowMs())}
      </button>
      <span className={styles.first}>{first}</span>
      <span className={styles.facts}>{rest.join(" · ")}</span>
      {children && <span className={styles.action}>{children}</span>}
    </li>
  );
}

type FactOptions = { nowMs: number; text: Text };

/** How it stands first, then what else is known. */
function shareFacts(share: ShareView, { nowMs, text }: FactOptions) {
  const { t, formats } = text;
  const at = (ms: number) => formats.moment(ms, nowMs);
  const { state, revokedMs, expiresMs, opened, openedMs } = share;
  const states = {
    open: t("outputs.expires", { moment: at(expiresMs) }),
    expired: t("outputs.expired", { moment: at(expiresMs) }),
    revoked: t("outputs.revoked", { moment: at(revokedMs ?? nowMs) }),
  };
  return [
    states[state],
    share.note,
    openedMs === null
      ? t("outputs.openedNever")
      : t("outputs.opened", { count: t("outputs.times", { count: opened }), moment: at(openedMs) }),
    share.password ? t("outputs.withPassword") : null,
    share.download ? t("outputs.withDownload") : null,
    t("outputs.made", { moment: at(share.sharedMs) }),
    byText(share.by, text),
  ];
}

function exportFacts(one: ExportView, { nowMs, text }: FactOptions) {
  const { t, formats } = text;
  return [
    t("outputs.downloaded", { moment: formats.moment(one.exportedMs, nowMs) }),
    one.bytes === null ? null : formats.bytes(one.bytes),
    byText(one.by, text),
    one.shareId === null ? null : t("outputs.byLink"),
  ];
}

/** Of who is not here any more the name is not known. */
function byText(by: string | null, { t }: Text): string | null {
  if (by === null) return null;
  return /^(person|token)\//.test(by) ? t("outputs.byGone") : t("outputs.by", { person: by });
}

function lockFacts(lock: LockView, { nowMs, text: { t, formats } }: FactOptions) {
  const until =
    lock.untilMs === null
      ? t("lock.noEnd")
      : t("lock.endsAt", { moment: formats.moment(lock.untilMs, nowMs) });
  return [lock.reason, lock.inForce ? until : t("lock.ended")];
}
