/**
 * One request that changes something and that its caller may give up: POST or DELETE, with a time-out, its answer
 * checked against a schema, and every way it can fail as data. It is never repeated by itself.
 */
import { z } from "zod";
import { type Answer, answerOf } from "./http.ts";

/** Some answers take a while: passwords are hashed slowly, long clips are planned. */
const TIMEOUT_MS = 30_000;

export type SendOptions<T> = { schema: z.ZodType<T>; body?: unknown; signal: AbortSignal };

/** Sends JSON and gets JSON. Rejects only with the reason of `signal`. */
export function post<T>(url: string, options: SendOptions<T>): Promise<Answer<T>> {
  return send(url, { method: "POST", ...options });
}

/** Rejects only with the reason of `signal`. */
export function remove(url: string, signal: AbortSignal): Promise<Answer<unknown>> {
  return send(url, { method: "DELETE", schema: z.unknown(), signal });
}

async function send<T>(
  url: string,
  { method, schema, body, signal }: SendOptions<T> & { method: "POST" | "DELETE" },
): Promise<Answer<T>> {
  const answer = await answerOf(url, {
    ...{ signal, timeoutMs: TIMEOUT_MS, method },
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  if (!answer.ok) return answer;
  const parsed = schema.safeParse(answer.value === "" ? undefined : parseJson(answer.value));
  return parsed.success ? { ...answer, value: parsed.data } : { ok: false, failure: { kind: "unreadable" } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema that expects something accepts it.
    return undefined;
  }
}
