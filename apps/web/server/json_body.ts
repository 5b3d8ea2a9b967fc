/** Reads the body of a request that is JSON and short. */
import { z } from "zod";
import { ProblemError } from "./problem.ts";
import { readText } from "./read_body.ts";

/** Requests say a camera, some moments and a sentence. */
const MOST_BODY_BYTES = 10_000;

/**
 * The body, as its schema says. Throws a 400 that shows `example` for anything else, a 413 for what is too long. What
 * was sent is not repeated: it may hold a password.
 */
export async function readJsonBody<T>(
  request: Request,
  { schema, example }: { schema: z.ZodType<T>; example: Readonly<Record<string, unknown>> },
): Promise<T> {
  const text = await readText(request, MOST_BODY_BYTES);
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : "it is not JSON";
    throw new ProblemError(400, "Malformed request", {
      detail: `The body must be like ${JSON.stringify(example).replaceAll('":', '": ').replaceAll(',"', ', "')}: ${why}`,
    });
  }
}
