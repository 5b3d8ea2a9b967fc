/**
 * Adds a camera to the text of a camera file, so that what people wrote there stays: their comments, their order. What stands
 * in comments after the last camera comes after the new one. Pure.
 */
import { isSeq, parseDocument } from "yaml";
import { type ConfigProblem, type ParseOptions, parseCameraConfig } from "../camera_config.ts";
import type { NewCamera } from "./new_camera.ts";

export type AddResult =
  | { ok: true; text: string }
  /** The file was wrong before: it is for a person to mend. */
  | { ok: false; why: "wrong-file"; problem: ConfigProblem }
  | { ok: false; why: "known-id" }
  /** What would come out is refused. */
  | { ok: false; why: "refused"; problem: ConfigProblem };

export function addCamera(text: string, camera: NewCamera, options: ParseOptions): AddResult {
  const before = parseCameraConfig(text, options);
  if (!before.ok) return { ok: false, why: "wrong-file", problem: before.problems[0]! };
  if (before.config.cameras.some(({ id }) => id === camera.id)) return { ok: false, why: "known-id" };
  const document = parseDocument(text);
  const cameras = document.get("cameras", true);
  const node = document.createNode(camera);
  if (isSeq(cameras)) {
    // `cameras: []` would go on in one line.
    cameras.flow = false;
    if (cameras.items.length > 0) node.spaceBefore = true;
    cameras.add(node);
  } else document.set("cameras", document.createNode([camera]));
  const added = document.toString({ lineWidth: 0 });
  const after = parseCameraConfig(added, options);
  return after.ok ? { ok: true, text: added } : { ok: false, why: "refused", problem: after.problems[0]! };
}
