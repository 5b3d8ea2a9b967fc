/** `GET /api/shared/{id}`: what a link that was opened shows. */
import { route } from "../../../../server/problem.ts";
import { showShared } from "../../../../server/shared_routes.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>((request, { id }) => showShared(request, id));
