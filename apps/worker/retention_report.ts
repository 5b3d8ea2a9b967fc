/** What the retention command prints: for each camera its limits, what is stored, what would go now, and why. Pure text. */
import type { Amount, CameraRetention } from "@rokuga/db/read_retention.ts";
import type { RetentionLimits } from "@rokuga/media/retention.ts";
import { formatBytes } from "@rokuga/runtime/bytes.ts";

export type RetentionSituation = {
  /** By which footage is old, ms. */
  nowMs: number;
  /** Whether ages count by that clock. */
  isTrusted: boolean;
  /** Whether the log is archived. */
  hasArchive: boolean;
  cameras: CameraRetention[];
};

const number = new Intl.NumberFormat("en");
const moment = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

export function retentionReport(situation: RetentionSituation): string {
  const { nowMs, cameras } = situation;
  const head = `What would go at ${moment(nowMs)} (all times UTC). This command changes nothing.`;
  if (cameras.length === 0) return `${head}\n\nThere is no camera yet.\n`;
  const notes = [...cameras.flatMap(notesOf), ...circumstances(situation)];
  return `${[head, "", ...table(cameras), ...(notes.length > 0 ? ["", ...notes] : [])].join("\n")}\n`;
}

type Column = { title: string; isText?: true; cell: (camera: CameraRetention) => string };

const COLUMNS: readonly Column[] = [
  { title: "camera", isText: true, cell: ({ cameraId }) => cameraId },
  { title: "is kept", isText: true, cell: ({ limits }) => limitsText(limits) },
  { title: "segments", cell: ({ stored }) => number.format(stored.segments) },
  { title: "stored", cell: ({ stored }) => formatBytes(stored.bytes) },
  { title: "from", isText: true, cell: ({ stored: { range } }) => (range ? moment(range.startMs) : "") },
  { title: "to", isText: true, cell: ({ stored: { range } }) => (range ? moment(range.endMs) : "") },
  { title: "would go", cell: ({ due }) => number.format(dueOf(due).segments) },
  { title: "size", cell: ({ due }) => formatBytes(dueOf(due).bytes) },
  { title: "until", isText: true, cell: ({ due }) => (due.untilMs === null ? "" : moment(due.untilMs)) },
];

function table(cameras: readonly CameraRetention[]): string[] {
  const rows = [
    COLUMNS.map(({ title }) => title),
    ...cameras.map((camera) => COLUMNS.map(({ cell }) => cell(camera))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        COLUMNS[column]!.isText ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join("   ")
      .trimEnd(),
  );
}

const dueOf = ({ days, bytes }: CameraRetention["due"]): Amount => ({
  segments: days.segments + bytes.segments,
  bytes: days.bytes + bytes.bytes,
});

function limitsText({ days, bytes }: RetentionLimits): string {
  const limits = [days === null ? [] : [daysText(days)], bytes === null ? [] : [formatBytes(bytes)]].flat();
  return limits.length > 0 ? limits.join(", ") : "for ever";
}

const daysText = (days: number) => `${number.format(days)} ${days === 1 ? "day" : "days"}`;
const amountText = ({ segments, bytes }: Amount) =>
  `${number.format(segments)} ${segments === 1 ? "segment" : "segments"} (${formatBytes(bytes)})`;

/** Why, one sentence a line. */
function notesOf({
  cameraId,
  limits,
  due,
  locked,
  recent,
  excessBytes,
  deleting,
}: CameraRetention): string[] {
  const notes: string[] = [];
  if (limits.days !== null && due.days.segments > 0)
    notes.push(`${amountText(due.days)} would go: older than ${daysText(limits.days)}.`);
  if (limits.bytes !== null && due.bytes.segments > 0)
    notes.push(`${amountText(due.bytes)} would go: the oldest of more than ${formatBytes(limits.bytes)}.`);
  if (locked.segments > 0) notes.push(`${amountText(locked)} would stay: locked.`);
  if (recent.segments > 0)
    notes.push(`${amountText(recent)} would stay for now: old, but not long enough in the log.`);
  if (excessBytes > 0)
    notes.push(`${formatBytes(excessBytes)} more than its limit would stay: locked, or the newest segment.`);
  const { unarchivedSegments } = deleting;
  if (deleting.segments > 0)
    notes.push(
      `${amountText(deleting)} went before and will be deleted from the store${
        unarchivedSegments > 0
          ? `, ${number.format(unarchivedSegments)} of them once the archive of the log has come so far`
          : ""
      }.`,
    );
  return notes.map((note) => `${cameraId}: ${note}`);
}

function circumstances({ cameras, isTrusted, hasArchive }: RetentionSituation): string[] {
  const notes: string[] = [];
  if (!isTrusted && cameras.some(({ limits }) => limits.days !== null))
    notes.push(
      "Ages do not count now: nothing was recorded between one and two days ago. The clock was set ahead, or recording had stopped; they count again after a day.",
    );
  if (!hasArchive && cameras.some(({ deleting }) => deleting.segments > 0))
    notes.push("The log is not archived yet: nothing is deleted from the store until it is.");
  return notes;
}
