/** One request of the API that changes something, with a time-out; every way it can fail as data, as http.ts has it. */
import { Problem } from "@rokuga/media/api.ts";
import type { z } from "zod";
import type { Failure } from "./http.ts";

export type Sent<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export type SendOptions<T> = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  /** Undefined where nothing is answered. */
  schema?: z.ZodType<T>;
};

const TIMEOUT_MS = 15_000;

/** Sends it. Never rejects. */
export async function send<T = undefined>(url: string, options: SendOptions<T>): Promise<Sent<T>> {
  const { method, body, schema } = options;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      ...{ method, signal: timeout, cache: "no-store" as const },
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) return { ok: false, failure: problemOf(response.status, text) };
    if (!schema) return { ok: true, value: undefined as T };
    const read = schema.safeParse(parseJson(text));
    return read.success ? { ok: true, value: read.data } : { ok: false, failure: { kind: "unreadable" } };
  } catch {
    const failure: Failure = timeout.aborted ? { kind: "timeout", afterMs: TIMEOUT_MS } : { kind: "network" };
    return { ok: false, failure };
  }
}

function problemOf(status: number, text: string): Failure {
  const problem = Problem.safeParse(parseJson(text));
  return { kind: "problem", status, detail: problem.success ? problem.data.detail : null, nearest: null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
