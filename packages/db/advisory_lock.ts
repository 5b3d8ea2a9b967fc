/** Advisory locks that are held for a while: waiting for one of them can be told of, interrupted, and ends. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

/** Any constants: of migrating ("roku" in ASCII), and of rebuilding ("rorb"). */
export const MIGRATION_LOCK = 0x726f6b75;
export const REBUILD_LOCK = 0x726f7262;

const RETRY_MS = 200;
/** A rebuild of a large log takes that long at most. */
const LIMIT_MS = 2 * 3_600_000;

export type LockOptions = {
  signal?: AbortSignal | undefined;
  /** Called once when another program has it. */
  onWait?: (() => void) | undefined;
};

/** Takes the lock for this session if it is free. */
export async function tryLock(client: pg.ClientBase, lock: number): Promise<boolean> {
  const { rows } = await client.query<{ free: boolean }>("SELECT pg_try_advisory_lock($1) AS free", [lock]);
  return rows[0]!.free;
}

/** Takes the lock for this session, after whoever has it. Rejects with the signal's reason. */
export async function takeLock(
  client: pg.ClientBase,
  lock: number,
  { signal, onWait }: LockOptions = {},
): Promise<void> {
  const limit = AbortSignal.any([AbortSignal.timeout(LIMIT_MS), ...(signal ? [signal] : [])]);
  for (let isFirst = true; !(await tryLock(client, lock)); isFirst = false) {
    if (isFirst) onWait?.();
    await sleep(RETRY_MS, undefined, { signal: limit }).catch(() => {
      signal?.throwIfAborted();
      throw new Error(
        "Another program has been migrating this database for two hours: end it, then try again",
      );
    });
  }
}

export async function releaseLock(client: pg.ClientBase, lock: number): Promise<void> {
  await client.query("SELECT pg_advisory_unlock($1)", [lock]);
}
