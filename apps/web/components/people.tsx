"use client";
/** The page of people: oneself, and for owners everybody else, tokens, and what was done. */
import { CamerasAnswer } from "@rokuga/media/api.ts";
import { SessionAnswer } from "@rokuga/media/people_api.ts";
import { useMemo, useState } from "react";
import type { Text } from "../client/text.ts";
import styles from "./people.module.css";
import { Account } from "./people_account.tsx";
import { Audit } from "./people_audit.tsx";
import { actor, PeopleProvider } from "./people_context.tsx";
import { Everybody } from "./people_everybody.tsx";
import { Tokens } from "./people_tokens.tsx";
import { useAsked } from "./use_asked.ts";
import { usePageText } from "./use_text.ts";

export function People() {
  const text = usePageText("people.people");
  const me = useAsked("/api/session", SessionAnswer);
  const cameras = useAsked("/api/cameras", CamerasAnswer);
  const { t } = text;
  return (
    <main className={styles.page}>
      <header className={styles.head}>
        <a href="/">← {t("people.back")}</a>
        <h1 className={styles.title}>{t("people.people")}</h1>
      </header>
      {me.value ? (
        <Parts text={text} me={me.value} cameras={cameras.value?.cameras ?? []} />
      ) : (
        <p className={styles.note}>{me.hasFailed ? t("people.failed") : t("people.loading")}</p>
      )}
    </main>
  );
}

type PartsProps = { text: Text; me: SessionAnswer; cameras: CamerasAnswer["cameras"] };

function Parts({ text, me, cameras }: PartsProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const page = useMemo(() => {
    const cameraName = (id: string) => cameras.find((camera) => camera.id === id)?.name ?? id;
    return { ...text, me, cameras, cameraName, act: actor(setProblem, text.t("people.failed")) };
  }, [text, me, cameras]);
  const isOwner = me.permissions.includes("people");
  return (
    <PeopleProvider value={page}>
      <p className={styles.problem} role="alert">
        {problem}
      </p>
      <Account />
      {isOwner && (
        <>
          <Everybody />
          <Tokens />
          <Audit />
        </>
      )}
    </PeopleProvider>
  );
}
