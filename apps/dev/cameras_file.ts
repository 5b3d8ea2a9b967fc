/**
 * The first cameras file: one synthetic camera, so that there is something to see, and an example of each other
 * kind to copy. Made once; from then on it is the person's own and never written again.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { errorChain } from "@rokuga/runtime/log.ts";
import { CannotStart } from "./cannot_start.ts";

export const FIRST_CAMERAS = `# The cameras of this site. Changes are picked up while Rokuga runs.
# An id is 1 to 63 of a-z, 0-9 and '-'; footage is filed under it, so do not reuse or change it.

site:
  id: home
  name: Home

cameras:
  # A test picture with a clock: remove it when you have added a camera.
  - id: test
    name: Test camera
    input: synthetic

  # A network camera. Its address and password stay on this machine.
  # - id: front-door
  #   name: Front door
  #   input: rtsp://user:password@192.168.1.20:554/stream1

  # A USB webcam: /dev/video0 on Linux, a number on macOS, a device name on Windows.
  # - id: desk
  #   name: Desk
  #   input: { webcam: /dev/video0 }

  # A video file, played in a loop at its own speed. A relative path starts beside this file.
  # - id: demo
  #   name: Demo
  #   input: { file: videos/demo.mp4 }
`;

/**
 * Writes the first cameras file unless there is one. True when it did. `schema` is the path of the JSON schema of
 * such files, for editors. Throws {@link CannotStart}.
 */
export function ensureCamerasFile(path: string, schema: string): boolean {
  if (existsSync(path)) return false;
  try {
    mkdirSync(dirname(path), { recursive: true });
    // It will hold camera passwords: for this user only.
    const schemaLine = `# yaml-language-server: $schema=${relative(dirname(path), schema)}\n`;
    writeFileSync(path, schemaLine + FIRST_CAMERAS, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    throw new CannotStart(
      `Cannot write the cameras file ${path}: ${errorChain(error)}. Make its directory writable, or set CAMERAS_FILE.`,
    );
  }
}
