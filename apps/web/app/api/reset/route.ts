/** `POST /api/reset`: sets a new password by a one-time link, and signs in. */
import { acceptReset } from "../../../server/password_link_routes.ts";
import { route } from "../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const POST = route((request) => acceptReset(request));
