/** Errors of the API as RFC 9457 problem details: `application/problem+json` with a sentence that says what to do. */
import { databaseError, isUnreachable } from "@rokuga/db/connect.ts";
import type { Problem, TimeRange } from "@rokuga/media/api.ts";
import { webContext } from "./context.ts";

/** Thrown by a route: becomes the answer. */
export class ProblemError extends Error {
  override name = "ProblemError";
  readonly status: number;
  readonly title: string;
  readonly nearest: TimeRange | undefined;
  readonly headers: Record<string, string>;
  /** A URI that says which problem it is, where a program has to tell. */
  readonly type: string;

  constructor(
    status: number,
    title: string,
    {
      detail,
      nearest,
      headers = {},
      type = "about:blank",
    }: {
      detail: string;
      nearest?: TimeRange | undefined;
      headers?: Record<string, string>;
      type?: string;
    },
  ) {
    super(detail);
    this.status = status;
    this.title = title;
    this.nearest = nearest;
    this.headers = headers;
    this.type = type;
  }
}

export function problemResponse({ status, title, message, nearest, headers, type }: ProblemError): Response {
  const body: Problem = {
    type,
    title,
    status,
    detail: message,
    ...(nearest ? { nearest } : {}),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(status === 503 ? { "retry-after": "2" } : {}),
      ...headers,
    },
  });
}

type Handler<P> = (request: Request, params: P) => Promise<Response>;

/** Wraps a route: whatever it throws becomes a problem, and the unexpected is logged. */
export function route<P>(
  handler: Handler<P>,
): (request: Request, context: { params: Promise<P> }) => Promise<Response> {
  return async (request, { params }) => {
    try {
      return await handler(request, await params);
    } catch (error) {
      return problemOf(error, { path: pathOf(request), signal: request.signal });
    }
  };
}

/** The answer to a request that ended in an error. `path`: without its query. */
export function problemOf(
  error: unknown,
  { path, signal }: { path: string; signal?: AbortSignal },
): Response {
  if (error instanceof ProblemError) return problemResponse(error);
  // Nobody is there to read it: players drop requests whenever they seek. 499 is nginx's number for that.
  if (signal?.aborted) return new Response(null, { status: 499 });
  const { log } = webContext();
  const told = databaseError(error);
  if (isUnreachable(error) || isNamed(error, "StorageUnreachableError")) {
    log.warn("a request could not be answered: something it needs is away", { path, error: told });
    return problemResponse(
      new ProblemError(503, "Temporarily unavailable", {
        detail:
          "The database or the store cannot be reached right now. Recording goes on; try again in a moment.",
      }),
    );
  }
  const stack = told instanceof Error ? told.stack : undefined;
  log.error("a request failed", { path, error: told, stack });
  return problemResponse(
    new ProblemError(500, "Internal error", {
      detail: "This request failed because of an error of the server. It was logged.",
    }),
  );
}

/** Next may bundle a class more than once, so that `instanceof` cannot be relied on: the name can. */
export const isNamed = (error: unknown, name: string) => error instanceof Error && error.name === name;

/** Without the query: it may hold a signature. */
const pathOf = (request: Request) => URL.parse(request.url)?.pathname ?? "?";
