import { openLibrary } from "./playback/library.ts";
import { makeRun } from "./playback/footage.ts";
import { execFileSync } from "node:child_process";
await using lib = await openLibrary();
const START = Date.now() - 7200_000;
const run = await makeRun({ cameraId: "a", startMs: START, seconds: 12, gop: 0.5 });
await lib.register("a"); await lib.store(run);
const u = `${lib.url}/api/cameras/a/playlist.m3u8?from=${START}&to=${START+3600000}`;
for (const [e, x] of [["identity", u], ["gzip", u], ["br", u], ["gzip", `${lib.url}/api/cameras/a/timeline?from=${START}&to=${START+3600000}`], ["gzip", `${lib.url}/api/cameras`]]) {
  console.log(e, execFileSync("curl", ["-s", "-D", "-", "-o", "/tmp/probe/body", "-H", `accept-encoding: ${e}`, x!], { encoding: "utf8" }));
  console.log(execFileSync("sh", ["-c", "head -c 16 /tmp/probe/body | xxd"], { encoding: "utf8" }));
}
