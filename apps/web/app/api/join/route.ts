/** `POST /api/join`: becomes a person by a one-time link, and signs in. */
import { route } from "../../../server/problem.ts";
import { acceptJoin } from "../../../server/sign_in_routes.ts";

export const dynamic = "force-dynamic";

export const POST = route((request) => acceptJoin(request));
