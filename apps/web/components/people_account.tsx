"use client";
/** Oneself: roles, passkeys, signing out. */
import { useEffect, useState } from "react";
import { z } from "zod";
import { grantText } from "../client/grant_words.ts";
import { addPasskey, arePasskeysPossible } from "../client/passkey.ts";
import styles from "./people.module.css";
import { usePeople } from "./people_context.tsx";
import { ChangePassword } from "./people_password.tsx";
import { useAsked } from "./use_asked.ts";

/** Of better-auth's answer, what is shown. */
const Passkeys = z.array(
  z.looseObject({ id: z.string(), name: z.string().nullish(), createdAt: z.string().nullish() }),
);

export function Account() {
  const { t, formats, me, cameraName, act } = usePeople();
  const passkeys = useAsked(me.kind === "person" ? "/api/auth/passkey/list-user-passkeys" : null, Passkeys);
  const [arePossible, setPossible] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => setPossible(arePasskeysPossible()), []);
  const add = async () => {
    const result = await addPasskey(t("people.passkeyName", { date: formats.date(Date.now()) }));
    setProblem(result.ok ? null : (result.detail ?? t("people.passkeyCancelled")));
    await passkeys.again();
  };
  const remove = async (id: string) => {
    await act("/api/auth/passkey/delete-passkey", { method: "POST", body: { id } });
    await passkeys.again();
  };
  const signOut = async () => {
    const sent = await act("/api/session", { method: "DELETE" });
    if (sent.ok) window.location.assign("/sign-in");
  };
  return (
    <section className={styles.section} aria-labelledby="account">
      <div className={styles.line}>
        <h2 id="account" className={styles.heading}>
          {me.name}
        </h2>
        <button className="button" type="button" onClick={signOut}>
          {t("people.signOut")}
        </button>
      </div>
      <p className={styles.note}>{me.grants.map((grant) => grantText(grant, t, cameraName)).join(", ")}</p>
      <h3 className={styles.small}>{t("people.passkeys")}</h3>
      {passkeys.value?.length === 0 && <p className={styles.note}>{t("people.noPasskeys")}</p>}
      <ul className={styles.list}>
        {passkeys.value?.map(({ id, name, createdAt }) => (
          <li key={id} className={styles.line}>
            <span>
              {name ??
                t("people.passkeyName", { date: createdAt ? formats.date(Date.parse(createdAt)) : "" })}
            </span>
            <button className="button" type="button" onClick={() => remove(id)}>
              {t("people.remove")}
            </button>
          </li>
        ))}
      </ul>
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      {arePossible ? (
        <button className={`button ${styles.own}`} type="button" onClick={add}>
          {t("people.addPasskey")}
        </button>
      ) : (
        <p className={styles.note}>{t("people.noPasskeysHere")}</p>
      )}
      {me.kind === "person" && <ChangePassword />}
    </section>
  );
}
