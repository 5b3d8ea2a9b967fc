/** A handler of web-standard requests behind Node's HTTP server. For requests without a body. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export type WebHandler = (request: Request) => Promise<Response>;

const METHODS = ["GET", "HEAD"];

export function nodeListener(
  handler: WebHandler,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    const request = toRequest(incoming, gone.signal);
    if (!request) {
      outgoing
        .writeHead(METHODS.includes(incoming.method ?? "") ? 400 : 405, { allow: METHODS.join(", ") })
        .end();
      return;
    }
    await send(await handler(request), outgoing);
  };
}

/** Sends an answer, beside the headers that were set before. */
export async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (!response.body) {
    outgoing.end();
    return;
  }
  await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), outgoing).catch(
    () => {
      // The client left, or the store broke off in the middle: the connection's end tells the client.
      outgoing.destroy();
    },
  );
}

/** Undefined when it is no request that a handler could answer. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const url = URL.parse(incoming.url ?? "", "http://localhost");
  if (!url || !METHODS.includes(incoming.method ?? "")) return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  return new Request(url, { method: incoming.method!, headers, signal });
}
