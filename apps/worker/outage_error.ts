/** What an outage is to a job: whatever the destination, it is waited for. */
import { databaseError, isUnreachable } from "@rokuga/db/connect.ts";
import { StorageUnreachableError } from "@rokuga/storage/storage.ts";

/** Something that is needed is away; it will come back. */
export class OutageError extends Error {
  override name = "OutageError";
}

/** What the store's `work` gives; its outages become {@link OutageError}s. */
export async function storeOutageAware<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StorageUnreachableError)) throw error;
    throw new OutageError("the store cannot be reached", { cause: error });
  }
}

/** What the event log's `work` gives; its outages become {@link OutageError}s. */
export async function logOutageAware<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const cause = databaseError(error);
    if (isUnreachable(cause)) throw new OutageError("the event log cannot be reached", { cause });
    throw cause;
  }
}
