"use client";
/** All people with their roles and sessions, and inviting others. */
import type { Grant } from "@rokuga/media/access.ts";
import { InvitationMade, PeopleAnswer, type PersonView } from "@rokuga/media/people_api.ts";
import { useState } from "react";
import { grantText } from "../client/grant_words.ts";
import { FIRST_GRANT, GrantPicker } from "./grant_picker.tsx";
import { Once } from "./once.tsx";
import styles from "./people.module.css";
import { usePeople } from "./people_context.tsx";
import { useAsked } from "./use_asked.ts";

export function Everybody() {
  const { t, formats, act, cameraName } = usePeople();
  const people = useAsked("/api/people", PeopleAnswer);
  const [grant, setGrant] = useState<Grant>(FIRST_GRANT);
  const [link, setLink] = useState<string | null>(null);
  const after = async (url: string, method: "DELETE" | "PUT", body?: unknown) => {
    await act(url, { method, body });
    await people.again();
  };
  const invite = async () => {
    const made = await act("/api/invitations", {
      method: "POST",
      body: { grants: [grant] },
      schema: InvitationMade,
    });
    if (made.ok) setLink(window.location.origin + made.value.link);
    await people.again();
  };
  return (
    <section className={styles.section} aria-labelledby="people">
      <h2 id="people" className={styles.heading}>
        {t("people.people")}
      </h2>
      {!people.value && (
        <p className={styles.note}>{people.hasFailed ? t("people.failed") : t("people.loading")}</p>
      )}
      <ul className={styles.list}>
        {people.value?.people.map((person) => (
          <Person key={person.id} person={person} after={after} />
        ))}
        {people.value?.invitations.map(({ id, grants, expiresMs }) => (
          <li key={id} className={styles.line}>
            <span className={styles.note}>
              {t("people.invitation", {
                roles: grants.map((one) => grantText(one, t, cameraName)).join(", "),
                until: formats.date(expiresMs),
              })}
            </span>
            <button
              className="button"
              type="button"
              onClick={() => after(`/api/invitations/${id}`, "DELETE")}
            >
              {t("people.withdraw")}
            </button>
          </li>
        ))}
      </ul>
      <h3 className={styles.small}>{t("people.invite")}</h3>
      <GrantPicker grant={grant} onChange={setGrant} />
      <button className={`button ${styles.own}`} type="button" onClick={invite}>
        {t("people.makeLink")}
      </button>
      <p className={styles.note}>{t("people.inviteHelp")}</p>
      {link && <Once text={link} />}
    </section>
  );
}

type PersonProps = {
  person: PersonView;
  after: (url: string, method: "DELETE" | "PUT", body?: unknown) => Promise<void>;
};

function Person({ person, after }: PersonProps) {
  const { t, formats, me, cameraName } = usePeople();
  const [added, setAdded] = useState<Grant>(FIRST_GRANT);
  const { id, name, email, grants, sessions, joinedMs } = person;
  const setGrants = (changed: readonly Grant[]) =>
    after(`/api/people/${id}/grants`, "PUT", { grants: changed });
  const remove = () => {
    if (window.confirm(t("people.confirmRemove", { name }))) void after(`/api/people/${id}`, "DELETE");
  };
  return (
    <li>
      <details className={styles.person}>
        <summary className={styles.summary}>
          <strong>{name}</strong>
          {id === me.id && <span className={styles.note}> {t("people.you")}</span>}
          <span className={styles.roles}>
            {grants.map((grant) => grantText(grant, t, cameraName)).join(", ")}
          </span>
        </summary>
        <div className={styles.detail}>
          <p className={styles.note}>
            {email}, {t("people.joined", { date: formats.date(joinedMs) })}
          </p>
          <ul className={styles.list}>
            {grants.map((grant) => {
              const label = grantText(grant, t, cameraName);
              return (
                <li key={label} className={styles.line}>
                  {label}
                  {grants.length > 1 && (
                    <button
                      className="button"
                      type="button"
                      onClick={() => setGrants(grants.filter((one) => one !== grant))}
                    >
                      {t("people.remove")}
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
          <GrantPicker grant={added} onChange={setAdded} />
          <button
            className={`button ${styles.own}`}
            type="button"
            onClick={() => setGrants([...grants, added])}
          >
            {t("people.addRole")}
          </button>
          <h3 className={styles.small}>{t("people.sessions", { count: sessions.length })}</h3>
          <ul className={styles.list}>
            {sessions.map(({ id: sessionId, userAgent, seenMs, isThis }) => (
              <li key={sessionId} className={styles.line}>
                <span className={styles.agent}>
                  {t("people.session", {
                    agent: userAgent ?? t("people.unknownAgent"),
                    seen: formats.dateTime(seenMs),
                  })}
                </span>
                {isThis ? (
                  <span className={styles.note}>{t("people.thisSession")}</span>
                ) : (
                  <button
                    className="button"
                    type="button"
                    onClick={() => after(`/api/sessions/${sessionId}`, "DELETE")}
                  >
                    {t("people.endSession")}
                  </button>
                )}
              </li>
            ))}
          </ul>
          {id !== me.id && (
            <button className={`button ${styles.own}`} type="button" onClick={remove}>
              {t("people.removePerson", { name })}
            </button>
          )}
        </div>
      </details>
    </li>
  );
}
