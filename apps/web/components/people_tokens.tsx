"use client";
/** Tokens for scripts: made, shown once, revoked. */
import type { Grant } from "@rokuga/media/access.ts";
import { TokenMade, TokensAnswer } from "@rokuga/media/people_api.ts";
import { type FormEvent, useState } from "react";
import { grantText } from "../client/grant_words.ts";
import { FIRST_GRANT, GrantPicker } from "./grant_picker.tsx";
import { Once } from "./once.tsx";
import styles from "./people.module.css";
import { usePeople } from "./people_context.tsx";
import { useAsked } from "./use_asked.ts";

const DAYS = [30, 90, 365];

export function Tokens() {
  const { t, formats, act, cameraName } = usePeople();
  const tokens = useAsked("/api/tokens", TokensAnswer);
  const [grant, setGrant] = useState<Grant>(FIRST_GRANT);
  const [token, setToken] = useState<string | null>(null);
  const make = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const days = given.get("days");
    const body = { name: given.get("name"), grants: [grant], days: days === "" ? null : Number(days) };
    const made = await act("/api/tokens", { method: "POST", body, schema: TokenMade });
    if (made.ok) {
      setToken(made.value.token);
      form.reset();
    }
    await tokens.again();
  };
  const revoke = async (id: string) => {
    await act(`/api/tokens/${id}`, { method: "DELETE" });
    await tokens.again();
  };
  return (
    <section className={styles.section} aria-labelledby="tokens">
      <h2 id="tokens" className={styles.heading}>
        {t("people.tokens")}
      </h2>
      <p className={styles.note}>{t("people.tokensHelp")}</p>
      {tokens.value?.tokens.length === 0 && <p className={styles.note}>{t("people.noTokens")}</p>}
      <ul className={styles.list}>
        {tokens.value?.tokens.map(({ id, name, grants, expiresMs, usedMs }) => (
          <li key={id} className={styles.line}>
            <span>
              <strong>{name}</strong>
              <span className={styles.roles}>
                {[
                  ...grants.map((one) => grantText(one, t, cameraName)),
                  expiresMs === null
                    ? t("people.tokenForever")
                    : t("people.tokenUntil", { until: formats.date(expiresMs) }),
                  usedMs === null
                    ? t("people.tokenUnused")
                    : t("people.tokenUsed", { used: formats.dateTime(usedMs) }),
                ].join(", ")}
              </span>
            </span>
            <button className="button" type="button" onClick={() => revoke(id)}>
              {t("people.revoke")}
            </button>
          </li>
        ))}
      </ul>
      <form className={styles.form} onSubmit={make}>
        <div className={styles.pickers}>
          <label htmlFor="token-name">{t("people.tokenFor")}</label>
          <input id="token-name" className={styles.input} name="name" required maxLength={100} />
          <label htmlFor="token-days">{t("people.expiry")}</label>
          <select id="token-days" className="select" name="days" defaultValue="90">
            {DAYS.map((days) => (
              <option key={days} value={days}>
                {t("people.days", { count: days })}
              </option>
            ))}
            <option value="">{t("people.forever")}</option>
          </select>
        </div>
        <GrantPicker grant={grant} onChange={setGrant} />
        <button className={`button ${styles.own}`} type="submit">
          {t("people.makeToken")}
        </button>
      </form>
      {token && (
        <>
          <p className={styles.note}>{t("people.tokenOnce")}</p>
          <Once text={token} />
        </>
      )}
    </section>
  );
}
