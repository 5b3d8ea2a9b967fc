/** `GET /api/audit?before`: what people did, the latest first. */
import { showAudit } from "../../../server/people_routes.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route((request) => showAudit(request));
