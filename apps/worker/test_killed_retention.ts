/**
 * Run by a test as a process of its own: retention that is killed when it deletes, `before` the objects are gone or
 * `after` it. Arguments: the database's URL, the store's, and when.
 */
import { openDatabase } from "@rokuga/db/connect.ts";
import { silentLog } from "@rokuga/runtime/log.ts";
import { openStorage } from "@rokuga/storage/open.ts";
import { Breaker } from "./breaker.ts";
import { Retention } from "./retention.ts";

const [databaseUrl, storageUrl, when] = process.argv.slice(2) as [string, string, "before" | "after"];
const storage = openStorage(storageUrl);
const remove = storage.delete.bind(storage);
storage.delete = async (...deletion) => {
  if (when === "after") await remove(...deletion);
  process.kill(process.pid, "SIGKILL");
};
const breaker = (destination: string) => new Breaker({ destination, probe: async () => {}, log: silentLog });
const parts = { database: openDatabase(databaseUrl), storage, log: silentLog };
await new Retention({
  ...parts,
  breakers: { store: breaker("store"), log: breaker("event log") },
}).run(new AbortController().signal);
