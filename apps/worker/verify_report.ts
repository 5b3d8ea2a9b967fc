/** What `verify` prints, as text and for programs, and what it exits with. Pure. */
import type { TimeRange } from "@rokuga/media/api.ts";
import { formatBytes } from "@rokuga/runtime/bytes.ts";
import type { Finding } from "./findings.ts";
import type { Counts, VerifyResult } from "./verify_camera.ts";

export type Verified = { cameraId: string; range: TimeRange; result: VerifyResult };

/** Findings of a kind that are shown; all of them are in the JSON. */
const SHOWN = 20;

const number = new Intl.NumberFormat("en");

/** 0: all is whole. 1: something was changed or removed, or the link that was kept is gone. 2: that is not known, since not all could be read. */
export function exitCodeOf({ findings, hasKept, complete }: VerifyResult): 0 | 1 | 2 {
  if (findings.of("changed", "removed").length > 0 || hasKept === false) return 1;
  return complete && findings.of("unchecked").length === 0 ? 0 : 2;
}

export function reportText({ cameraId, range, result }: Verified): string {
  const { findings, complete } = result;
  const sections = [
    section("Changed", findings.of("changed"), cameraId),
    section("Removed", findings.of("removed"), cameraId),
    section("Not checked", findings.of("unchecked"), cameraId),
    section("Explained", findings.of("explained"), cameraId),
  ];
  const lines = [
    `${cameraId}, ${rangeText(range)}`,
    ...summary(result),
    ...sections.flatMap((lines) => (lines.length > 0 ? ["", ...lines] : [])),
    "",
    ...keptLines(result),
    ...(complete ? [] : ["It was not finished: what is missing has not been looked for."]),
    verdict(result),
  ];
  return `${lines.join("\n")}\n`;
}

function summary({ counts, chain }: VerifyResult): string[] {
  const { runs, stored, expired, lost, objects, bytes } = counts;
  const { linked, unlinked, newest } = chain;
  const parts = [`${number.format(objects)} objects read (${formatBytes(bytes)})`];
  if (expired > 0) parts.push(`${number.format(expired)} expired`);
  if (lost > 0) parts.push(`${number.format(lost)} lost`);
  const lines = [
    `${count(stored + lost, "segment")} in ${count(runs, "run")}: ${parts.join(", ")}.`,
    `${count(linked, "link")} checked.`,
  ];
  if (unlinked > 0) {
    lines.push(
      `${count(unlinked, "segment")} without a link to check: recorded before links were kept, or a chain of one.`,
    );
  }
  if (newest) {
    const { cameraId, runId, sequence, link } = newest;
    lines.push(`The link of ${cameraId}/${runId}/${sequence}, which stands for all before it:`, `  ${link}`);
  }
  return lines;
}

function keptLines({ hasKept }: VerifyResult): string[] {
  if (hasKept === undefined) return [];
  return hasKept
    ? ["The link that was kept is in the chain."]
    : [
        "The link that was kept is that of no segment: the chain was made anew since, or what had it was removed.",
      ];
}

function section(title: string, findings: readonly Finding[], cameraId: string): string[] {
  if (findings.length === 0) return [];
  const shown = findings.slice(0, SHOWN).flatMap((finding) => {
    const { runId, fromSequence, toSequence, startMs, endMs, what, detail } = finding;
    const last = toSequence === null ? " and on" : toSequence > fromSequence ? ` to ${toSequence}` : "";
    const isOne = toSequence === fromSequence;
    const when =
      startMs === null || endMs === null ? "" : isOne ? timeText(startMs) : rangeText({ startMs, endMs });
    return [`  ${cameraId}/${runId}/${fromSequence}${last}${when && `, ${when}`}`, `    ${what}: ${detail}`];
  });
  const more = findings.length - SHOWN;
  return [
    `${title} (${findings.length}):`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more; --json tells all`] : []),
  ];
}

function verdict(result: VerifyResult): string {
  const { findings, counts } = result;
  switch (exitCodeOf(result)) {
    case 0:
      return counts.stored + counts.lost > 0
        ? "All is whole."
        : "Nothing was recorded then, as far as is known.";
    case 1: {
      const [changed, removed] = [findings.of("changed").length, findings.of("removed").length];
      return `Not whole: ${number.format(changed)} changed, ${number.format(removed)} removed.`;
    }
    case 2:
      return "Nothing wrong was found, but not all could be checked.";
  }
}

const count = (of: number, what: string) => `${number.format(of)} ${what}${of === 1 ? "" : "s"}`;

/** The longest time there is, ms since the epoch. */
export const LAST_MS = 8_640_000_000_000_000;

function rangeText({ startMs, endMs }: TimeRange): string {
  if (startMs === 0 && endMs === LAST_MS) return "all that there is";
  if (startMs === 0) return `until ${timeText(endMs)}`;
  if (endMs === LAST_MS) return `from ${timeText(startMs)} on`;
  return `${timeText(startMs)} to ${timeText(endMs)}`;
}

const timeText = (ms: number) => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** For programs. Times in ms since the epoch; null: without a limit, or not known. */
export function reportJson({ cameraId, range, result }: Verified): string {
  const { counts, findings, chain, hasKept, complete } = result;
  return JSON.stringify({
    cameraId,
    fromMs: range.startMs === 0 ? null : range.startMs,
    toMs: range.endMs === LAST_MS ? null : range.endMs,
    complete,
    whole: exitCodeOf(result) === 0,
    counts,
    links: { checked: chain.linked, without: chain.unlinked, newest: chain.newest ?? null, hasKept },
    changed: findings.of("changed"),
    removed: findings.of("removed"),
    unchecked: findings.of("unchecked"),
    explained: findings.of("explained"),
  });
}

export type Progress = { counts: Counts; ofAbout: number; elapsedMs: number };

export function progressLine({ counts, ofAbout, elapsedMs }: Progress): string {
  const done = number.format(counts.stored + counts.lost);
  const perSecond = elapsedMs > 0 ? (counts.bytes / elapsedMs) * 1_000 : 0;
  return `${done} of about ${number.format(ofAbout)} segments, ${formatBytes(counts.bytes)}, ${formatBytes(perSecond)}/s`;
}
