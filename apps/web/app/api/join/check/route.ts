/** `POST /api/join/check`: what a one-time link is for. */
import { route } from "../../../../server/problem.ts";
import { checkLink } from "../../../../server/sign_in_routes.ts";

export const dynamic = "force-dynamic";

export const POST = route((request) => checkLink(request));
