/** `DELETE /api/invitations/{id}`: the link holds no more. */
import { withdrawInvitation } from "../../../../server/people_routes.ts";
import { route } from "../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const DELETE = route<{ id: string }>((_request, { id }) => withdrawInvitation(id));
