/** An entry of the list of what was done, as a sentence. */
import { Grant } from "@rokuga/media/access.ts";
import type { AuditAnswer } from "@rokuga/media/people_api.ts";
import { z } from "zod";
import { grantText } from "./grant_words.ts";
import type { PeopleWords } from "./people_words_en.ts";

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
  words: PeopleWords,
  { names, cameraName }: { names: AuditAnswer["names"]; cameraName: (id: string) => string },
): string {
  const say = Object.hasOwn(words.done, type) ? words.done[type as keyof PeopleWords["done"]] : undefined;
  const named = Named.safeParse(data).data;
  if (!say || !named) return type;
  const nameOf = (key: string) => (key === "machine" ? words.machine : (names[key] ?? words.somebody));
  const person = named.personId ? nameOf(`person/${named.personId}`) : undefined;
  const by = named.by ? nameOf(named.by) : (person ?? words.noOne);
  const grants = named.grant ? [named.grant] : (named.grants ?? []);
  const what = [
    named.cameraId && cameraName(named.cameraId),
    named.tokenId && nameOf(`token/${named.tokenId}`),
    named.by && person,
    ...grants.map((grant) => grantText(grant, words, cameraName)),
  ].filter(Boolean);
  return say(by, what.join(", "));
}
