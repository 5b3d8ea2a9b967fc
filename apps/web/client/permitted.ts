/** What who is signed in may do, for the page to offer no more than that. The server decides each time. */
import { type Grant, type Permission, permissionsAt } from "@rokuga/media/access.ts";
import type { CameraView } from "@rokuga/media/api.ts";

/** Null grants: it is not known yet; then nothing is kept from anyone. */
export function mayDo(
  permission: Permission,
  { grants, camera }: { grants: readonly Grant[] | null; camera: CameraView | null },
): boolean {
  if (grants === null || camera === null) return true;
  return permissionsAt(grants, { cameraId: camera.id, siteId: camera.siteId }).includes(permission);
}
