/** What the relay knows of its site, gathered for the status API, the metrics and `pnpm backlog`. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { WORKERS } from "@rokuga/media/spool_layout.ts";
import { WORKER_STATUS_MS, WorkerStatus } from "@rokuga/media/worker_status.ts";
import type { FailedJob } from "@rokuga/queue/producer.ts";
import type { CameraStatus } from "./camera_supervisor.ts";
import type { QueueState } from "./publisher.ts";
import type { CameraBacklog } from "./spool_ledger.ts";
import type { SpoolSpace } from "./spool_limit.ts";

/** `GET /status` */
export type SiteStatus = {
  siteId: string;
  nowMs: number;
  cameras: CameraStatus[];
  configProblems: readonly string[];
  spool: {
    /** Recorded and not confirmed stored. */
    segments: number;
    bytes: number;
    limitBytes: number | null;
    /** Of its disk; null until it was looked at. */
    disk: SpoolSpace | null;
    /** Dropped since the relay's start because the spool was full. */
    evicted: { segments: number; bytes: number };
    /** What waits, by camera, the longest first. */
    backlog: CameraBacklog[];
    /** Whether all that an earlier relay has left is known yet. */
    scanned: boolean;
  };
  /** Jobs by lane; null: the queue does not answer. Footage waits in the spool. */
  queue: QueueState | null;
  /** The newest jobs that failed for good. They can be replayed. */
  failed: FailedJob[];
  workers: WorkerStatus[];
};

/** What the workers last said of themselves, those that still do. */
export async function readWorkers(spool: string, nowMs: number): Promise<WorkerStatus[]> {
  const directory = join(spool, WORKERS);
  const names: string[] = await readdir(directory).catch(() => []);
  const workers: WorkerStatus[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(".json"))) {
    const text = await readFile(join(directory, name), "utf8").catch(() => "");
    const worker = parse(text);
    // A clock that was stepped makes all of them old for a moment.
    if (worker && Math.abs(nowMs - worker.updatedMs) <= WORKER_STATUS_MS) workers.push(worker);
  }
  return workers;
}

function parse(text: string): WorkerStatus | undefined {
  try {
    return WorkerStatus.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
