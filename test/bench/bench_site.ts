/** The parts that benchmarks of storing need, as processes: database, queue, relay, worker. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { SiteStatus } from "../../apps/relay/site_status.ts";
import { createPart, type Part } from "../faults/part.ts";
import { freePort } from "../fixtures/free_port.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import { startRedis } from "../fixtures/redis.ts";

export type BenchSite = AsyncDisposable & {
  spool: string;
  relay: Part;
  worker: Part;
  /** Where the worker logs. */
  workerLog: string;
  status(): Promise<SiteStatus>;
  /** Segments in the event log. */
  stored(): Promise<number>;
};

export type BenchSiteOptions = {
  directory: string;
  /** The text of the cameras file. Default: no camera. */
  cameras?: string;
  storageUrl: string;
  /** For the worker: credentials, limits. */
  environment?: Record<string, string>;
};

/** Prepared, not started: the spool may be filled first. */
export async function openBenchSite(options: BenchSiteOptions): Promise<BenchSite> {
  await using cleanup = new AsyncDisposableStack();
  const { directory, cameras = "cameras: []\n", storageUrl, environment = {} } = options;
  const spool = join(directory, "spool");
  const camerasFile = join(directory, "cameras.yaml");
  await mkdir(spool, { recursive: true });
  await writeFile(camerasFile, cameras);
  const [postgres, redis] = [cleanup.use(await startPostgresServer()), cleanup.use(await startRedis())];
  const port = await freePort();
  const workerLog = join(directory, "worker.log");
  const common = { PATH: process.env.PATH!, REDIS_URL: redis.url, SPOOL_DIR: spool };
  const relay = cleanup.use(
    createPart({
      ...{ name: "relay", program: "relay", logPath: join(directory, "relay.log") },
      environment: { ...common, CAMERAS_FILE: camerasFile, RELAY_PORT: String(port) },
    }),
  );
  const worker = cleanup.use(
    createPart({
      ...{ name: "worker", program: "worker", logPath: workerLog },
      environment: { ...common, DATABASE_URL: postgres.appUrl, STORAGE_URL: storageUrl, ...environment },
    }),
  );
  const database = new pg.Client(postgres.url);
  await database.connect();
  cleanup.defer(() => database.end());
  const moved = cleanup.move();
  return {
    ...{ spool, relay, worker, workerLog },
    status: async () => (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as SiteStatus,
    stored: async () => Number((await database.query("SELECT count(*) FROM segments")).rows[0].count),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
