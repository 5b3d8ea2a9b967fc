/** `GET /api/tokens`: the tokens of scripts. `POST`: makes one, and tells it once. */
import { makeToken, showTokens } from "../../../server/people_routes.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route(() => showTokens());

export const POST = route((request) => makeToken(request));
