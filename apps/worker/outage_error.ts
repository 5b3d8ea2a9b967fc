/** What an outage is to a job: whatever the destination, it is waited for. */
import { isUnreachable } from "@rokuga/db/connect.ts";
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

/** What `work` on the database of the log gives; its outages become {@link OutageError}s. */
export async function logOutageAware<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    throw new OutageError("the event log cannot be reached", { cause: error });
  }
}
