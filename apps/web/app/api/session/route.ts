/** `GET /api/session`: who asks, and what they may do. `DELETE`: signs out. */
import { route } from "../../../server/problem.ts";
import { showSession, signOut } from "../../../server/sign_in_routes.ts";

export const dynamic = "force-dynamic";

export const GET = route(async () => showSession());

export const DELETE = route((request) => signOut(request));
