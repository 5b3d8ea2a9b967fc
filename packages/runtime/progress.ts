/**
 * How far a command has come, on standard error: on a terminal one line that is written again and again, elsewhere
 * (a log, a pipe) a line every now and then. Other lines go above it.
 */

/** On a terminal it changes at most so often, and elsewhere, ms. */
const TERMINAL_MS = 200;
const ELSEWHERE_MS = 10_000;

export type Progress = {
  /** How far it has come. Most calls show nothing. */
  show(text: string): void;
  /** A line that stays. */
  say(line: string): void;
  /** Leaves the last progress standing, on a terminal. */
  end(): void;
};

export type ProgressStream = Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">;

/** `clock`: ms, from any moment on. */
export function createProgress(
  stream: ProgressStream,
  clock: () => number = () => performance.now(),
): Progress {
  const isTerminal = stream.isTTY === true;
  let shownMs = isTerminal ? Number.NEGATIVE_INFINITY : clock();
  let current = "";
  const draw = () => {
    // A terminal may not know its width.
    if (current !== "") stream.write(`\r\x1b[K${current.slice(0, (stream.columns || 80) - 1)}`);
  };
  return {
    show(text) {
      if (clock() - shownMs < (isTerminal ? TERMINAL_MS : ELSEWHERE_MS)) return;
      shownMs = clock();
      if (!isTerminal) return void stream.write(`${text}\n`);
      current = text;
      draw();
    },
    say(line) {
      stream.write(current === "" ? `${line}\n` : `\r\x1b[K${line}\n`);
      draw();
    },
    end() {
      if (current !== "") stream.write("\n");
      current = "";
    },
  };
}
