/**
 * What the page remembers of its viewer between visits: sound, and which cameras the timeline shows.
 * Kept in the browser only. A browser that forbids storage gets the first values each time.
 */
import { z } from "zod";

const Settings = z.object({
  /** Sound is off until asked for: browsers start nothing with sound by themselves. */
  muted: z.boolean().catch(true),
  /** 0 to 1 */
  volume: z.number().min(0).max(1).catch(1),
  /** The timeline has a line for each camera. */
  allCameras: z.boolean().catch(false),
});
export type Settings = z.infer<typeof Settings>;

const KEY = "rokuga.settings";

/** The settings of the last visit, or the first ones. */
export function readSettings(storage: () => Storage): Settings {
  try {
    return Settings.parse(JSON.parse(storage().getItem(KEY) ?? "{}"));
  } catch {
    // Storage is forbidden or holds what is not ours.
    return Settings.parse({});
  }
}

/** Keeps the named settings. */
export function writeSettings(storage: () => Storage, patch: Partial<Settings>): void {
  try {
    storage().setItem(KEY, JSON.stringify({ ...readSettings(storage), ...patch }));
  } catch {
    // Storage is forbidden or full: the next visit begins with the first values.
  }
}
