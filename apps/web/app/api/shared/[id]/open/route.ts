/** `POST /api/shared/{id}/open`: opens a link, by its secret and perhaps a password. */
import { route } from "../../../../../server/problem.ts";
import { openShare } from "../../../../../server/shared_open.ts";

export const dynamic = "force-dynamic";

export const POST = route<{ id: string }>((request, { id }) => openShare(request, id));
