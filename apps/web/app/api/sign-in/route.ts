/** `POST /api/sign-in`: signs in by email address and password; the session is a cookie. */
import { route } from "../../../server/problem.ts";
import { signIn } from "../../../server/sign_in_routes.ts";

export const dynamic = "force-dynamic";

export const POST = route((request) => signIn(request));
