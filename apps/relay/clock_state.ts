/**
 * Whether the operating system's clock follows a time server. On Linux with systemd `timedatectl` knows, whatever
 * program sets the clock; elsewhere nothing is known.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ClockState } from "./spool.ts";

const LIMIT_MS = 2_000;

export async function readClockState(): Promise<ClockState> {
  const args = ["show", "--property=NTPSynchronized", "--value"];
  const answer = await promisify(execFile)("timedatectl", args, { timeout: LIMIT_MS }).catch(() => undefined);
  switch (answer?.stdout.trim()) {
    case "yes":
      return "synchronised";
    case "no":
      return "unsynchronised";
    default:
      return "unknown";
  }
}
