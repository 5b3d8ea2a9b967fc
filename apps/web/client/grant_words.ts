/** Roles in words. */
import type { Grant } from "@rokuga/media/access.ts";
import type { Translator } from "./text.ts";

/** `cameraName`: of a camera's id; the id itself where it is not known. */
export function grantText(
  { role, scope }: Grant,
  t: Translator,
  cameraName: (id: string) => string = (id) => id,
): string {
  return `${t(`people.roles.${role}`)} (${scopeText(scope, t, cameraName)})`;
}

export function scopeText(
  scope: Grant["scope"],
  t: Translator,
  cameraName: (id: string) => string = (id) => id,
): string {
  switch (scope.kind) {
    case "everything":
      return t("people.everything");
    case "site":
      return t("people.site", { id: scope.id });
    case "camera":
      return t("people.camera", { name: cameraName(scope.id) });
    default:
      return scope satisfies never;
  }
}
