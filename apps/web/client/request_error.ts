/** Failures as errors, for what expects them thrown (TanStack Query): the reason goes with them. */
import { failureText } from "./failure_text.ts";
import type { Answer, Failure } from "./http.ts";
import type { Translator } from "./text.ts";

/** Something that was asked for did not come. */
export class RequestError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`The request failed: ${failure.kind}`);
    this.failure = failure;
  }
}

/** What was answered. Throws a RequestError where it was a failure. */
export function answered<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new RequestError(answer.failure);
}

/** What went wrong, in a sentence for the viewer. */
export function errorText(error: Error, t: Translator): string {
  return failureText(error instanceof RequestError ? error.failure : { kind: "unreadable" }, t);
}
