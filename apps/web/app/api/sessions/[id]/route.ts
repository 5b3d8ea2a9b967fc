/** `DELETE /api/sessions/{id}`: ends a session, whoever's it is. */
import { stopSession } from "../../../../server/people_routes.ts";
import { route } from "../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const DELETE = route<{ id: string }>((_request, { id }) => stopSession(id));
