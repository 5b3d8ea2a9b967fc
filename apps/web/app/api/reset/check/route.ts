/** `POST /api/reset/check`: whose password a one-time link sets. */
import { checkPasswordLink } from "../../../../server/password_link_routes.ts";
import { route } from "../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const POST = route((request) => checkPasswordLink(request));
