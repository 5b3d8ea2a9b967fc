/** Small pieces around AbortSignal and time that several parts need. */

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Calls `action` at most once in `periodMs`: for what would otherwise be said with every attempt. */
export function atMostEvery<A extends unknown[]>(
  periodMs: number,
  action: (...args: A) => void,
): (...args: A) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (...args) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < periodMs) return;
    lastMs = nowMs;
    action(...args);
  };
}
