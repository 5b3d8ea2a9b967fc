/** `GET /api/metrics`: the state of the recordings for Prometheus, in its text format. */
import { webContext } from "../../../server/context.ts";
import { createMetrics, readFacts } from "../../../server/metrics.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

const metrics = createMetrics((nowMs) => readFacts(webContext().database, nowMs));

export const GET = route(async () => {
  const { text, contentType } = await metrics();
  return new Response(text, { headers: { "content-type": contentType, "cache-control": "no-store" } });
});
