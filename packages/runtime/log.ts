/**
 * Structured logs: one JSON object a line on standard error, a constant message and data in fields.
 * `info` = state changed, `warn` = recovered alone, `error` = a person should look. Credentials in URLs are
 * removed from every string that passes through here, as a last line of defence.
 */
import { type Logger, pino } from "pino";
import { redact } from "./redact.ts";

export type Fields = Record<string, unknown>;

export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A log whose lines all carry these fields. */
  with(fields: Fields): Log;
}

/** The log of one part (`relay`, `worker`, …). Level by `LOG_LEVEL` of the environment that is passed. */
export function createLog(part: string, level = "info"): Log {
  const destination = pino.destination({ fd: 2, sync: true });
  const root = pino(
    {
      level,
      base: { part },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return wrap(root);
}

function wrap(logger: Pick<Logger, "info" | "warn" | "error" | "child">): Log {
  return {
    info: (message, fields = {}) => logger.info(clean(fields), message),
    warn: (message, fields = {}) => logger.warn(clean(fields), message),
    error: (message, fields = {}) => logger.error(clean(fields), message),
    with: (fields) => wrap(logger.child(clean(fields))),
  };
}

function clean(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cleanValue(value)]));
}

function cleanValue(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (value instanceof Error) return redact(errorChain(value));
  return value;
}

/** An error and its causes in one line: `could not …: connect ECONNREFUSED …`. */
export function errorChain(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && parts.length < 5) {
    const text = current.message || (current as NodeJS.ErrnoException).code || current.name;
    if (!parts.includes(text)) parts.push(text);
    current = current instanceof AggregateError && !current.cause ? current.errors[0] : current.cause;
  }
  return parts.join(": ") || String(error);
}

/** A log that keeps nothing, for tests. */
export const silentLog: Log = { info() {}, warn() {}, error() {}, with: () => silentLog };
