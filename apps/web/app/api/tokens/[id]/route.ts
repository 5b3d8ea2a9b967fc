/** `DELETE /api/tokens/{id}`: the token holds no more. */
import { withdrawToken } from "../../../../server/people_routes.ts";
import { route } from "../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const DELETE = route<{ id: string }>((_request, { id }) => withdrawToken(id));
