/**
 * Free TCP ports of the loopback interface, and the ones that the embedded servers had last time, so that an
 * address which someone wrote down stays right. Between finding a port and its use someone else may take it:
 * whoever binds it has to cope.
 */
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "./state_directory.ts";

export const LOOPBACK = "127.0.0.1";

/** Ports of the embedded servers when they are free: away from the usual ones, which may come and go. */
const FIRST_PORTS = { postgres: 54_320, redis: 63_790 } as const;

/** How many neighbours of a usual port are tried before any free one is taken. */
const TRIES = 50;

/** Whether nobody listens there and we may. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canListen(port)) && !(await answers(port));
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(new Error(`Cannot try port ${port} of ${LOOPBACK}`, { cause: error }));
    });
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** macOS lets us listen on 127.0.0.1 while another program has the port on all addresses: so ask as well. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK, timeout: 1_000 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

/**
 * The first free port of `preferred`, then of every `step`th one after its last, then any. Two services that
 * search side by side do not meet when they take different residues of the same step.
 */
export async function findPort(
  preferred: readonly number[],
  { step = 1, taken = [] as readonly number[] } = {},
): Promise<number> {
  const last = preferred.at(-1) ?? 0;
  const neighbours = last === 0 ? [] : Array.from({ length: TRIES }, (_, index) => last + (index + 1) * step);
  for (const port of [...preferred, ...neighbours]) {
    if (port <= 65_535 && !taken.includes(port) && (await isPortFree(port))) return port;
  }
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (cause) => reject(new Error(`Cannot find a free port of ${LOOPBACK}`, { cause })));
    server.listen({ port: 0, host: LOOPBACK }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** How often another port is tried when someone else was faster. */
const RACES = 5;

/**
 * Starts something on the first free port of `preferred` (see {@link findPort}). When it cannot be started and its
 * port is taken by then, someone was faster (another launcher that starts at the same time): the next one is tried.
 * Throws what the last start throws.
 */
export async function startOnFreePort<T>(
  preferred: readonly number[],
  start: (port: number) => Promise<T>,
  { step = 1 } = {},
): Promise<{ port: number; started: T }> {
  const taken: number[] = [];
  while (true) {
    const port = await findPort(preferred, { step, taken });
    try {
      return { port, started: await start(port) };
    } catch (error) {
      taken.push(port);
      if (taken.length >= RACES || (await isPortFree(port))) throw error;
    }
  }
}

/** Starts a server on the port that it had last time, or on a free one from now on. */
export async function onStablePort<Details>(
  home: string,
  service: keyof typeof FIRST_PORTS,
  start: (port: number) => Promise<Details>,
): Promise<Details & { port: number }> {
  const remembered = rememberedPort(home, service);
  const preferred = remembered === undefined ? [FIRST_PORTS[service]] : [remembered, FIRST_PORTS[service]];
  const { port, started } = await startOnFreePort(preferred, start);
  rememberPort(home, service, port);
  return { ...started, port };
}

const Remembered = z.record(z.string(), z.int().min(1).max(65_535));

/** The port that a service had in this state directory, if any. */
export function rememberedPort(home: string, service: string): number | undefined {
  return readRemembered(home)[service];
}

export function rememberPort(home: string, service: string, port: number): void {
  const ports = { ...readRemembered(home), [service]: port };
  writeFileAtomically(join(home, "ports.json"), `${JSON.stringify(ports)}\n`);
}

function readRemembered(home: string): Record<string, number> {
  try {
    return Remembered.parse(JSON.parse(readFileSync(join(home, "ports.json"), "utf8")));
  } catch {
    // Absent at the first start; unreadable means forgotten, which costs nothing but a new port.
    return {};
  }
}
