/** Answers that say what could not be done (RFC 9457). */
import type { Response } from "express";

export function problem(response: Response, status: number, detail: string): void {
  response
    .status(status)
    .type("application/problem+json")
    .send(JSON.stringify({ type: "about:blank", status, detail }));
}
