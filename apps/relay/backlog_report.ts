/** What `pnpm backlog` prints of a site: how much waits, since when, why, and what failed. Pure text. */
import { formatBytes } from "@rokuga/runtime/bytes.ts";
import type { SiteStatus } from "./site_status.ts";

export type Situation = Pick<SiteStatus, "nowMs" | "queue" | "failed" | "workers"> & {
  spool: Pick<SiteStatus["spool"], "segments" | "bytes" | "backlog" | "evicted">;
  /** False: read from the spool itself, since no relay answers. */
  relayRuns: boolean;
};

const number = new Intl.NumberFormat("en");

/** `6 h 12 min`, `3 min 4 s`, `12 s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
  ];
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

export function backlogReport(situation: Situation): string {
  const { spool, nowMs } = situation;
  const lines = [headline(situation), ""];
  if (spool.backlog.length > 0) lines.push(...table(spool.backlog, nowMs), "");
  lines.push(...circumstances(situation), ...failures(situation));
  return `${lines.join("\n").trimEnd()}\n`;
}

function headline({ spool, nowMs }: Situation): string {
  if (spool.segments === 0) return "Nothing waits on site: all that was recorded is stored.";
  const oldestMs = Math.min(...spool.backlog.map((camera) => camera.oldestMs));
  const count = `${number.format(spool.segments)} segment${spool.segments === 1 ? "" : "s"}`;
  return `${count} (${formatBytes(spool.bytes)}) wait on site, the oldest for ${formatDuration(nowMs - oldestMs)}.`;
}

function table(backlog: Situation["spool"]["backlog"], nowMs: number): string[] {
  const rows = backlog.map(({ cameraId, segments, bytes, oldestMs }) => [
    cameraId,
    number.format(segments),
    formatBytes(bytes),
    `${new Date(oldestMs).toISOString().slice(0, 19).replace("T", " ")} UTC`,
    formatDuration(nowMs - oldestMs),
  ]);
  const all = [["camera", "segments", "size", "oldest", "age"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const isText = (column: number) => column === 0 || column === 3;
  return all.map((row) =>
    row
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("   ")
      .trimEnd(),
  );
}

function circumstances({ relayRuns, queue, workers, spool, nowMs }: Situation): string[] {
  if (!relayRuns) return ["The relay does not run: nothing is stored until it is started."];
  const lines: string[] = [];
  if (queue === null) lines.push("The queue does not answer; what waits is queued when it is back.");
  else {
    const queued = queue.live.waiting + queue.backlog.waiting;
    const active = queue.live.active + queue.backlog.active;
    if (queued + active > 0) lines.push(`Queue: ${number.format(queued)} next, ${active} at work.`);
  }
  if (workers.length === 0) lines.push("No worker runs: nothing is stored until one is started.");
  for (const worker of workers) {
    for (const [name, { awaySinceMs, problem }] of [
      ["store", worker.store],
      ["event log", worker.log],
    ] as const) {
      if (awaySinceMs === null) continue;
      const since = formatDuration(nowMs - awaySinceMs);
      lines.push(`The ${name} has been away for ${since}${problem ? `: ${problem}` : "."}`);
    }
  }
  if (spool.evicted.segments > 0) {
    const { segments, bytes } = spool.evicted;
    lines.push(
      `Dropped since the relay's start, because the spool was full: ${number.format(segments)} segments (${formatBytes(bytes)}).`,
    );
  }
  return lines;
}

const SHOWN = 10;

function failures({ failed }: Situation): string[] {
  if (failed.length === 0) return [];
  const lines = failed.slice(0, SHOWN).map(({ jobId, reason }) => `  ${jobId}: ${reason}`);
  const more = failed.length > SHOWN ? [`  and ${failed.length - SHOWN} more`] : [];
  return ["", "These jobs failed. 'pnpm backlog replay' tries them again:", ...lines, ...more];
}

/** One line while a backlog is worked off. `perSecond`: bytes that left the spool lately. */
export function progressLine(
  { spool, queue }: Situation,
  { total, perSecond }: { total: number; perSecond: number },
): string {
  const done = Math.max(0, total - spool.segments);
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  const left = perSecond > 0 ? `, ${formatDuration((spool.bytes / perSecond) * 1_000)} left` : "";
  const away = queue === null ? ", the queue does not answer" : "";
  return `${percent} %  ${number.format(spool.segments)} segments (${formatBytes(spool.bytes)}) wait, ${formatBytes(Math.max(0, perSecond))}/s${left}${away}`;
}
