/** `GET /api/people`: the people with their roles and sessions, and open invitations. */
import { showPeople } from "../../../server/people_routes.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route(() => showPeople());
