/** `GET /api/health`: whether this app can do its work: 200, or 503 with what is away. */
import { webContext } from "../../../server/context.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route(async () => {
  await webContext().database.pool.query("SELECT 1");
  return Response.json({ ok: true }, { headers: { "cache-control": "no-store" } });
});
