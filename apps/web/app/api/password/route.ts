/** `POST /api/password`: changes one's own password. */
import { route } from "../../../server/problem.ts";
import { changePassword } from "../../../server/sign_in_routes.ts";

export const dynamic = "force-dynamic";

export const POST = route((request) => changePassword(request));
