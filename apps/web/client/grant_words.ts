/** Roles in words. */
import type { Grant } from "@rokuga/media/access.ts";
import type { PeopleWords } from "./people_words_en.ts";

/** `cameraName`: of a camera's id; the id itself where it is not known. */
export function grantText(
  { role, scope }: Grant,
  words: PeopleWords,
  cameraName: (id: string) => string = (id) => id,
): string {
  return `${words.roles[role]} (${scopeText(scope, words, cameraName)})`;
}

export function scopeText(
  scope: Grant["scope"],
  words: PeopleWords,
  cameraName: (id: string) => string = (id) => id,
): string {
  switch (scope.kind) {
    case "everything":
      return words.everything;
    case "site":
      return words.site(scope.id);
    case "camera":
      return words.camera(cameraName(scope.id));
    default:
      return scope satisfies never;
  }
}
