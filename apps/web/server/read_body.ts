/** The JSON body of a request, checked. */
import { z } from "zod";
import { ProblemError } from "./problem.ts";

/** What is asked here is short. */
const MOST_BODY_BYTES = 30_000;

/** Throws a 400 that says what is wrong with it, or a 413. */
export async function readBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(request);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw malformed("it is not JSON.");
  }
  const read = schema.safeParse(json);
  if (!read.success) throw malformed(z.prettifyError(read.error));
  return read.data;
}

const malformed = (why: string) =>
  new ProblemError(400, "Malformed request", { detail: `The body cannot be understood: ${why}` });

/** Throws a 413 for a body that is longer than any has to be. */
export async function readText({ body }: Request, mostBytes = MOST_BODY_BYTES): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > mostBytes) {
      throw new ProblemError(413, "Too long", { detail: `The body has more than ${mostBytes} bytes.` });
    }
  }
  return text;
}
