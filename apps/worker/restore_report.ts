/** What a restore has done and found, counted, and told to a person: as it goes on, and at its end. Pure. */

/** How many of what cannot be used are named; the others are only counted. */
export const MOST_NAMED = 20;

/** Things of one kind that were met: how many, and what is said of the first. */
export class Findings {
  count = 0;
  readonly named: string[] = [];

  add(sentence: string): void {
    this.count++;
    if (this.named.length < MOST_NAMED) this.named.push(sentence);
  }
}

export class RestoreReport {
  /** Files of the archive that were read, and of how many so far there are. */
  files = 0;
  /** Events of these files, and how many of them the log did not have. */
  events = 0;
  restoredEvents = 0;
  /** Lines and files of the archive that cannot be used. */
  readonly unreadable = new Findings();
  /** Objects under `sites/`. */
  listed = 0;
  /** Objects of which the log knew nothing, and that it has as segments now. */
  rebuilt = 0;
  /** Objects that are no segments, and so are left alone. */
  readonly foreign = new Findings();
  /** Objects that the log has and the store has not. */
  readonly missing = new Findings();
}

/** One line for standard error while it runs. `elapsedMs`: since the phase began. */
export function progressOf(
  report: RestoreReport,
  { phase, elapsedMs }: { phase: "archive" | "objects"; elapsedMs: number },
): string {
  if (phase === "archive") {
    const perSecond = Math.round(report.events / Math.max(elapsedMs / 1_000, 0.001));
    return `archive: ${count(report.files, "file")}, ${count(report.events, "event")} (${perSecond}/s)`;
  }
  return `objects: ${report.listed} listed, ${report.rebuilt} were unknown and are rebuilt`;
}

/** The last line, for standard output. */
export function summaryOf(report: RestoreReport): string {
  const found = [
    `${count(report.restoredEvents, "event")} from ${count(report.files, "file")} of the archive`,
    `${count(report.rebuilt, "segment")} from objects that it did not know`,
    ...(report.unreadable.count > 0 ? [`${report.unreadable.count} unreadable in the archive`] : []),
    ...(report.foreign.count > 0 ? [`${count(report.foreign.count, "object")} no segments`] : []),
    ...(report.missing.count > 0 ? [`${count(report.missing.count, "object")} missing`] : []),
  ];
  return `Restored: ${found.join(", ")}.`;
}

/** What a person has to know of, and to do, for standard error: nothing when all is well. */
export function findingsOf(report: RestoreReport): string[] {
  return [
    ...told(report.unreadable, "of the archive cannot be read; it stays in the store:"),
    ...told(report.foreign, "under sites/ cannot be made a segment; it is left alone:"),
    ...told(
      report.missing,
      "that the log has is not in the store, and does not play. What was older than is kept is taken out by the " +
        "worker; look for the others in the store's versions or backups, and put them back under these keys:",
    ),
  ];
}

function told({ count, named }: Findings, what: string): string[] {
  if (count === 0) return [];
  const more = count > named.length ? [`  and ${count - named.length} more`] : [];
  return [`${count} ${what}`, ...named.map((sentence) => `  ${sentence}`), ...more];
}

const count = (number: number, thing: string) => `${number} ${thing}${number === 1 ? "" : "s"}`;
