"use client";
/** The page of a share: the picture, when it was taken, what is missing, and the file where it may be had. */
import { type FormEvent, useEffect, useState } from "react";
import { failureText } from "../client/failure_text.ts";
import { createShared, type Shared, type SharedState, sharedUrl } from "../client/shared.ts";
import type { Text } from "../client/text.ts";
import { browserZone } from "../client/zone.ts";
import { LanguageChoice } from "./language_choice.tsx";
import { useStore } from "./session_context.tsx";
import { SharedVideo } from "./shared_video.tsx";
import { useText } from "./use_text.ts";

export function SharedPage({ id }: { id: string }) {
  const [shared, setShared] = useState<Shared | null>(null);
  useEffect(() => {
    const created = createShared(id, window.location.hash.slice(1));
    setShared(created);
    return () => created[Symbol.dispose]();
  }, [id]);
  const text = useText(browserZone());
  if (!shared) return <div className="grid min-h-dvh grid-rows-[auto_minmax(0,1fr)]" aria-busy="true" />;
  return (
    <div className="grid min-h-dvh grid-rows-[auto_minmax(0,1fr)]">
      <header className="flex items-center gap-3 border-line border-b px-4 py-2">
        <h1 className="flex-1 font-[650] text-[1rem]">
          Rokuga{" "}
          <span lang="ja" className="font-[450] text-muted">
            録画
          </span>
        </h1>
        <LanguageChoice />
      </header>
      <main className="grid content-start bg-surface">
        <Content id={id} shared={shared} text={text} />
      </main>
    </div>
  );
}

type ContentProps = { id: string; shared: Shared; text: Text };

function Content({ id, shared, text }: ContentProps) {
  const { t } = text;
  const state = useStore(shared, (store) => store.state);
  useEffect(() => {
    document.title = state.kind === "open" ? t("shared.title", { camera: state.view.camera }) : "Rokuga";
  }, [state, t]);
  switch (state.kind) {
    case "opening":
      return <p className="mx-auto mt-[15vh] max-w-lg p-4 text-center text-[1rem]">{t("shared.opening")}</p>;
    case "password":
      return <PasswordForm state={state} text={text} onOpen={shared.open} />;
    case "open":
      return <SharedVideo view={state.view} url={sharedUrl(id)} text={text} onRefused={shared.check} />;
    case "ended":
      return (
        <p
          className="mx-auto mt-[15vh] max-w-lg p-4 text-center text-[1rem]"
          role="alert"
          data-testid="shared-ended"
        >
          {t(`shared.${state.end}`)}
        </p>
      );
    case "failed":
      return (
        <p className="mx-auto mt-[15vh] max-w-lg p-4 text-center text-[1rem]" role="alert">
          {failureText(state.failure, t)} {t("againNow")}
        </p>
      );
    default:
      return state satisfies never;
  }
}

type PasswordProps = {
  state: Extract<SharedState, { kind: "password" }>;
  text: Text;
  onOpen: (password: string) => void;
};

function PasswordForm({ state, text: { t }, onOpen }: PasswordProps) {
  const open = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onOpen(String(new FormData(event.currentTarget).get("password") ?? ""));
  };
  const problems = {
    wrong: t("shared.passwordWrong"),
    "too-often": t("shared.tooOften"),
    unanswered: t("failures.network"),
  };
  return (
    <form className="mx-auto mt-[12vh] grid w-[min(22rem,100vw-2rem)] gap-3.5" onSubmit={open}>
      <h2 className="font-[650] text-[1.125rem]">{t("shared.heading")}</h2>
      <p className="text-muted">{t("shared.passwordNeeded")}</p>
      <label className="grid gap-1">
        <span className="font-[550] text-control">{t("shared.password")}</span>
        <input
          name="password"
          type="password"
          className="input"
          required
          autoComplete="off"
          aria-invalid={state.problem === "wrong"}
        />
      </label>
      {state.problem && (
        <p className="text-live-text" role="alert">
          {problems[state.problem]}
        </p>
      )}
      <button type="submit" className="button button-primary" disabled={state.busy}>
        {t("shared.open")}
      </button>
    </form>
  );
}
