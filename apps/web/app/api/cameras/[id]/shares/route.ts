/** `GET /api/cameras/{id}/shares`: links by which footage of a camera may be watched. `POST`: makes one. */
import { route } from "../../../../../server/problem.ts";
import { createShare, listShares } from "../../../../../server/share_routes.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>((request, { id }) => listShares(request, id));

export const POST = route<{ id: string }>((request, { id }) => createShare(request, id));
