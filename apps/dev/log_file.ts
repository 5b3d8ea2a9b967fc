/**
 * The log file of one part or server: whole lines, one file with one older generation, limited in size; and the
 * last lines of one process in memory, for the message when it ends.
 */
import { closeSync, existsSync, openSync, renameSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { redact } from "@rokuga/runtime/redact.ts";

/** Size at which a file becomes the older generation. */
const LIMIT_BYTES = 10_000_000;

export type LogFile = Disposable & {
  readonly path: string;
  write(line: string): void;
  /** Writes each line that a stream gives. `onLine` sees them too. */
  follow(stream: Readable, onLine?: (line: string) => void): void;
};

/** Opens the log; what an earlier session wrote moves to `<path>.1`. */
export function openLogFile(path: string, limitBytes = LIMIT_BYTES): LogFile {
  let bytes = 0;
  let descriptor = rotate(path);
  let closed = false;
  const write = (text: string) => {
    if (closed) return;
    if (bytes > limitBytes) {
      closeSync(descriptor);
      descriptor = rotate(path);
      bytes = 0;
    }
    try {
      bytes += writeSync(descriptor, `${redact(text)}\n`);
    } catch {
      // A full disk must not stop what is being logged: recording goes on, the line is lost.
    }
  };
  return {
    path,
    write,
    follow(stream, onLine = () => {}) {
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
        write(line);
        onLine(line);
      });
    },
    [Symbol.dispose]() {
      if (!closed) closeSync(descriptor);
      closed = true;
    },
  };
}

function rotate(path: string): number {
  if (existsSync(path)) renameSync(path, `${path}.1`);
  return openSync(path, "a", 0o600);
}

/** Collects the last lines that a process printed, credentials taken out. */
export function lastLines(limit = 30): { add(line: string): void; list(): string[] } {
  const lines: string[] = [];
  return {
    add(line) {
      lines.push(redact(line));
      if (lines.length > limit) lines.shift();
    },
    list: () => [...lines],
  };
}
