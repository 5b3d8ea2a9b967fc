"use client";
/** What people did, the latest first, a page at a time. */
import { AuditAnswer } from "@rokuga/media/people_api.ts";
import { useState } from "react";
import { auditText } from "../client/audit_words.ts";
import styles from "./people.module.css";
import { usePeople } from "./people_context.tsx";
import { useAsked } from "./use_asked.ts";

export function Audit() {
  const { t, formats, cameraName } = usePeople();
  const [before, setBefore] = useState<number | null>(null);
  const page = useAsked(before === null ? "/api/audit" : `/api/audit?before=${before}`, AuditAnswer);
  const next = page.value?.next ?? null;
  return (
    <section className={styles.section} aria-labelledby="audit">
      <h2 id="audit" className={styles.heading}>
        {t("people.audit")}
      </h2>
      {!page.value && (
        <p className={styles.note}>{page.hasFailed ? t("people.failed") : t("people.loading")}</p>
      )}
      <ol className={styles.list}>
        {page.value?.entries.map((entry) => (
          <li key={entry.position} className={styles.entry}>
            <time dateTime={new Date(entry.occurredMs).toISOString()}>
              {formats.dateTime(entry.occurredMs)}
            </time>
            <span>{auditText(entry, t, { names: page.value!.names, cameraName })}</span>
          </li>
        ))}
      </ol>
      {next !== null && (
        <button className={`button ${styles.own}`} type="button" onClick={() => setBefore(next)}>
          {t("people.earlier")}
        </button>
      )}
    </section>
  );
}
