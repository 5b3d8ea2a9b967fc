/** Numbers of bytes as people write and read them. Decimal units, as disks are sold: 1 GB is 10⁹ bytes. */

import { z } from "zod";

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const exponent = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1_000 ** exponent;
  return `${exponent === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[exponent]}`;
}

/** Reads `50GB`, `1.5 TB` or a plain number of bytes; undefined when it is neither. Also takes GiB and the like. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?$/i.exec(text.trim());
  if (!match) return undefined;
  const [, number, prefix = "", binary] = match;
  const exponent = ["", "K", "M", "G", "T"].indexOf(prefix.toUpperCase());
  return Math.round(Number(number) * (binary ? 1_024 : 1_000) ** exponent);
}

/** Of an environment: see {@link parseBytes}. */
export const Bytes = z.string().transform((text, context) => {
  const bytes = parseBytes(text);
  if (bytes !== undefined) return bytes;
  context.addIssue("must be a number of bytes, such as 50GB or 500MB");
  return z.NEVER;
});
