"use client";
/** What people did, the latest first, a page at a time. */
import { AuditAnswer } from "@rokuga/media/people_api.ts";
import { useState } from "react";
import { auditText } from "../client/audit_words.ts";
import { errorText } from "../client/request_error.ts";
import { usePeople } from "./people_context.tsx";
import { Button, Note, Section } from "./people_parts.tsx";
import { useAnswer } from "./people_queries.ts";

export function Audit() {
  const { t, formats, cameraName } = usePeople();
  const [before, setBefore] = useState<number | null>(null);
  const { data, error } = useAnswer(
    before === null ? "/api/audit" : `/api/audit?before=${before}`,
    AuditAnswer,
  );
  const next = data?.next ?? null;
  return (
    <Section id="audit" title={t("people.audit")}>
      {(error || !data) && <Note>{error ? errorText(error, t) : t("people.loading")}</Note>}
      <ol className="grid grid-cols-1 gap-2">
        {data?.entries.map((entry) => (
          <li
            key={entry.position}
            className="grid grid-cols-[13rem_minmax(0,1fr)] gap-x-3 gap-y-0.5 max-sm:grid-cols-1"
          >
            <time className="text-muted tabular-nums" dateTime={new Date(entry.occurredMs).toISOString()}>
              {formats.dateTime(entry.occurredMs)}
            </time>
            <span>{auditText(entry, t, { names: data.names, cameraName })}</span>
          </li>
        ))}
      </ol>
      {next !== null && <Button onClick={() => setBefore(next)}>{t("people.earlier")}</Button>}
    </Section>
  );
}
