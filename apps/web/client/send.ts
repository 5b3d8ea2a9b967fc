/**
 * One request of the API that changes something, with a time-out, its answer checked against a schema, and every way it
 * can fail as data, as http.ts has it. It is never repeated by itself.
 */
import type { z } from "zod";
import { type Answer, answerOf, parseJson } from "./http.ts";

export type SendOptions<T> = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  /** Undefined where what is answered is nothing, or of no interest. */
  schema?: z.ZodType<T>;
  signal?: AbortSignal;
};

/** Some answers take a while: passwords are hashed slowly, long clips are planned. */
const TIMEOUT_MS = 30_000;
const NEVER = new AbortController().signal;

/** Sends JSON and gets JSON. Rejects only with the reason of `signal`. */
export async function send<T = undefined>(url: string, options: SendOptions<T>): Promise<Answer<T>> {
  const { method, body, schema, signal = NEVER } = options;
  const json = { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await answerOf(url, {
    ...{ method, signal, timeoutMs: TIMEOUT_MS },
    ...(body === undefined ? {} : json),
  });
  if (!answer.ok) return answer;
  if (!schema) return { ...answer, value: undefined as T };
  const parsed = schema.safeParse(parseJson(answer.value));
  return parsed.success ? { ...answer, value: parsed.data } : { ok: false, failure: { kind: "unreadable" } };
}
