/** `PUT /api/people/{id}/grants`: a person's roles from now on. */
import { changeGrants } from "../../../../../server/people_routes.ts";
import { route } from "../../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const PUT = route<{ id: string }>((request, { id }) => changeGrants(request, id));
