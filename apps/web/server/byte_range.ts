/** The Range header of HTTP (RFC 9110 §14.2), as far as it applies to media: one range of bytes. */

export type ByteRange = { start: number; end: number };

/**
 * The asked range as `[start, end)` within `size` bytes; `whole` when there is none or it is not understood (which
 * RFC 9110 says to ignore), `unsatisfiable` when it lies outside.
 */
export function parseByteRange(header: string | null, size: number): ByteRange | "whole" | "unsatisfiable" {
  const match = header === null ? null : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (!match || (match[1] === "" && match[2] === "")) return "whole";
  const [, first, last] = match as unknown as [string, string, string];
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return "whole";
  return start >= size ? "unsatisfiable" : { start, end };
}
