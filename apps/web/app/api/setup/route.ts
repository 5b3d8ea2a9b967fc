/** `GET /api/setup`: where cameras are added, for owners: the relay's own page, or null where it is not beside this app. */
import type { SetupAnswer } from "@rokuga/media/api.ts";
import { readWebEnvironment } from "../../../server/env.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route(async () => {
  const answer: SetupAnswer = { url: readWebEnvironment(process.env).SETUP_URL ?? null };
  return Response.json(answer, { headers: { "cache-control": "no-store" } });
});
