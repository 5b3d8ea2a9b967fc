"use client";
/** A person, as owners see them: roles, sessions, and taking these away. */
import type { Grant } from "@rokuga/media/access.ts";
import { PasswordLinkMade, type PersonView } from "@rokuga/media/people_api.ts";
import { useState } from "react";
import { grantText } from "../client/grant_words.ts";
import { FIRST_GRANT, GrantPicker } from "./grant_picker.tsx";
import { Once } from "./once.tsx";
import { usePeople } from "./people_context.tsx";
import { Button, Line, List, Note, SmallHeading } from "./people_parts.tsx";
import { useChange } from "./people_queries.ts";

export function Person({ person }: { person: PersonView }) {
  const { t, formats, me, cameraName } = usePeople();
  const { id, name, email, grants, joinedMs } = person;
  return (
    <li>
      <details>
        <summary className="cursor-pointer py-1.5">
          <strong>{name}</strong>
          {id === me.id && <span className="text-muted"> {t("people.you")}</span>}
          <span className="block pl-4 text-muted">
            {grants.map((grant) => grantText(grant, t, cameraName)).join(", ")}
          </span>
        </summary>
        <div className="grid grid-cols-1 gap-3 pt-2 pb-4 pl-4">
          <Note>
            {email}, {t("people.joined", { date: formats.date(joinedMs) })}
          </Note>
          <Roles person={person} />
          <Sessions sessions={person.sessions} />
          {id !== me.id && (
            <>
              <PasswordLink person={person} />
              <Remove person={person} />
            </>
          )}
        </div>
      </details>
    </li>
  );
}

function Roles({ person: { id, grants } }: { person: PersonView }) {
  const { t, cameraName } = usePeople();
  const [added, setAdded] = useState<Grant>(FIRST_GRANT);
  const change = useChange((changed: readonly Grant[]) => ({
    url: `/api/people/${id}/grants`,
    method: "PUT",
    body: { grants: changed },
  }));
  return (
    <>
      <List>
        {grants.map((grant) => {
          const label = grantText(grant, t, cameraName);
          return (
            <Line key={label}>
              {label}
              {grants.length > 1 && (
                <Button onClick={() => change.mutate(grants.filter((one) => one !== grant))}>
                  {t("people.remove")}
                </Button>
              )}
            </Line>
          );
        })}
      </List>
      <GrantPicker grant={added} onChange={setAdded} />
      <Button onClick={() => change.mutate([...grants, added])}>{t("people.addRole")}</Button>
    </>
  );
}

function Sessions({ sessions }: Pick<PersonView, "sessions">) {
  const { t, formats } = usePeople();
  const end = useChange((id: string) => ({ url: `/api/sessions/${id}`, method: "DELETE" }));
  return (
    <>
      <SmallHeading>{t("people.sessions", { count: sessions.length })}</SmallHeading>
      <List>
        {sessions.map(({ id, userAgent, seenMs, isThis }) => (
          <Line key={id}>
            <span className="min-w-0 truncate text-muted">
              {t("people.session", {
                agent: userAgent ?? t("people.unknownAgent"),
                seen: formats.dateTime(seenMs),
              })}
            </span>
            {isThis ? (
              <span className="text-muted">{t("people.thisSession")}</span>
            ) : (
              <Button onClick={() => end.mutate(id)}>{t("people.endSession")}</Button>
            )}
          </Line>
        ))}
      </List>
    </>
  );
}

/** For whoever forgot the password: a link to set a new one, and withdrawing it. */
function PasswordLink({ person: { id, resetUntilMs } }: { person: PersonView }) {
  const { t, formats } = usePeople();
  const url = `/api/people/${id}/password-link`;
  const make = useChange(() => ({ url, method: "POST", schema: PasswordLinkMade }));
  const withdraw = useChange(() => ({ url, method: "DELETE" }));
  return (
    <>
      <SmallHeading>{t("people.password")}</SmallHeading>
      <Note>{t("people.passwordLinkHelp")}</Note>
      <Button onClick={() => make.mutate()}>{t("people.makePasswordLink")}</Button>
      {resetUntilMs !== null && (
        <>
          {make.data && <Once text={window.location.origin + make.data.link} />}
          <List>
            <Line>
              <span className="text-muted">
                {t("people.passwordLinkOpen", { until: formats.dateTime(resetUntilMs) })}
              </span>
              <Button onClick={() => withdraw.mutate()}>{t("people.withdraw")}</Button>
            </Line>
          </List>
        </>
      )}
    </>
  );
}

function Remove({ person: { id, name } }: { person: PersonView }) {
  const { t } = usePeople();
  const remove = useChange(() => ({ url: `/api/people/${id}`, method: "DELETE" }));
  const ask = () => {
    if (window.confirm(t("people.confirmRemove", { name }))) remove.mutate();
  };
  return <Button onClick={ask}>{t("people.removePerson", { name })}</Button>;
}
