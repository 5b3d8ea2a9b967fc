"use client";
/** The page of people: oneself, and for owners everybody else, tokens, and what was done. */
import { CamerasAnswer } from "@rokuga/media/api.ts";
import { SessionAnswer } from "@rokuga/media/people_api.ts";
import { useMemo, useState } from "react";
import { errorText } from "../client/request_error.ts";
import type { Text } from "../client/text.ts";
import { Account } from "./people_account.tsx";
import { Audit } from "./people_audit.tsx";
import { PeopleProvider } from "./people_context.tsx";
import { Everybody } from "./people_everybody.tsx";
import { Note } from "./people_parts.tsx";
import { useAnswer } from "./people_queries.ts";
import { Tokens } from "./people_tokens.tsx";
import { Queries } from "./queries.tsx";
import { usePageText } from "./use_text.ts";

export function People() {
  const text = usePageText("people.people");
  const { t } = text;
  return (
    <main className="mx-auto max-w-[46rem] px-5 pt-6 pb-16">
      <header className="grid gap-3">
        <a href="/" className="justify-self-start text-muted hover:text-text">
          ← {t("people.back")}
        </a>
        <h1 className="font-[650] text-[1.5rem] tracking-[-0.01em]">{t("people.people")}</h1>
      </header>
      <Queries>
        <Content text={text} />
      </Queries>
    </main>
  );
}

function Content({ text }: { text: Text }) {
  const me = useAnswer("/api/session", SessionAnswer);
  const cameras = useAnswer("/api/cameras", CamerasAnswer);
  if (me.data) return <Parts text={text} me={me.data} cameras={cameras.data?.cameras ?? []} />;
  return <Note>{me.error ? errorText(me.error, text.t) : text.t("people.loading")}</Note>;
}

type PartsProps = { text: Text; me: SessionAnswer; cameras: CamerasAnswer["cameras"] };

function Parts({ text, me, cameras }: PartsProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const page = useMemo(() => {
    const cameraName = (id: string) => cameras.find((camera) => camera.id === id)?.name ?? id;
    return { ...text, me, cameras, cameraName, say: setProblem };
  }, [text, me, cameras]);
  const isOwner = me.permissions.includes("people");
  return (
    <PeopleProvider value={page}>
      {/* The page is long: it stays in sight. */}
      <p className="sticky top-0 z-1 bg-ground text-error" role="alert">
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
