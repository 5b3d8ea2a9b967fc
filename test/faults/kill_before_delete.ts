/**
 * Loaded into a worker (`NODE_OPTIONS=--import=…`): kills it at the moment when it is about to delete a segment from
 * the spool, which is after its event was committed and before anyone else can know.
 */
import { promises } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const SPOOL = process.env.SPOOL_DIR ?? "/nowhere";

function dieFor(path: unknown): void {
  if (String(path).startsWith(SPOOL) && /\/\d+\.ts$/.test(String(path))) process.kill(process.pid, "SIGKILL");
}

const { rm, unlink } = promises;
promises.rm = (path, options) => {
  dieFor(path);
  return rm(path, options);
};
promises.unlink = (path) => {
  dieFor(path);
  return unlink(path);
};
syncBuiltinESMExports();
