"use client";
/** Signing in, and back to where one was. */
import { type FormEvent, useEffect, useState } from "react";
import { nextAddress } from "../client/next_address.ts";
import { arePasskeysPossible, signInByPasskey } from "../client/passkey.ts";
import { send } from "../client/send.ts";
import { Door, DoorButton, DoorError, DoorForm, DoorNote, Field } from "./door.tsx";
import { usePageText } from "./use_text.ts";

const goOn = () => window.location.assign(nextAddress(window.location.search, window.location.origin));

export function SignIn() {
  const text = usePageText("people.signIn");
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [hasPasskeys, setHasPasskeys] = useState(false);
  useEffect(() => setHasPasskeys(arePasskeysPossible()), []);
  const { t } = text;

  const attempt = async (sign: () => Promise<string | null>) => {
    setBusy(true);
    setError(null);
    const problem = await sign();
    if (problem === null) return goOn();
    setError(problem);
    setBusy(false);
  };
  const byPassword = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = Object.fromEntries(new FormData(event.currentTarget));
    void attempt(async () => {
      const sent = await send("/api/sign-in", { method: "POST", body });
      if (sent.ok) return null;
      return (sent.failure.kind === "problem" && sent.failure.detail) || t("people.failed");
    });
  };
  const byPasskey = () =>
    attempt(async () => {
      const result = await signInByPasskey();
      if (result.ok) return null;
      return result.reason === "cancelled"
        ? t("people.passkeyCancelled")
        : (result.detail ?? t("people.failed"));
    });
  return (
    <Door title={t("people.signIn")}>
      <DoorForm onSubmit={byPassword}>
        <Field
          label={t("people.email")}
          name="email"
          type="email"
          autoComplete="username webauthn"
          autoFocus
        />
        <Field label={t("people.password")} name="password" type="password" autoComplete="current-password" />
        {error && <DoorError>{error}</DoorError>}
        <DoorButton primary type="submit" disabled={isBusy}>
          {isBusy ? t("people.signingIn") : t("people.signIn")}
        </DoorButton>
      </DoorForm>
      {hasPasskeys && (
        <DoorButton disabled={isBusy} onClick={byPasskey}>
          {t("people.withPasskey")}
        </DoorButton>
      )}
      <DoorNote>{t("people.forgotten")}</DoorNote>
    </Door>
  );
}
