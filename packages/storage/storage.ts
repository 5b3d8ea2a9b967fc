/**
 * The store of footage: one small interface, implemented on a disk (file_storage.ts) and on S3
 * (s3_storage.ts); `openStorage` chooses by URL. Objects are whole, never changed in part, and named by keys.
 *
 * A key is 1 to 1,024 characters: segments of A–Z a–z 0–9 - _ . ~ joined by "/", none of them empty or
 * beginning with ".". Such a key is the same text in a path, a URL and an XML document, and leads nowhere else.
 *
 * Errors say what happened by their class: {@link NotFoundError}, {@link StorageUnreachableError} for an outage
 * that ends by itself, RangeError for a wrong argument, the signal's reason after an abort, and Error with a
 * sentence for the rest (not allowed, no such bucket, disk full), which a person has to cure.
 */

export type ObjectInfo = { key: string; bytes: number };

export type StorageOptions = { signal?: AbortSignal };

export interface Storage extends AsyncDisposable {
  /**
   * Stores a whole object, in place of one with the same key. After it resolves the object is durable, and was
   * verified to have this length and SHA-256 (lower-case hex): here before it was sent, and by the store.
   */
  put(key: string, body: Uint8Array, options: PutOptions): Promise<void>;
  /**
   * Bytes `[start, end)` of an object as a stream, or all of them. A range that reaches past the end gives what
   * there is; one that starts there throws RangeError. Throws {@link NotFoundError}. The signal ends the stream
   * too.
   */
  get(key: string, options?: GetOptions): Promise<ReadableStream<Uint8Array>>;
  /** What is known of an object, or undefined when there is none. */
  head(key: string, options?: StorageOptions): Promise<ObjectInfo | undefined>;
  /** Objects whose key begins with `prefix`, in key order, read page by page. Skips what has no valid key. */
  list(prefix: string, options?: StorageOptions): AsyncIterable<ObjectInfo>;
  /** Deletes objects. Keys without an object are fine. */
  delete(keys: readonly string[], options?: StorageOptions): Promise<void>;
  /**
   * A signed URL that a browser can fetch, also in ranges, by itself until `expiresAtMs` (at most 6 days ahead);
   * or undefined when the web app has to stream the object.
   */
  browserUrl(key: string, options: { expiresAtMs: number }): Promise<string | undefined>;
  /**
   * Resolves when the store answers and this program may write to it, which it tries with a small object named
   * `<prefix>rokuga-probe`. Throws {@link StorageUnreachableError} during an outage, Error when something else
   * forbids it. `prefix` (default "") is a place where this program should be allowed to write.
   */
  check(options?: StorageOptions & { prefix?: string }): Promise<void>;
}

export type PutOptions = StorageOptions & {
  contentType: string;
  /** SHA-256 of the body, lower-case hex. */
  sha256: string;
  /**
   * Awaited before each piece of the body is sent, with its length in bytes: at most {@link PACE_BYTES}. The
   * store's own limit on how long a put may take stands still meanwhile. When it rejects, so does the put.
   */
  pace?: Pace;
};

export type Pace = (bytes: number) => Promise<void>;

/** The largest piece of a body that is sent at once when its put is paced, bytes. */
export const PACE_BYTES = 64 * 1024;

export type GetOptions = StorageOptions & {
  /** Half-open, in bytes. */
  range?: { start: number; end: number };
};

/** There is no object with this key. */
export class NotFoundError extends Error {
  override name = "NotFoundError";
}

/** The store cannot be reached or does not work right now. Trying later cures it. */
export class StorageUnreachableError extends Error {
  override name = "StorageUnreachableError";
}
