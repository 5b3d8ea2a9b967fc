/** `GET /api/shared/{id}/media/{piece}`: the bytes of a piece of what was shared. */
import { route } from "../../../../../../server/problem.ts";
import { sharedMedia } from "../../../../../../server/shared_routes.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string; piece: string }>(sharedMedia);
