/** A rate limit as arithmetic: tokens are bytes that may be sent; they come with time, and few are kept. */

/** How much may be sent at once after a pause, as time at the full rate, ms. */
const BURST_MS = 250;

export type TokenBucket = {
  readonly bytesPerMs: number;
  /** Bytes that may be sent; below 0 after a piece that was larger than a burst. */
  readonly tokens: number;
  /** When that was so, ms on a monotonic clock. */
  readonly atMs: number;
};

export function fullBucket(bitsPerSecond: number, atMs: number): TokenBucket {
  const bytesPerMs = bitsPerSecond / 8_000;
  return { bytesPerMs, tokens: bytesPerMs * BURST_MS, atMs };
}

export function refill({ bytesPerMs, tokens, atMs }: TokenBucket, nowMs: number): TokenBucket {
  const most = bytesPerMs * BURST_MS;
  return { bytesPerMs, tokens: Math.min(most, tokens + Math.max(0, nowMs - atMs) * bytesPerMs), atMs: nowMs };
}

/** How long until `bytes` may be sent, ms. A piece that is larger than a burst is sent when the bucket is full. */
export function waitMs(bucket: TokenBucket, bytes: number): number {
  const needed = Math.min(bytes, bucket.bytesPerMs * BURST_MS);
  return Math.max(0, needed - bucket.tokens) / bucket.bytesPerMs;
}

export function take(bucket: TokenBucket, bytes: number): TokenBucket {
  return { ...bucket, tokens: bucket.tokens - bytes };
}
