/**
 * The way in for an installation without people: a one-time link, with which somebody becomes its owner. It is made anew
 * at each start until then, and is in no log.
 */
import { openDatabase } from "@rokuga/db/connect.ts";
import { createOwnerLink } from "@rokuga/db/invitations.ts";
import { errorChain } from "@rokuga/runtime/log.ts";
import type { Context } from "./context.ts";

/** Prints the link, if there is nobody yet. `url`: of the page. */
export async function showFirstLink(
  { report, settings }: Pick<Context, "report" | "settings">,
  { databaseUrl, url }: { databaseUrl: string; url: string },
): Promise<void> {
  await using database = openDatabase(databaseUrl, { max: 1 });
  try {
    const link = await createOwnerLink(database, { onlyFirst: true, nowMs: Date.now() });
    if (!link) return;
    const page = settings.environment.PUBLIC_URL?.replace(/\/$/, "") || url;
    report.title("\nNobody can sign in yet. This link makes you the owner, once, within a day:");
    report.note(`  ${page}/join#${link.secret}`);
  } catch (error) {
    // All else runs: recording does not wait for people.
    const cure = "npx pnpm people owner-link makes one";
    report.event(
      "Web",
      "warn",
      `The link for the first owner could not be made (${errorChain(error)}): ${cure}`,
    );
  }
}
