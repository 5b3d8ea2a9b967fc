"use client";
/** Changing one's own password. */
import type { PasswordRequest } from "@rokuga/media/people_api.ts";
import type { FormEvent } from "react";
import { usePeople } from "./people_context.tsx";
import { Button, Input, Note } from "./people_parts.tsx";
import { useChange } from "./people_queries.ts";

export function ChangePassword() {
  const { t } = usePeople();
  const change = useChange((body: PasswordRequest) => ({ url: "/api/password", method: "POST", body }));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const [current, password] = [String(given.get("current")), String(given.get("password"))];
    change.mutate({ current, password }, { onSuccess: () => form.reset() });
  };
  return (
    <details>
      <summary className="mt-2 cursor-pointer font-semibold text-control text-muted">
        {t("people.changePassword")}
      </summary>
      <form className="grid grid-cols-1 gap-2" onSubmit={submit}>
        <label htmlFor="current-password">{t("people.currentPassword")}</label>
        <Input
          id="current-password"
          name="current"
          type="password"
          autoComplete="current-password"
          required
        />
        <label htmlFor="new-password">{t("people.newPassword")}</label>
        <Input
          id="new-password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={10}
          maxLength={128}
          required
        />
        <Button type="submit">{t("people.changePassword")}</Button>
      </form>
      {change.isSuccess && <Note role="status">{t("people.passwordChanged")}</Note>}
    </details>
  );
}
