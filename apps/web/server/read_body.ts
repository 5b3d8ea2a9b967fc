/** The JSON body of a request, checked. */
import { z } from "zod";
import { ProblemError } from "./problem.ts";

/** What is asked here is short: names, moments, a sentence, the answer of a passkey. */
const MOST_BODY_BYTES = 30_000;

/**
 * The body, as its schema says. Throws a 400 that says what is wrong, after `example` where there is one, and a 413 for
 * what is too long. What was sent is not repeated: it may hold a password.
 */
export async function readBody<T>(
  request: Request,
  { schema, example }: { schema: z.ZodType<T>; example?: Readonly<Record<string, unknown>> },
): Promise<T> {
  const text = await readText(request);
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : "it is not JSON";
    const sentence = example ? `The body must be like ${textOf(example)}` : "The body cannot be understood";
    throw new ProblemError(400, "Malformed request", { detail: `${sentence}: ${why}` });
  }
}

const textOf = (example: Readonly<Record<string, unknown>>) =>
  JSON.stringify(example).replaceAll('":', '": ').replaceAll(',"', ', "');

async function readText({ body }: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MOST_BODY_BYTES) {
      throw new ProblemError(413, "Too long", { detail: `The body has more than ${MOST_BODY_BYTES} bytes.` });
    }
  }
  return text;
}
