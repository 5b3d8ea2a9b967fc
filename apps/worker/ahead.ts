/**
 * Work on what comes in order, some of it ahead of whoever takes the results: so that waiting for a store is not
 * waiting for each object in turn.
 */

/** What `work` makes of each item, in the order of the items; of `most` at the same time. */
export async function* ahead<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  { most, work }: { most: number; work: (item: T) => Promise<R> },
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // It is awaited in its turn; should that never come, this is no failure of its own.
    result.catch(() => undefined);
    begun.push(result);
    if (begun.length >= most) yield await begun.shift()!;
  }
  for (const result of begun) yield await result;
}
