/** The web app's process: Next behind a plain HTTP server, started and stopped like the other parts. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { checkWhenReachable } from "@rokuga/db/check_schema.ts";
import { aborted } from "@rokuga/runtime/abort.ts";
import { createLog } from "@rokuga/runtime/log.ts";
import { runMain } from "@rokuga/runtime/main.ts";
import createApp from "next";
import { withAsking } from "./server/asking.ts";
import { clipDownload, isClipDownload } from "./server/clip_download.ts";
import { startClips } from "./server/clip_services.ts";
import { nameEncoding } from "./server/compress.ts";
import { contentSecurity, newNonce } from "./server/content_security.ts";
import { closeWebContext, webContext } from "./server/context.ts";
import { readWebEnvironment } from "./server/env.ts";
import { checkRequest, type GuardOptions } from "./server/guard.ts";
import { mediaRoute } from "./server/media_route.ts";
import { isMediaPath } from "./server/media_url.ts";
import { nodeListener, send } from "./server/node_listener.ts";
import { guardOptions, startPeople } from "./server/people_services.ts";
import { problemOf } from "./server/problem.ts";

const log = createLog("web", process.env.LOG_LEVEL);
await runMain(log, async ({ signal, ready }) => {
  const environment = readWebEnvironment(process.env);
  const { HOST, PORT, HOT } = environment;
  await using clips = await startClips(environment);
  await using people = startPeople(environment);
  const schema = checkWhenReachable(webContext().database.pool, { signal });
  const app = createApp({
    dev: HOT === "1",
    dir: fileURLToPath(new URL(".", import.meta.url)),
    hostname: HOST,
    port: PORT,
  });
  await Promise.all([app.prepare(), schema.first]);
  const answer = app.getRequestHandler();
  const handle: Listener = (request, response) => {
    secure(request, response, { isHot: HOT === "1" });
    return answer(request, response);
  };
  const media = nodeListener((request) => mediaRoute(request, { params: Promise.resolve({}) }));
  const download = nodeListener((request) => clipDownload(request, { params: Promise.resolve({}) }));
  const listenerOf = (url: string) => {
    if (isMediaPath(url)) return media;
    return isClipDownload(url) ? download : handle;
  };
  const options = guardOptions(environment, people);
  const server = createServer((request, response) => {
    nameEncoding(response);
    void guarded(request, response, { options, listener: () => listenerOf(request.url ?? "") });
  });
  await listen(server, { host: HOST, port: PORT });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : PORT;
  ready({ port, url: `http://${HOST}:${port}` });
  await Promise.race([aborted(signal), schema.wrong]);
  server.close();
  server.closeAllConnections();
  await app.close();
  await clips[Symbol.asyncDispose]();
  await closeWebContext();
});

/** Says what a page may load: to the browser, and to Next, which puts the nonce on its scripts. */
function secure(request: IncomingMessage, response: ServerResponse, { isHot }: { isHot: boolean }): void {
  const isPage = !/^\/(api|_next)\//.test(request.url ?? "");
  const policy = contentSecurity({ nonce: isPage ? newNonce() : undefined, isHot });
  request.headers["content-security-policy"] = policy;
  delete request.headers["content-security-policy-report-only"];
  response.setHeader("content-security-policy", policy);
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Nothing is answered but through here. */
async function guarded(
  request: IncomingMessage,
  response: ServerResponse,
  { options, listener }: { options: GuardOptions; listener: () => Listener },
): Promise<void> {
  try {
    const passed = await checkRequest(request, options);
    if (passed.kind === "sign-in") {
      response.writeHead(302, { location: passed.location, "cache-control": "no-store" }).end();
      return;
    }
    for (const cookie of passed.setCookies) response.appendHeader("set-cookie", cookie);
    await withAsking(passed, () => listener()(request, response));
  } catch (error) {
    const answer = problemOf(error, { path: request.url?.split("?")[0] ?? "?" });
    if (response.headersSent) response.destroy();
    else await send(answer, response);
  }
}

async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(
        taken
          ? new Error(`Cannot start the web app: port ${port} is taken. Set PORT to another one.`)
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}
