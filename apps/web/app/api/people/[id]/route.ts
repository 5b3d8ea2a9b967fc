/** `DELETE /api/people/{id}`: forgets a person. */
import { forgetPerson } from "../../../../server/people_routes.ts";
import { route } from "../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const DELETE = route<{ id: string }>((_request, { id }) => forgetPerson(id));
