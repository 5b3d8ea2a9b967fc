/** The site's state in Prometheus' text format. Gauges are made anew from the status at each scrape. */
import { Gauge, Registry } from "prom-client";
import type { SiteStatus } from "./site_status.ts";

export async function metricsText(status: SiteStatus): Promise<{ text: string; contentType: string }> {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `rokuga_${name}`, help, labelNames, registers: [registry] });

  const recording = gauge("camera_recording", "1 while the camera is recorded", ["camera"]);
  const failures = gauge("camera_failed_attempts", "Attempts that failed since it last recorded", ["camera"]);
  for (const { id, state, failures: count } of status.cameras) {
    recording.set({ camera: id }, state === "recording" ? 1 : 0);
    failures.set({ camera: id }, count);
  }

  const { spool } = status;
  const segments = gauge("spool_segments", "Segments recorded and not confirmed stored", ["camera"]);
  const bytes = gauge("spool_bytes", "Bytes recorded and not confirmed stored", ["camera"]);
  const age = gauge("spool_oldest_age_seconds", "Age of the oldest segment that waits", ["camera"]);
  for (const { id } of status.cameras) {
    for (const each of [segments, bytes, age]) each.set({ camera: id }, 0);
  }
  for (const { cameraId: camera, ...waiting } of spool.backlog) {
    segments.set({ camera }, waiting.segments);
    bytes.set({ camera }, waiting.bytes);
    age.set({ camera }, (status.nowMs - waiting.oldestMs) / 1_000);
  }
  gauge("spool_evicted_segments", "Segments dropped since start because the spool was full").set(
    spool.evicted.segments,
  );
  gauge("spool_evicted_bytes", "Bytes dropped since start because the spool was full").set(
    spool.evicted.bytes,
  );
  if (spool.limitBytes !== null) gauge("spool_limit_bytes", "Limit of the spool").set(spool.limitBytes);
  if (spool.disk) gauge("spool_disk_free_bytes", "Free on the disk of the spool").set(spool.disk.freeBytes);

  gauge("queue_up", "1 while the queue answers").set(status.queue ? 1 : 0);
  const jobs = gauge("queue_jobs", "Jobs in the queue", ["lane", "state"]);
  for (const [lane, counts] of Object.entries(status.queue ?? {})) {
    for (const [state, count] of Object.entries(counts)) jobs.set({ lane, state }, count);
  }

  const stored = gauge("worker_stored_segments", "Segments stored since the worker's start", ["worker"]);
  const storedBytes = gauge("worker_stored_bytes", "Bytes stored since the worker's start", ["worker"]);
  const up = gauge("worker_destination_up", "1 while the worker reaches it", ["worker", "destination"]);
  for (const worker of status.workers) {
    const name = { worker: worker.workerId };
    stored.set(name, worker.stored.segments);
    storedBytes.set(name, worker.stored.bytes);
    for (const destination of ["store", "log"] as const) {
      up.set({ ...name, destination }, worker[destination].awaySinceMs === null ? 1 : 0);
    }
  }
  return { text: await registry.metrics(), contentType: registry.contentType };
}
