import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { until } from "./fixtures/support.ts";
import { isRunning, parsePs, readProcess } from "./process_table.ts";

describe("readProcess", () => {
  it("knows this process", () => {
    const self = readProcess(process.pid);
    assert.equal(self?.parentPid, process.ppid);
    assert.ok(self?.startId);
    assert.ok(isRunning(process.pid, self.startId));
    assert.ok(!isRunning(process.pid, `${self.startId}0`), "another start time is another process");
  });

  it("gives the words of a command as they were, in spite of blanks and parentheses", async (t) => {
    const child = spawn("sh", ["-c", "read line; :", ") a b (", "c"], {
      argv0: "s) (h",
      stdio: ["pipe", "ignore", "ignore"],
    });
    t.after(() => child.kill("SIGKILL"));
    const found = await until(() => readProcess(child.pid!), "the process");
    assert.equal(found.parentPid, process.pid);
    assert.deepEqual(found.command, ["s) (h", "-c", "read line; :", ") a b (", "c"]);
  });

  it("does not take one that has ended for a living one", async (t) => {
    const child = spawn("true", { stdio: "ignore" });
    await once(child, "exit");
    assert.equal(readProcess(child.pid!), undefined);
    // A program that knows of no child leaves it uncollected; the shell would collect it, but is replaced by then.
    const parent = spawn("sh", ["-c", "sleep 0.5 & echo $!; exec sleep 1000"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    t.after(() => parent.kill("SIGKILL"));
    const [text] = await once(parent.stdout, "data");
    await until(() => readProcess(Number(text)) === undefined, "the uncollected child counts as gone");
    process.kill(Number(text), 0);
  });
});

describe("parsePs", () => {
  it("reads a line of macOS's ps", () => {
    const line = "  501 Ss   Sun Nov 22 09:05:01 2026     /usr/local/bin/node server.js --port 1\n";
    assert.deepEqual(parsePs(77, line), {
      pid: 77,
      parentPid: 501,
      startId: "Sun Nov 22 09:05:01 2026",
      command: ["/usr/local/bin/node", "server.js", "--port", "1"],
    });
  });

  it("reads nothing from nothing, and nothing from what has ended", () => {
    assert.equal(parsePs(77, ""), undefined);
    assert.equal(parsePs(77, "  501 Z    Sun Nov 22 09:05:01 2026     (node)\n"), undefined);
  });
});
