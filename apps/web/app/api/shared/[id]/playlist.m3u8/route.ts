/** `GET /api/shared/{id}/playlist.m3u8`: the HLS playlist of what was shared, and nothing else. */
import { route } from "../../../../../server/problem.ts";
import { sharedPlaylist } from "../../../../../server/shared_routes.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>((request, { id }) => sharedPlaylist(request, id));
