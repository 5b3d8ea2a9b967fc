/** `GET /api/openapi.json`: the description of the API. */
import { openApiDocument } from "../../../server/openapi.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route(async () =>
  Response.json(openApiDocument(), { headers: { "cache-control": "public, max-age=3600" } }),
);
