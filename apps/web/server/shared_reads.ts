/**
 * One read for all who ask for the same thing at the same moment: a commit wakes every viewer of a camera at once, and
 * each would ask the database for the same rows.
 */
import { setImmediate as nextTurn } from "node:timers/promises";

export class SharedReads<T> {
  readonly #asked = new Map<string, Promise<T>>();

  /**
   * What `load` gives, which is called once for all who ask for `key` in the same turn of the event loop. It begins
   * after all of them have asked, so that what any of them knows to be committed is in it.
   */
  read(key: string, load: () => Promise<T>): Promise<T> {
    const asked = this.#asked.get(key);
    if (asked) return asked;
    const reading = (async () => {
      await nextTurn();
      // Who asks from now on may know of something newer.
      this.#asked.delete(key);
      return await load();
    })();
    this.#asked.set(key, reading);
    return reading;
  }
}
