/** `DELETE /api/cameras/{id}/shares/{shareId}`: its link opens nothing any more. */
import { route } from "../../../../../../server/problem.ts";
import { revokeShare } from "../../../../../../server/share_routes.ts";

export const dynamic = "force-dynamic";

export const DELETE = route<{ id: string; shareId: string }>(revokeShare);
