/**
 * Puts a log in order that was dumped on another server (pg_dump) and restored here. Its order is that of
 * transactions, and those were the other server's: where they are ahead of this one's, readers would wait for them,
 * and what is appended now would come before them. All of what was restored is made one transaction's, so that it is
 * ordered by position, and followers begin again.
 */
import type pg from "pg";
import { isOfAnotherServer } from "./check_schema.ts";

/** The first transaction id that PostgreSQL gives: before any that is to come, on any server. */
const OLDEST = "3";

/** `client`: of the role that owns the tables. Resolves with whether there was something to mend. */
export async function mendOrder(client: pg.ClientBase): Promise<boolean> {
  if (!(await isOfAnotherServer(client))) return false;
  // The table is written anew, which is no UPDATE to the trigger that keeps the log, and leaves no dead rows.
  await client.query(
    `BEGIN;
     ALTER TABLE events ALTER COLUMN transaction_id TYPE xid8 USING '${OLDEST}'::xid8;
     DELETE FROM cursors;
     COMMIT`,
  );
  return true;
}
