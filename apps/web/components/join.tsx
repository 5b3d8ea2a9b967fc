"use client";
/** Becoming a person by a one-time link. */
import { JoinView } from "@rokuga/media/people_api.ts";
import type { FormEvent } from "react";
import { grantText } from "../client/grant_words.ts";
import {
  ClosedLink,
  Door,
  DoorButton,
  DoorError,
  DoorForm,
  DoorNote,
  Field,
  NewPasswordField,
} from "./door.tsx";
import { useLink, useWayIn } from "./use_link.ts";
import { usePageText } from "./use_text.ts";

export function Join() {
  const { t } = usePageText("people.join");
  const link = useLink("/api/join/check", JoinView);
  const { error, isBusy, enter } = useWayIn("/api/join", t);
  if (!link || !("view" in link)) return <ClosedLink title={t("people.join")} link={link} t={t} />;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void enter({ ...Object.fromEntries(new FormData(event.currentTarget)), link: link.secret });
  };
  const roles = link.view.grants.map((grant) => grantText(grant, t)).join(", ");
  return (
    <Door title={t("people.join")}>
      <DoorNote>
        {t("people.joinAs", { roles })} {t("people.joinHelp")}
      </DoorNote>
      <DoorForm onSubmit={submit}>
        <Field label={t("people.name")} name="name" autoComplete="name" maxLength={100} autoFocus />
        <Field label={t("people.email")} name="email" type="email" autoComplete="username" />
        <NewPasswordField label={t("people.password")} help={t("people.passwordHelp")} />
        {error && <DoorError>{error}</DoorError>}
        <DoorButton primary type="submit" disabled={isBusy}>
          {isBusy ? t("people.joining") : t("people.joinNow")}
        </DoorButton>
      </DoorForm>
    </Door>
  );
}
