/** `GET /api/cameras/{id}/locks?from&to`: the locks on a range. `POST`: locks one. */
import { listLocks, putLock } from "../../../../../server/lock_routes.ts";
import { route } from "../../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>((request, { id }) => listLocks(request, id));

export const POST = route<{ id: string }>((request, { id }) => putLock(request, id));
