/**
 * The launcher's composition: what is started in which order, what is known by then, and what is stopped, in the
 * reverse order, however it ends. Nothing is read from the environment here and nothing is decided about signals.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Guard, guardChildren } from "@rokuga/runtime/guard.ts";
import { ensureCamerasFile } from "./cameras_file.ts";
import { CannotStart } from "./cannot_start.ts";
import { partEnvironments, type Settings } from "./env.ts";
import { findFfmpeg } from "./ffmpeg.ts";
import { endLeftovers, noteProcesses, type Processes } from "./leftovers.ts";
import { takeLock } from "./lock.ts";
import { type LogFile, openLogFile } from "./log_file.ts";
import { type PartName, partEntry, startPart } from "./parts.ts";
import { findPort, isPortFree, LOOPBACK } from "./ports.ts";
import { type Report, showWhileSlow } from "./report.ts";
import { secretOf } from "./secrets.ts";
import { type Context, provideDatabase, provideQueue, provideStore, showFfmpeg } from "./services.ts";
import { prepareStateDirectory, shortPath } from "./state_directory.ts";
import { keepRunning } from "./supervise.ts";
import { type BuildCommand, buildPage } from "./web_build.ts";

/** Usual ports. The searches for others step by two, so that the two never meet. */
const WEB_PORT = 3000;
const RELAY_PORT = 3001;

export type LaunchOptions = {
  settings: Settings;
  report: Report;
  /** Aborts when it is time to stop. */
  signal: AbortSignal;
  /** Aborts when it is time to stop without waiting. */
  force: AbortSignal;
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

  const ports = await choosePorts(settings, report);
  const context = createContext(options, stack);
  const ffmpeg = await findFfmpeg({ given: settings.ffmpegPath, path: settings.environment.PATH, signal });
  const isNew = ensureCamerasFile(settings.camerasFile);
  const databaseUrl = await provideDatabase(context);
  const queueUrl = await provideQueue(context, databaseUrl);
  const storageUrl = provideStore(context);
  showFfmpeg(context, ffmpeg);
  report.row({
    name: "Cameras",
    origin: isNew ? "new" : "found",
    where: shortPath(root, settings.camerasFile),
  });
  const mediaSecret = secretOf(home, "media");
  const environments = partEnvironments(settings, {
    ...ports,
    databaseUrl,
    queueUrl,
    storageUrl,
    ffmpegPath: ffmpeg.path,
    mediaSecret,
  });

  // The build takes a minute the first time: cameras are recorded meanwhile.
  const page = startBuild(options, context, stack);
  const startOne = (name: PartName) =>
    context.keep(title(name), (stop) =>
      startPart({
        name,
        entry: options.entries?.[name] ?? partEntry(root, name),
        environment: environments[name],
        root,
        ...context.processOf(name),
        onLine: ({ level, text }) => report.event(title(name), level, text),
        signal: stop,
      }),
    );
  const { cameras } = await startOne("relay");
  const recording = typeof cameras === "number" ? `${cameras} ${cameras === 1 ? "camera" : "cameras"}, ` : "";
  const status = `${recording}status on http://${LOOPBACK}:${ports.relayPort}/status`;
  report.row({ name: "Relay", version, origin: "running", where: status });
  await startOne("worker");
  report.row({ name: "Worker", version, origin: "running" });
  await page;
  await startOne("web");
  const url = `http://${LOOPBACK}:${ports.port}`;
  report.row({ name: "Web", version, origin: settings.hot ? "hot" : "running", where: url });
  lock.publish(url);
  report.title(`\nOpen ${url}\n`);
  await aborted(signal);
}

function title(name: PartName): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** What the services and parts are started with. Everything kept is stopped by the stack, the last one first. */
function createContext(
  { settings, report, signal, force }: LaunchOptions,
  stack: AsyncDisposableStack,
): Context {
  const processes = noteProcesses(settings.home);
  const guard = stack.use(
    guardChildren({
      onLost: (error) =>
        report.event("Guard", "error", `${error.message}: end leftovers by hand after a crash`),
    }),
  );
  const logs = new Map<string, LogFile>();
  const logOf = (name: string) => {
    const log = logs.get(name) ?? stack.use(openLogFile(join(settings.home, "logs", `${name}.log`)));
    logs.set(name, log);
    return log;
  };
  return {
    settings,
    report,
    signal,
    processOf: (name) => ({ guard: noted(guard, processes, name), log: logOf(name) }),
    async keep(name, start) {
      const kept = await keepRunning({
        name,
        start,
        signal,
        force,
        report: (text) => report.event(name, "warn", text),
      });
      stack.defer(async () => {
        report.progress("Stopping …", name);
        await kept[Symbol.asyncDispose]();
      });
      return kept.details;
    },
  };
}

/** A guard that also notes each process by name, for the next start. */
function noted(guard: Guard, processes: Processes, name: string): Guard {
  return {
    get pid() {
      return guard.pid;
    },
    register(pid, signal) {
      guard.register(pid, signal);
      processes.add(name, pid);
    },
    unregister(pid) {
      guard.unregister(pid);
      processes.remove(pid);
    },
    [Symbol.asyncDispose]: () => guard[Symbol.asyncDispose](),
  };
}

async function choosePorts(settings: Settings, report: Report): Promise<{ port: number; relayPort: number }> {
  const asked = { PORT: settings.port, RELAY_PORT: settings.relayPort };
  for (const [name, port] of Object.entries(asked)) {
    if (port === undefined || (await isPortFree(port))) continue;
    throw new CannotStart(
      `Port ${port} (${name}) is taken by another program. End that program, or choose another ${name}.`,
    );
  }
  const port = settings.port ?? (await findPort([WEB_PORT], { step: 2 }));
  const relayPort = settings.relayPort ?? (await findPort([RELAY_PORT], { step: 2, taken: [port] }));
  if (settings.port === undefined && port !== WEB_PORT) {
    report.note(`Port ${WEB_PORT} is taken by another program: the page is on ${port}.`);
  }
  return { port, relayPort };
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
  const page = showWhileSlow(report, "Building the page, about a minute the first time", building);
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
