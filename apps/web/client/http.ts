/**
 * One GET of the API: with a time-out, checked against its schema, and every way it can fail as data. It never
 * retries; who asks knows whether and when to ask again.
 */
import { Problem, type TimeRange } from "@rokuga/media/api.ts";
import type { z } from "zod";

/** Why there is no answer. */
export type Failure =
  /** Nothing came within the time-out. */
  | { kind: "timeout"; afterMs: number }
  /** No connection, or it broke. */
  | { kind: "network" }
  /** The server refused and said why (RFC 9457), or only its status. */
  | {
      kind: "problem";
      status: number;
      detail: string | null;
      nearest: TimeRange | null;
      /** Which problem it is, where the page has to tell. */
      type?: string;
    }
  /** An answer that is not what was agreed on: the page and the server are of different versions. */
  | { kind: "unreadable" };

export type Answer<T> =
  | { ok: true; value: T; sentAtMs: number; receivedAtMs: number }
  | { ok: false; failure: Failure };

export type GetOptions<T> = { schema: z.ZodType<T>; signal: AbortSignal; timeoutMs?: number };

const TIMEOUT_MS = 10_000;

/** Gets JSON. Rejects only with the reason of `signal`. */
export async function getJson<T>(url: string, options: GetOptions<T>): Promise<Answer<T>> {
  const { schema, signal, timeoutMs = TIMEOUT_MS } = options;
  const answer = await get(url, { signal, timeoutMs });
  if (!answer.ok) return answer;
  const parsed = schema.safeParse(parseJson(answer.value));
  return parsed.success ? { ...answer, value: parsed.data } : { ok: false, failure: { kind: "unreadable" } };
}

/** Gets text. Rejects only with the reason of `signal`. */
export function get(
  url: string,
  { signal, timeoutMs = TIMEOUT_MS }: { signal: AbortSignal; timeoutMs?: number },
): Promise<Answer<string>> {
  return answerOf(url, { signal, timeoutMs });
}

/** Asks once, in whatever way, and gets text. Rejects only with the reason of `signal`. */
export async function answerOf(
  url: string,
  { signal, timeoutMs, ...init }: RequestInit & { signal: AbortSignal; timeoutMs: number },
): Promise<Answer<string>> {
  const sentAtMs = Date.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      ...init,
      signal: AbortSignal.any([signal, timeout]),
      cache: "no-store",
    });
    const receivedAtMs = Date.now();
    const text = await response.text();
    if (response.ok) return { ok: true, value: text, sentAtMs, receivedAtMs };
    return { ok: false, failure: problemOf(response.status, text) };
  } catch {
    signal.throwIfAborted();
    // fetch tells no more than that it failed; the browser's console says why.
    return {
      ok: false,
      failure: timeout.aborted ? { kind: "timeout", afterMs: timeoutMs } : { kind: "network" },
    };
  }
}

function problemOf(status: number, text: string): Failure {
  const problem = Problem.safeParse(parseJson(text));
  return {
    kind: "problem",
    status,
    detail: problem.success ? problem.data.detail : null,
    nearest: (problem.success && problem.data.nearest) || null,
    ...(problem.success && problem.data.type !== "about:blank" ? { type: problem.data.type } : {}),
  };
}

/** Undefined for what is not JSON: no schema accepts it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
