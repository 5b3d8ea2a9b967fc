/**
 * The launcher's composition: what is started in which order, what is known by then, and what is stopped, in the
 * reverse order, however it ends. Nothing is read from the environment here and nothing is decided about signals.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureCamerasFile } from "./cameras_file.ts";
import { CannotStart } from "./cannot_start.ts";
import { type Context, type ContextOptions, createContext } from "./context.ts";
import { type Decided, partEnvironments, type Settings } from "./env.ts";
import { findFfmpeg } from "./ffmpeg.ts";
import { showFirstLink } from "./first_link.ts";
import { endLeftovers } from "./leftovers.ts";
import { takeLock } from "./lock.ts";
import { type PartDetails, type PartName, partEntry, startPart } from "./parts.ts";
import { isPortFree, LOOPBACK, startOnFreePort } from "./ports.ts";
import { showWhileSlow } from "./report.ts";
import { secretOf } from "./secrets.ts";
import { provideDatabase, provideQueue, provideStore, showFfmpeg } from "./services.ts";
import { prepareStateDirectory, shortPath } from "./state_directory.ts";
import { type BuildCommand, buildPage } from "./web_build.ts";

/** Usual ports. The searches for others step by two, so that the two never meet. */
const WEB_PORT = 3000;
const RELAY_PORT = 3001;

export type LaunchOptions = ContextOptions & {
  /** Main modules to run instead of the parts' own, and a command instead of the build: for tests. */
  entries?: Partial<Record<PartName, string>>;
  build?: BuildCommand;
};

/**
 * Starts everything, runs until `signal` aborts, stops everything. Throws `CannotStart` when something cannot be
 * started (what was started by then is stopped first), and the signal's reason when it aborts before all runs.
 */
export async function launch(options: LaunchOptions): Promise<void> {
  const { settings, report, signal } = options;
  const { root, home } = settings;
  const version = ownVersion(root);
  prepareStateDirectory(home);
  await using stack = new AsyncDisposableStack();
  const lock = stack.use(takeLock(home));
  report.title(`Rokuga ${version}   state in ${shortPath(root, home)}`);
  const ended = await endLeftovers(home, {
    signal,
    onWait: (names) => report.note(`Waiting for what an earlier start left to end: ${names.join(", ")}`),
  });
  if (ended.length > 0) report.note(`Ended: ${ended.join(", ")}`);

  await checkAskedPorts(settings);
  const context = createContext(options, stack);
  const services = await provideServices(context);
  const startOne = (name: PartName, ports: { port: number; relayPort: number }) =>
    context.keep(title(name), (stop) =>
      startPart({
        name,
        entry: options.entries?.[name] ?? partEntry(root, name),
        environment: partEnvironments(settings, { ...services, ...ports })[name],
        root,
        ...context.processOf(name),
        onLine: ({ level, text }) => report.event(title(name), level, text),
        signal: stop,
      }),
    );
  // The build takes a minute the first time: cameras are recorded meanwhile.
  const page = startBuild(options, context, stack);
  const usual = { port: WEB_PORT, relayPort: RELAY_PORT };
  const relay = await onPort(settings.relayPort, RELAY_PORT, (relayPort) =>
    startOne("relay", { ...usual, relayPort }),
  );
  report.row({ name: "Relay", version, origin: "running", where: describeRelay(relay) });
  await startOne("worker", usual);
  report.row({ name: "Worker", version, origin: "running" });
  await page;
  const { port } = await onPort(settings.port, WEB_PORT, (port) =>
    startOne("web", { relayPort: relay.port, port }),
  );
  const url = `http://${LOOPBACK}:${port}`;
  report.row({ name: "Web", version, origin: settings.hot ? "hot" : "running", where: url });
  if (port !== (settings.port ?? WEB_PORT)) {
    report.note(`Port ${WEB_PORT} is taken by another program: the page is on ${port}.`);
  }
  lock.publish(url);
  await showFirstLink(context, { databaseUrl: services.databaseUrl, url });
  report.title(`\nOpen ${url}\n`);
  await aborted(signal);
}

/** Starts a part on the port that was asked for, and on no other, or on its usual one or a free one near it. */
async function onPort(
  asked: number | undefined,
  usual: number,
  start: (port: number) => Promise<PartDetails>,
) {
  if (asked !== undefined) return { port: asked, started: await start(asked) };
  return startOnFreePort([usual], start, { step: 2 });
}

function describeRelay({ port, started: { cameras } }: { port: number; started: PartDetails }): string {
  const recording = typeof cameras === "number" ? `${cameras} ${cameras === 1 ? "camera" : "cameras"}, ` : "";
  return `${recording}status on http://${LOOPBACK}:${port}/status`;
}

/** Everything that the parts stand on; resolves with where it is. */
async function provideServices(context: Context): Promise<Omit<Decided, "port" | "relayPort">> {
  const { settings, report, signal } = context;
  const { root, home, camerasFile } = settings;
  const ffmpeg = await findFfmpeg({ given: settings.ffmpegPath, path: settings.environment.PATH, signal });
  const isNew = ensureCamerasFile(camerasFile, join(root, "docs", "cameras.schema.json"));
  const database = await provideDatabase(context);
  const queueUrl = await provideQueue(context, database);
  const storageUrl = provideStore(context);
  showFfmpeg(context, ffmpeg);
  report.row({ name: "Cameras", origin: isNew ? "new" : "found", where: shortPath(root, camerasFile) });
  const secrets = {
    mediaSecret: secretOf(home, "media"),
    authSecret: secretOf(home, "auth"),
    setupKey: secretOf(home, "setup"),
  };
  return { databaseUrl: database.url, queueUrl, storageUrl, ffmpegPath: ffmpeg.path, ...secrets };
}

function title(name: PartName): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A port that was asked for has to be free: told before anything is started. */
async function checkAskedPorts({ port, relayPort }: Settings): Promise<void> {
  for (const [name, asked] of Object.entries({ PORT: port, RELAY_PORT: relayPort })) {
    if (asked === undefined || (await isPortFree(asked))) continue;
    throw new CannotStart(
      `Port ${asked} (${name}) is taken by another program. End that program, or choose another ${name}.`,
    );
  }
}

/** Starts the build beside the rest; the promise is awaited later, and the build is ended with everything else. */
function startBuild(
  { settings, report, build }: LaunchOptions,
  context: Context,
  stack: AsyncDisposableStack,
): Promise<void> {
  if (settings.hot) return Promise.resolve();
  const stop = new AbortController();
  const building = buildPage({
    root: settings.root,
    environment: settings.environment,
    ...context.processOf("build"),
    signal: AbortSignal.any([context.signal, stop.signal]),
    ...(build ? { command: build } : {}),
  });
  // A build that finds nothing to do is done before this shows.
  const shown = { what: "Building the page, about a minute the first time", afterMs: 4_000 };
  const page = showWhileSlow(report, shown, building);
  page.catch(() => {
    // It is awaited before the web starts; should something else fail first, that is what is told.
  });
  stack.defer(async () => {
    stop.abort(new Error("stopping"));
    await Promise.allSettled([page]);
  });
  return page;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function ownVersion(root: string): string {
  return (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
}
