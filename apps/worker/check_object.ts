/** Reads an object of the store to the end and says what it is now. Nothing of it is kept in memory. */
import { createHash } from "node:crypto";
import { redact } from "@rokuga/runtime/redact.ts";
import { NotFoundError, type Storage, StorageUnreachableError } from "@rokuga/storage/storage.ts";

export type ObjectState =
  | { kind: "read"; bytes: number; sha256: string }
  | { kind: "missing" }
  /** `reason`: a sentence, without address or credentials. */
  | { kind: "unchecked"; reason: string };

/** After so many objects in a row that the store did not answer for, the others are not asked for. */
const MOST_AWAY = 8;

export type ObjectCheckerOptions = {
  storage: Storage;
  signal: AbortSignal;
  onBytes: (bytes: number) => void;
};

export class ObjectChecker {
  readonly #options: ObjectCheckerOptions;
  #awayInARow = 0;

  constructor(options: ObjectCheckerOptions) {
    this.#options = options;
  }

  /** Rejects with the signal's reason only. */
  async check(key: string): Promise<ObjectState> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    if (this.#awayInARow >= MOST_AWAY) return { kind: "unchecked", reason: AWAY };
    try {
      const state = await this.#read(key);
      this.#awayInARow = 0;
      return state;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NotFoundError) {
        this.#awayInARow = 0;
        return { kind: "missing" };
      }
      if (error instanceof StorageUnreachableError) {
        this.#awayInARow++;
        return { kind: "unchecked", reason: AWAY };
      }
      return { kind: "unchecked", reason: `The store refuses: ${reasonOf(error)}` };
    }
  }

  async #read(key: string): Promise<ObjectState> {
    const { storage, signal, onBytes } = this.#options;
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of await storage.get(key, { signal })) {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes(chunk.length);
    }
    return { kind: "read", bytes, sha256: hash.digest("hex") };
  }
}

const AWAY = "The store could not be reached. Check it again when it is back";

/** Errors of a store begin with what could not be done where: `Cannot … at host:port: why`. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return redact(message)
    .replace(/^Cannot .*? (?:at|under) \S+: /s, "")
    .slice(0, 300);
}
