/** Connects the launcher to its process: arguments, the terminal, the exit code. Nothing that was started survives it. */
import { resolve } from "node:path";
import { readSettings } from "./env.ts";
import { explain } from "./explain.ts";
import { type LaunchOptions, launch } from "./launch.ts";
import { createReport } from "./report.ts";
import { shortPath } from "./state_directory.ts";
import { listenForStop } from "./stopping.ts";

/** Runs the launcher for this process. Resolves with the exit code: 0 after an orderly stop, 1 otherwise. */
export async function run(injected: Pick<LaunchOptions, "entries" | "build"> = {}): Promise<number> {
  const root = resolve(import.meta.dirname, "../..");
  const report = createReport({ output: process.stdout, errors: process.stderr });
  const { stop, force, failure } = listenForStop(report.note);
  let home = root;
  try {
    const settings = readSettings(process.env, process.argv.slice(2), root);
    home = settings.home;
    await launch({ ...injected, settings, report, signal: stop.signal, force: force.signal });
  } catch (error) {
    if (!stop.signal.aborted) {
      report.endProgress();
      report.problem(`\n${explain(error, home)}`);
      return 1;
    }
  }
  report.endProgress();
  const error = failure();
  if (error !== undefined) {
    report.problem(explain(error, home));
    return 1;
  }
  report.note(`Stopped. What was recorded is kept in ${shortPath(root, home)}.`);
  return force.signal.aborted ? 1 : 0;
}
