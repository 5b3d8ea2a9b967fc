/**
 * The relay's own API on site: what each camera is doing. Loopback only unless told otherwise; it shows no
 * address and no password.
 */
import type { Server } from "node:http";
import type { Producer } from "@rokuga/queue/producer.ts";
import express from "express";
import type { CameraStatus } from "./camera_supervisor.ts";

export type StatusSources = {
  cameras: () => CameraStatus[];
  configProblems: () => readonly string[];
  counts: Producer["counts"];
};

export type StatusApi = { readonly port: number } & AsyncDisposable;

export async function startStatusApi(
  { host, port }: { host: string; port: number },
  sources: StatusSources,
): Promise<StatusApi> {
  const app = express();
  app.disable("x-powered-by");
  app.get("/status", async (_request, response) => {
    const queue = await sources.counts().catch(() => null);
    response.json({
      cameras: sources.cameras(),
      configProblems: sources.configProblems(),
      // Null: the queue does not answer. Footage waits in the spool.
      queue,
    });
  });
  app.get("/health", (_request, response) => {
    response.json({ ok: true });
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
