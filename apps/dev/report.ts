/**
 * What a person sees in the terminal: aligned rows of what runs, notes, warnings, one line of progress that
 * replaces itself. Plain text where nobody watches (no terminal, or NO_COLOR). It formats and prints; it knows
 * nothing of what it reports. Every line has credentials taken out.
 */
import { styleText } from "node:util";
import { redact } from "@rokuga/runtime/redact.ts";

export type Row = {
  /** What it is: `PostgreSQL`. */
  name: string;
  /** Its version or kind: `18.4`, `file`. */
  version?: string;
  /** `embedded`, `given`, `installed`, `running`. */
  origin?: string;
  /** Where to find it. */
  where?: string;
};

const WIDTHS = { name: 10, version: 8, origin: 9 } as const;

/** A row as text, in columns that fit what is reported here; a longer value shifts what follows. */
export function formatRow({ name, version = "", origin = "", where = "" }: Row): string {
  const cells = [
    name.padEnd(WIDTHS.name),
    version.padEnd(WIDTHS.version),
    origin.padEnd(WIDTHS.origin),
    where,
  ];
  return `  ${cells.join("  ")}`.trimEnd();
}

export type Level = "info" | "warn" | "error";
type Style = Parameters<typeof styleText>[0];

export type Report = {
  title(text: string): void;
  row(row: Row): void;
  note(text: string): void;
  /** A line of a part's log. */
  event(part: string, level: Level, text: string): void;
  /** Something went wrong; `text` may have several lines. */
  problem(text: string): void;
  /**
   * A line that stays at the bottom until it is replaced or ended. Without a terminal it is printed once, and
   * without its `detail`, which is what changes.
   */
  progress(text: string, detail?: string): void;
  endProgress(): void;
};

export type ReportStreams = { output: NodeJS.WriteStream; errors: NodeJS.WriteStream };

export function createReport({ output, errors }: ReportStreams): Report {
  // The terminal may be gone before we are (SIGHUP, a closed pipe): that must not stop an orderly shutdown.
  for (const stream of [output, errors]) stream.on("error", () => {});
  const live = output.isTTY === true;
  let progress = "";
  const style = (styles: Style, text: string, stream: NodeJS.WriteStream = output) =>
    styleText(styles, text, { stream });
  const clear = () => {
    if (progress && live) output.write("\r\x1b[K");
  };
  const draw = () => {
    if (progress && live) output.write(style("dim", cut(progress, output.columns)));
  };
  const print = (text: string, stream: NodeJS.WriteStream = output) => {
    clear();
    stream.write(`${redact(text)}\n`);
    draw();
  };
  return {
    title: (text) => print(style("bold", text)),
    row: (row) => print(styleRow(row, style)),
    note: (text) => print(text),
    event: (part, level, text) => {
      const colour = ({ info: "dim", warn: "yellow", error: "red" } as const)[level];
      print(`  ${part.padEnd(WIDTHS.name)}  ${style(colour, level.padEnd(5))}  ${text}`);
    },
    problem: (text) => print(style("red", text, errors), errors),
    progress: (text, detail = "") => {
      clear();
      if (!live && progress === "") output.write(`${text}\n`);
      progress = `${text} ${detail}`.trimEnd();
      draw();
    },
    endProgress: () => {
      clear();
      progress = "";
    },
  };
}

function styleRow(row: Row, style: (styles: Style, text: string) => string): string {
  const plain = formatRow(row);
  const name = `  ${row.name}`;
  return style("bold", name) + plain.slice(name.length);
}

/** At most a terminal line, so that clearing the line clears all of it. */
function cut(text: string, columns: number | undefined): string {
  return columns !== undefined && text.length >= columns
    ? `${text.slice(0, Math.max(0, columns - 2))}…`
    : text;
}

/** Shows what is waited for, with the seconds, once it takes longer than `afterMs`. One at a time. */
export async function showWhileSlow<T>(
  report: Report,
  { what, afterMs }: { what: string; afterMs: number },
  work: Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= afterMs) report.progress(`${what} …`, `${Math.round(elapsedMs / 1000)} s`);
  }, 1_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    report.endProgress();
  }
}
