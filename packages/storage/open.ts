/** Opens the store that `STORAGE_URL` names; storage_url.ts has its grammar. */
import { FileStorage } from "./file_storage.ts";
import type { StorageCredentials } from "./s3_client.ts";
import { S3Storage } from "./s3_storage.ts";
import type { Storage } from "./storage.ts";
import { parseStorageUrl } from "./storage_url.ts";

export type { StorageCredentials };

/**
 * Opens a store without contacting it yet: `check()` does. Throws SettingError when the URL is wrong.
 * `credentials` are for S3; without them the SDK looks in its usual places (AWS_… variables, shared files, the
 * machine's role). Nothing of them appears in an error.
 */
export function openStorage(url: string, credentials?: StorageCredentials): Storage {
  const location = parseStorageUrl(url);
  return location.kind === "file" ? new FileStorage(location.root) : new S3Storage(location, credentials);
}
