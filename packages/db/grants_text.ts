/** Roles in words, for commands. */
import type { Grant } from "@rokuga/media/access.ts";

/** `operator of site home, viewer of camera door` */
export function grantsText(grants: readonly Grant[]): string {
  return grants
    .map(
      ({ role, scope }) =>
        `${role} of ${scope.kind === "everything" ? scope.kind : `${scope.kind} ${scope.id}`}`,
    )
    .join(", ");
}
