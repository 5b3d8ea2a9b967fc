"use client";
/** Chooses a role and where it holds. */
import { type Grant, Role } from "@rokuga/media/access.ts";
import { useId } from "react";
import { scopeText } from "../client/grant_words.ts";
import { usePeople } from "./people_context.tsx";
import { Labelled } from "./people_parts.tsx";

type GrantPickerProps = { grant: Grant; onChange: (grant: Grant) => void };

export const FIRST_GRANT: Grant = { role: "viewer", scope: { kind: "everything" } };

const keyOf = (scope: Grant["scope"]) =>
  scope.kind === "everything" ? scope.kind : `${scope.kind}/${scope.id}`;

export function GrantPicker({ grant, onChange }: GrantPickerProps) {
  const { t, cameras, cameraName } = usePeople();
  const [roleId, whereId] = [useId(), useId()];
  const sites = [...new Set(cameras.map(({ siteId }) => siteId))].sort();
  const scopes: Grant["scope"][] = [
    { kind: "everything" },
    ...sites.map((id) => ({ kind: "site" as const, id })),
    ...cameras.map(({ id }) => ({ kind: "camera" as const, id })),
  ];
  const choose = (role: Role) =>
    onChange({ role, scope: role === "owner" ? { kind: "everything" } : grant.scope });
  return (
    <Labelled>
      <label htmlFor={roleId}>{t("people.role")}</label>
      <select
        id={roleId}
        className="select min-w-0"
        value={grant.role}
        onChange={(event) => choose(Role.parse(event.target.value))}
      >
        {Role.options.map((role) => (
          <option key={role} value={role}>
            {t(`people.roles.${role}`)}: {t(`people.roleDetails.${role}`)}
          </option>
        ))}
      </select>
      <label htmlFor={whereId}>{t("people.where")}</label>
      <select
        id={whereId}
        className="select min-w-0"
        value={keyOf(grant.scope)}
        disabled={grant.role === "owner"}
        onChange={(event) => {
          const scope = scopes.find((one) => keyOf(one) === event.target.value);
          if (scope) onChange({ ...grant, scope });
        }}
      >
        {scopes.map((scope) => (
          <option key={keyOf(scope)} value={keyOf(scope)}>
            {scopeText(scope, t, cameraName)}
          </option>
        ))}
      </select>
    </Labelled>
  );
}
