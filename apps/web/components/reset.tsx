"use client";
/** Setting a new password by a one-time link that an owner made. */
import { ResetView } from "@rokuga/media/people_api.ts";
import type { FormEvent } from "react";
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

export function Reset() {
  const { t } = usePageText("people.reset");
  const link = useLink("/api/reset/check", ResetView);
  const { error, isBusy, enter } = useWayIn("/api/reset", t);
  if (!link || !("view" in link)) return <ClosedLink title={t("people.reset")} link={link} t={t} />;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void enter({ password: new FormData(event.currentTarget).get("password"), link: link.secret });
  };
  return (
    <Door title={t("people.reset")}>
      <DoorNote>{t("people.resetHelp", { name: link.view.name })}</DoorNote>
      <DoorForm onSubmit={submit}>
        {/* So that programs that keep passwords know whose it is. */}
        <Field
          label={t("people.email")}
          type="email"
          autoComplete="username"
          value={link.view.email}
          readOnly
        />
        <NewPasswordField label={t("people.newPasswordLabel")} help={t("people.passwordHelp")} autoFocus />
        {error && <DoorError>{error}</DoorError>}
        <DoorButton primary type="submit" disabled={isBusy}>
          {isBusy ? t("people.resetting") : t("people.resetNow")}
        </DoorButton>
      </DoorForm>
    </Door>
  );
}
