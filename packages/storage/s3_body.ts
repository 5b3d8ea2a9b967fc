/**
 * How a body goes to S3: as it is, or, when it is paced, as a stream of pieces. Both are signed with the hash that
 * the caller knows, so that the SDK neither hashes the body again nor sends a stream in the aws-chunked encoding,
 * which not every service takes.
 */
import { Readable } from "node:stream";
import type { PutObjectCommand } from "@aws-sdk/client-s3";
import { pieces } from "./pieces.ts";
import { isConnectionLost } from "./s3_error.ts";
import { PACE_BYTES, type Pace } from "./storage.ts";
import { unlessAborted } from "./time_limit.ts";

/** Makes the request say this SHA-256 (lower-case hex) of its body, which its signature then covers. */
export function signedWith(sha256: string, command: PutObjectCommand): PutObjectCommand {
  command.middlewareStack.add(
    (next) => async (args) => {
      (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] = sha256;
      return next(args);
    },
    { step: "build", name: "knownContentSha256" },
  );
  return command;
}

/**
 * Sends a body with `send`. A stream cannot be sent again by the SDK, so that is done here, once: that a kept-alive
 * connection was closed by the server is found out only by sending.
 */
export async function sendBody<T>(
  body: Uint8Array,
  { pace, signal }: { pace: Pace | undefined; signal: AbortSignal },
  send: (body: Uint8Array | Readable) => Promise<T>,
): Promise<T> {
  if (!pace) return await send(body);
  if (body.byteLength <= PACE_BYTES) {
    if (body.byteLength > 0) await unlessAborted(pace(body.byteLength), signal);
    return await send(body);
  }
  for (let again = true; ; again = false) {
    try {
      return await sendStream(pieces(body, { pace, signal }), { signal, send });
    } catch (error) {
      if (!again || signal.aborted || !isConnectionLost(error)) throw error;
    }
  }
}

/** The SDK does not notice when a body's stream breaks: it would wait for the rest for ever. */
async function sendStream<T>(
  source: AsyncIterable<Uint8Array>,
  { signal, send }: { signal: AbortSignal; send: (body: Readable) => Promise<T> },
): Promise<T> {
  const stream = Readable.from(source, { objectMode: false, highWaterMark: PACE_BYTES, signal });
  const broken = new Promise<never>((_, reject) => stream.once("error", reject));
  try {
    return await Promise.race([send(stream), broken]);
  } finally {
    stream.on("error", () => undefined);
    stream.destroy();
  }
}
