/** An entry of the list of what was done, as a sentence. */
import { Grant } from "@rokuga/media/access.ts";
import type { AuditAnswer } from "@rokuga/media/people_api.ts";
import { z } from "zod";
import type { Messages } from "../messages/messages.ts";
import { grantText } from "./grant_words.ts";
import type { Translator } from "./text.ts";

/** What entries name, of whatever type they are. */
const Named = z.looseObject({
  by: z.string().nullish(),
  personId: z.string().nullish(),
  tokenId: z.string().optional(),
  cameraId: z.string().optional(),
  grant: Grant.optional(),
  grants: z.array(Grant).optional(),
});

type Entry = AuditAnswer["entries"][number];

/** `names`: as the answer has them. */
export function auditText(
  { type, data }: Entry,
  t: Translator,
  { names, cameraName }: { names: AuditAnswer["names"]; cameraName: (id: string) => string },
): string {
  const named = Named.safeParse(data).data;
  const key = `people.done.${type as keyof Messages["people"]["done"]}` as const;
  // There may be newer types than this page knows.
  if (!named || !t.has(key) || typeof t.raw(key) !== "string") return type;
  const nameOf = (key: string) =>
    key === "machine" ? t("people.machine") : (names[key] ?? t("people.somebody"));
  const person = named.personId ? nameOf(`person/${named.personId}`) : undefined;
  const by = named.by ? nameOf(named.by) : (person ?? t("people.noOne"));
  const grants = named.grant ? [named.grant] : (named.grants ?? []);
  const what = [
    named.cameraId && cameraName(named.cameraId),
    named.tokenId && nameOf(`token/${named.tokenId}`),
    named.by && person,
    ...grants.map((grant) => grantText(grant, t, cameraName)),
  ].filter(Boolean);
  return t(key, { by, what: what.join(", ") });
}
