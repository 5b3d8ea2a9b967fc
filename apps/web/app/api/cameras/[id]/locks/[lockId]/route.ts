/** `DELETE /api/cameras/{id}/locks/{lockId}`: the range is not kept any longer than its camera's limits say. */
import { removeLock } from "../../../../../../server/lock_routes.ts";
import { route } from "../../../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const DELETE = route<{ id: string; lockId: string }>(removeLock);
