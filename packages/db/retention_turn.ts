/** Whose turn it is: of all workers on a database one looks after retention at a time. */
import type { Database } from "./connect.ts";

/** Any constant: the advisory lock of who looks after retention ("rore" in ASCII). */
const RETENTION_LOCK = 0x726f7265;

/**
 * Takes the turn until it is disposed of; undefined while another program has it. It is also given up when the
 * connection breaks: then two may be at work, which does no harm, since every step of theirs can be done twice.
 */
export async function takeRetentionTurn({ pool }: Database): Promise<AsyncDisposable | undefined> {
  const client = await pool.connect();
  // Told by the query that fails.
  const ignore = () => {};
  client.on("error", ignore);
  const release = (isBroken: boolean) => {
    client.off("error", ignore);
    client.release(isBroken);
  };
  try {
    const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS free", [RETENTION_LOCK]);
    if (!rows[0].free) {
      release(false);
      return undefined;
    }
  } catch (error) {
    release(true);
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      // A connection that is closed holds nothing.
      await client.query("SELECT pg_advisory_unlock($1)", [RETENTION_LOCK]).then(
        () => release(false),
        () => release(true),
      );
    },
  };
}
