/** `POST /api/invitations`: makes a one-time link for somebody. */
import { invite } from "../../../server/people_routes.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const POST = route((request) => invite(request));
