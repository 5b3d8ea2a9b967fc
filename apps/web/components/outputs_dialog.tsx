"use client";
/** The list of links, downloads and kept ranges of a camera: who made them and when, and the way to end them. */
import type { TimeRange } from "@rokuga/media/api.ts";
import { type ReactNode, useState } from "react";
import { errorText } from "../client/request_error.ts";
import { Dialog } from "./dialog.tsx";
import { Caption, Problem } from "./form.tsx";
import { exportFacts, lockFacts, shareFacts } from "./outputs_facts.ts";
import { Queries } from "./queries.tsx";
import { useCamera, useSession, useStore } from "./session_context.tsx";
import { useOutputs } from "./use_outputs.ts";

export function OutputsDialog({ onClose }: { onClose: () => void }) {
  const { session, text } = useSession();
  const { t } = text;
  const cameras = useStore(session.cameras, (state) => state.cameras) ?? [];
  const shown = useCamera()?.id ?? cameras[0]?.id ?? null;
  const [cameraId, setCameraId] = useState(shown);
  return (
    <Dialog title={t("outputs.title")} onClose={onClose} wide>
      <label className="flex items-center gap-2.5">
        <Caption>{t("outputs.camera")}</Caption>
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
      <Queries>{cameraId !== null && <Lists key={cameraId} cameraId={cameraId} onClose={onClose} />}</Queries>
    </Dialog>
  );
}

function Lists({ cameraId, onClose }: { cameraId: string; onClose: () => void }) {
  const { session, text } = useSession();
  const { t } = text;
  const { shares, exports, locks, error, revoke, unlock } = useOutputs(cameraId);
  const nowMs = session.clock.nowMs();
  const show = ({ startMs }: TimeRange) => {
    session.selectCamera(cameraId);
    session.seekTo(startMs);
    onClose();
  };
  return (
    <div className="grid gap-5" data-testid="outputs">
      {error && <Problem>{errorText(error, t)}</Problem>}
      <List title={t("outputs.links")} empty={t("outputs.noLinks")} items={shares}>
        {(share) => (
          <Entry key={share.shareId} range={share} facts={shareFacts(share, { nowMs, text })} onShow={show}>
            {share.state === "open" && (
              <button type="button" className="button" onClick={() => revoke(share.shareId)}>
                {t("outputs.revoke")}
              </button>
            )}
          </Entry>
        )}
      </List>
      <List title={t("outputs.downloads")} empty={t("outputs.noDownloads")} items={exports}>
        {(one) => (
          <Entry key={one.exportId} range={one} facts={exportFacts(one, { nowMs, text })} onShow={show} />
        )}
      </List>
      <List title={t("outputs.locks")} empty={t("outputs.noLocks")} items={locks}>
        {(lock) => (
          <Entry key={lock.lockId} range={lock} facts={lockFacts(lock, { nowMs, text })} onShow={show}>
            {lock.inForce && (
              <button type="button" className="button" onClick={() => unlock(lock.lockId)}>
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
  /** Undefined until they are known. */
  items: readonly T[] | undefined;
  children: (item: T) => ReactNode;
};

function List<T>({ title, empty, items, children }: ListProps<T>) {
  const { t } = useSession().text;
  return (
    <section>
      <h3 className="mb-1 font-bold text-body">{title}</h3>
      {!items || items.length === 0 ? (
        <p className="text-muted">{items ? empty : t("outputs.loading")}</p>
      ) : (
        <ul>{items.map(children)}</ul>
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
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 border-line border-t py-2">
      <button
        type="button"
        className="col-start-1 cursor-pointer justify-self-start text-start font-semibold tabular-nums underline decoration-line underline-offset-[0.2em] hover:decoration-current"
        title={text.t("outputs.show")}
        onClick={() => onShow(range)}
      >
        {text.formats.range(range, session.clock.nowMs())}
      </button>
      <span className="col-start-1 wrap-anywhere">{first}</span>
      <span className="wrap-anywhere col-start-1 text-control text-muted">{rest.join(" · ")}</span>
      {children && <span className="col-start-2 row-span-3 row-start-1">{children}</span>}
    </li>
  );
}
