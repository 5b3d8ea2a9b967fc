"use client";
/** All people, and inviting others. */
import type { Grant } from "@rokuga/media/access.ts";
import { InvitationMade, type InvitationView, PeopleAnswer } from "@rokuga/media/people_api.ts";
import { useState } from "react";
import { grantText } from "../client/grant_words.ts";
import { errorText } from "../client/request_error.ts";
import { FIRST_GRANT, GrantPicker } from "./grant_picker.tsx";
import { Once } from "./once.tsx";
import { usePeople } from "./people_context.tsx";
import { Button, Line, List, Note, Section, SmallHeading } from "./people_parts.tsx";
import { Person } from "./people_person.tsx";
import { useAnswer, useChange } from "./people_queries.ts";

export function Everybody() {
  const { t } = usePeople();
  const { data, error } = useAnswer("/api/people", PeopleAnswer);
  return (
    <Section id="people" title={t("people.people")}>
      {(error || !data) && <Note>{error ? errorText(error, t) : t("people.loading")}</Note>}
      <List>
        {data?.people.map((person) => (
          <Person key={person.id} person={person} />
        ))}
        {data?.invitations.map((invitation) => (
          <Invitation key={invitation.id} invitation={invitation} />
        ))}
      </List>
      <Invite />
    </Section>
  );
}

function Invitation({ invitation: { id, grants, expiresMs } }: { invitation: InvitationView }) {
  const { t, formats, cameraName } = usePeople();
  const withdraw = useChange(() => ({ url: `/api/invitations/${id}`, method: "DELETE" }));
  const roles = grants.map((one) => grantText(one, t, cameraName)).join(", ");
  return (
    <Line>
      <span className="text-muted">{t("people.invitation", { roles, until: formats.date(expiresMs) })}</span>
      <Button onClick={() => withdraw.mutate()}>{t("people.withdraw")}</Button>
    </Line>
  );
}

function Invite() {
  const { t } = usePeople();
  const [grant, setGrant] = useState<Grant>(FIRST_GRANT);
  const invite = useChange(() => ({
    url: "/api/invitations",
    method: "POST",
    body: { grants: [grant] },
    schema: InvitationMade,
  }));
  return (
    <>
      <SmallHeading>{t("people.invite")}</SmallHeading>
      <GrantPicker grant={grant} onChange={setGrant} />
      <Button onClick={() => invite.mutate()}>{t("people.makeLink")}</Button>
      <Note>{t("people.inviteHelp")}</Note>
      {invite.data && <Once text={window.location.origin + invite.data.link} />}
    </>
  );
}
