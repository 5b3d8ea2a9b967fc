"use client";
/** Oneself: roles, passkeys, signing out. */
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { z } from "zod";
import { grantText } from "../client/grant_words.ts";
import { addPasskey, arePasskeysPossible } from "../client/passkey.ts";
import { answered, errorText } from "../client/request_error.ts";
import { send } from "../client/send.ts";
import { usePeople } from "./people_context.tsx";
import { Button, Line, List, Note, Section, SmallHeading } from "./people_parts.tsx";
import { ChangePassword } from "./people_password.tsx";
import { useAnswer, useChange } from "./people_queries.ts";

/** Of better-auth's answer, what is shown. */
const Passkeys = z.array(
  z.looseObject({ id: z.string(), name: z.string().nullish(), createdAt: z.string().nullish() }),
);

export function Account() {
  const { t, me, cameraName, say } = usePeople();
  // Not as other changes: what the page shows is not asked again, since nobody is signed in any more.
  const out = useMutation({
    mutationFn: async () => answered(await send("/api/session", { method: "DELETE" })),
    onMutate: () => say(null),
    onSuccess: () => window.location.assign("/sign-in"),
    onError: (error) => say(errorText(error, t)),
  });
  return (
    <Section
      id="account"
      title={me.name}
      beside={<Button onClick={() => out.mutate()}>{t("people.signOut")}</Button>}
    >
      <Note>{me.grants.map((grant) => grantText(grant, t, cameraName)).join(", ")}</Note>
      <OwnPasskeys />
      {me.kind === "person" && <ChangePassword />}
    </Section>
  );
}

function OwnPasskeys() {
  const { t, formats, me } = usePeople();
  const passkeys = useAnswer(me.kind === "person" ? "/api/auth/passkey/list-user-passkeys" : null, Passkeys);
  const [arePossible, setPossible] = useState(true);
  useEffect(() => setPossible(arePasskeysPossible()), []);
  const adding = useMutation({
    mutationFn: () => addPasskey(t("people.passkeyName", { date: formats.date(Date.now()) })),
    onSettled: () => passkeys.refetch(),
  });
  const problem =
    adding.data && !adding.data.ok ? (adding.data.detail ?? t("people.passkeyCancelled")) : null;
  const remove = useChange((id: string) => ({
    url: "/api/auth/passkey/delete-passkey",
    method: "POST",
    body: { id },
  }));
  return (
    <>
      <SmallHeading>{t("people.passkeys")}</SmallHeading>
      {passkeys.data?.length === 0 && <Note>{t("people.noPasskeys")}</Note>}
      <List>
        {passkeys.data?.map(({ id, name, createdAt }) => (
          <Line key={id}>
            <span>
              {name ??
                t("people.passkeyName", { date: createdAt ? formats.date(Date.parse(createdAt)) : "" })}
            </span>
            <Button onClick={() => remove.mutate(id)}>{t("people.remove")}</Button>
          </Line>
        ))}
      </List>
      {problem && (
        <p className="text-error" role="alert">
          {problem}
        </p>
      )}
      {arePossible ? (
        <Button onClick={() => adding.mutate()}>{t("people.addPasskey")}</Button>
      ) : (
        <Note>{t("people.noPasskeysHere")}</Note>
      )}
    </>
  );
}
