/** Passkeys: `/api/auth/passkey/…`, as far as server/access_rules.ts lists them. */
import { passkeyAnswer } from "../../../../../server/passkey_routes.ts";
import { route } from "../../../../../server/problem.ts";

export const dynamic = "force-dynamic";

export const GET = route((request) => passkeyAnswer(request));

export const POST = route((request) => passkeyAnswer(request));
