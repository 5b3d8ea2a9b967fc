/**
 * The bucket alone is enough (invariant 7), on each kind of store: the log is archived, footage goes on, the database
 * is lost, and a new one is filled from the store.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "@rokuga/db/connect.ts";
import { emptyTables, projections } from "@rokuga/db/test_tables.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import type { Storage } from "@rokuga/storage/storage.ts";
import { restoreDatabase } from "../../apps/worker/restore_database.ts";
import type { RestoreReport } from "../../apps/worker/restore_report.ts";
import { archiveAll, eventsOf, goOn, makeHistory, whatPlays } from "../../apps/worker/test_history.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import { startSwift } from "../fixtures/swift.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";

const signal = new AbortController().signal;

const stores: Record<string, (cleanup: AsyncDisposableStack) => Promise<Storage>> = {
  async "file:"(cleanup) {
    const directory = cleanup.use(await tempDirectory("restore"));
    return cleanup.use(openStorage(`file://${directory.path}`));
  },
  async "s3: on Swift, with a prefix"(cleanup) {
    const swift = cleanup.use(await startSwift());
    return cleanup.use(openStorage(swift.storageUrl({ prefix: "one/house" }), swift.credentials));
  },
};

for (const [name, open] of Object.entries(stores)) {
  test(`what was lost with the database is back from ${name}`, async () => {
    await using cleanup = new AsyncDisposableStack();
    const storage = await open(cleanup);
    const spare = cleanup.use(await startPostgresServer());
    const database = cleanup.use(openDatabase(spare.url));
    const restore = () => restoreDatabase({ databaseUrl: spare.url, storage, signal, say: () => {} });
    let plays: unknown;
    let events: number;
    {
      await using server = await startPostgresServer();
      await using lost = openDatabase(server.url);
      const place = { database: lost, storage };
      const history = await makeHistory(place);
      await archiveAll(place);
      events = (await eventsOf(place)).size;
      const report = await restore();
      assert.equal(await projections(database), await projections(lost));
      assert.deepEqual(await eventsOf({ database }), await eventsOf(place));
      assert.deepEqual(foundBy(report), { events, rebuilt: 0, missing: 0, unreadable: 0, foreign: 0 });
      await goOn(place, history);
      plays = await whatPlays(place, ["a", "b", "c", "d"]);
    }
    // The old server and all its data are gone.
    await emptyTables(database);
    await database.pool.query("DELETE FROM cursors");
    const report = await restore();
    assert.deepEqual(await whatPlays({ database }, ["a", "b", "c", "d"]), plays);
    assert.deepEqual(foundBy(report), { events, rebuilt: 14, missing: 0, unreadable: 0, foreign: 0 });
    // What it has made itself is archived next; then all of it comes from the archive.
    await archiveAll({ database, storage });
    const whole = await projections(database);
    await emptyTables(database);
    await database.pool.query("DELETE FROM cursors");
    assert.equal((await restore()).rebuilt, 0);
    assert.equal(await projections(database), whole);
  });
}

function foundBy({ restoredEvents: events, rebuilt, missing, unreadable, foreign }: RestoreReport) {
  return {
    events,
    rebuilt,
    missing: missing.count,
    unreadable: unreadable.count,
    foreign: foreign.count,
  };
}
