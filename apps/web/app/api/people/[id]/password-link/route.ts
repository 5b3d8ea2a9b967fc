/** `/api/people/{id}/password-link`: makes a link with which the person sets a new password, and withdraws it. */
import { makePasswordLink, withdrawPasswordLink } from "../../../../../server/password_link_routes.ts";
import { route } from "../../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const POST = route<{ id: string }>((_request, { id }) => makePasswordLink(id));
export const DELETE = route<{ id: string }>((_request, { id }) => withdrawPasswordLink(id));
