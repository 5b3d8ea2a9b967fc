"use client";
/** Tokens for scripts: made, shown once, revoked. */
import type { Grant } from "@rokuga/media/access.ts";
import { TokenMade, type TokenRequest, TokensAnswer, type TokenView } from "@rokuga/media/people_api.ts";
import { type FormEvent, useState } from "react";
import { grantText } from "../client/grant_words.ts";
import { errorText } from "../client/request_error.ts";
import { FIRST_GRANT, GrantPicker } from "./grant_picker.tsx";
import { Once } from "./once.tsx";
import { usePeople } from "./people_context.tsx";
import { Button, Input, Labelled, Line, List, Note, Section } from "./people_parts.tsx";
import { useAnswer, useChange } from "./people_queries.ts";

const DAYS = [30, 90, 365];

export function Tokens() {
  const { t } = usePeople();
  const { data, error } = useAnswer("/api/tokens", TokensAnswer);
  const revoke = useChange((id: string) => ({ url: `/api/tokens/${id}`, method: "DELETE" }));
  return (
    <Section id="tokens" title={t("people.tokens")}>
      <Note>{t("people.tokensHelp")}</Note>
      {error && <Note>{errorText(error, t)}</Note>}
      {data?.tokens.length === 0 && <Note>{t("people.noTokens")}</Note>}
      <List>
        {data?.tokens.map((token) => (
          <Line key={token.id}>
            <About token={token} />
            <Button onClick={() => revoke.mutate(token.id)}>{t("people.revoke")}</Button>
          </Line>
        ))}
      </List>
      <MakeToken />
    </Section>
  );
}

function About({ token: { name, grants, expiresMs, usedMs } }: { token: TokenView }) {
  const { t, formats, cameraName } = usePeople();
  const facts = [
    ...grants.map((one) => grantText(one, t, cameraName)),
    expiresMs === null
      ? t("people.tokenForever")
      : t("people.tokenUntil", { until: formats.date(expiresMs) }),
    usedMs === null ? t("people.tokenUnused") : t("people.tokenUsed", { used: formats.dateTime(usedMs) }),
  ];
  return (
    <span>
      <strong>{name}</strong>
      <span className="block text-muted">{facts.join(", ")}</span>
    </span>
  );
}

function MakeToken() {
  const { t } = usePeople();
  const [grant, setGrant] = useState<Grant>(FIRST_GRANT);
  const make = useChange((body: TokenRequest) => ({
    url: "/api/tokens",
    method: "POST",
    body,
    schema: TokenMade,
  }));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const days = given.get("days");
    const body = {
      name: String(given.get("name")),
      grants: [grant],
      days: days === "" ? null : Number(days),
    };
    make.mutate(body, { onSuccess: () => form.reset() });
  };
  return (
    <>
      <form className="grid grid-cols-1 gap-2" onSubmit={submit}>
        <Labelled>
          <label htmlFor="token-name">{t("people.tokenFor")}</label>
          <Input id="token-name" name="name" required maxLength={100} />
          <label htmlFor="token-days">{t("people.expiry")}</label>
          <select id="token-days" className="select min-w-0" name="days" defaultValue="90">
            {DAYS.map((days) => (
              <option key={days} value={days}>
                {t("people.days", { count: days })}
              </option>
            ))}
            <option value="">{t("people.forever")}</option>
          </select>
        </Labelled>
        <GrantPicker grant={grant} onChange={setGrant} />
        <Button type="submit">{t("people.makeToken")}</Button>
      </form>
      {make.data && (
        <>
          <Note>{t("people.tokenOnce")}</Note>
          <Once text={make.data.token} />
        </>
      )}
    </>
  );
}
