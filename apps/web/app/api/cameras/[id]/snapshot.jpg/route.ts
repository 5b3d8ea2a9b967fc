/** `GET /api/cameras/{id}/snapshot.jpg?at&width`: the picture of a moment, at most so many pixels wide. */
import { route } from "../../../../../server/problem.ts";
import { snapshotAnswer } from "../../../../../server/snapshot.ts";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>((request, { id }) => snapshotAnswer(request, id));
