/**
 * The relay's own API on site: what each camera is doing, what waits, the replay of the backlog, and the page that adds
 * cameras. Loopback only unless told otherwise; it shows no address and no password.
 */
import type { Server } from "node:http";
import express, { type Request, type Response } from "express";
import { metricsText } from "./metrics.ts";
import { problem } from "./problem.ts";
import { type SetupOptions, setupApi } from "./setup/setup_api.ts";
import type { SiteStatus } from "./site_status.ts";

export type StatusSources = {
  status: () => Promise<SiteStatus>;
  /** Rejects while the queue is away. */
  replay: () => Promise<{ failed: number; segments: number }>;
  setup: SetupOptions;
};

export type StatusApi = { readonly port: number } & AsyncDisposable;

export async function startStatusApi(
  { host, port }: { host: string; port: number },
  { status, replay, setup }: StatusSources,
): Promise<StatusApi> {
  const app = express();
  app.disable("x-powered-by");
  app.get("/status", async (_request, response) => {
    response.json(await status());
  });
  app.get("/metrics", async (_request, response) => {
    const { text, contentType } = await metricsText(await status());
    response.type(contentType).send(text);
  });
  app.post("/backlog/replay", async (request, response) => {
    // A page in a browser on this machine could post here too: programs send no Origin.
    if (request.headers.origin !== undefined) {
      problem(response, 403, "This is for programs on site, not for pages in a browser.");
      return;
    }
    const replayed = await replay().catch(() => undefined);
    if (replayed) response.status(202).json(replayed);
    else
      problem(
        response,
        503,
        "The queue does not answer. Footage waits in the spool; try again when it is back.",
      );
  });
  app.use("/setup", setupApi(setup));
  app.get("/health", (_request, response) => {
    response.json({ ok: true });
  });
  app.use((request: Request, response: Response) => {
    problem(
      response,
      404,
      `There is no ${request.method} ${request.path.slice(0, 100)}. GET /status shows all there is.`,
    );
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const listening: Server = app.listen(port, host, (error?: Error) =>
      error ? reject(explain(error, port)) : resolve(listening),
    );
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== "EADDRINUSE") return error;
  return new Error(`Cannot start the status API: port ${port} is taken. Set RELAY_PORT to another one.`);
}
