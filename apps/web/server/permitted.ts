/** What who asks may do at a camera: for the guard, and for routes whose path does not name the camera. */
import { readSiteOf } from "@rokuga/db/read_cameras.ts";
import { asksForSite, type CameraPlace, type Permission, permissionsAt } from "@rokuga/media/access.ts";
import { type Person, personOf } from "./asking.ts";
import { webContext } from "./context.ts";
import { ProblemError } from "./problem.ts";
import { unknownCamera } from "./query.ts";

type SiteOf = (cameraId: string) => Promise<string | null>;

/** `siteOf` is asked only when it depends on it. */
async function permissionsOf({ grants }: Person, cameraId: string, siteOf: SiteOf): Promise<Permission[]> {
  const place: CameraPlace = { cameraId, siteId: asksForSite(grants) ? await siteOf(cameraId) : null };
  return permissionsAt(grants, place);
}

/** Throws a 404 for a camera that is not to be known of, as for one that is not known, and a 403 for the rest. */
export async function checkCamera(
  person: Person,
  { cameraId, permission, siteOf }: { cameraId: string; permission: Permission; siteOf: SiteOf },
): Promise<void> {
  const permissions = await permissionsOf(person, cameraId, siteOf);
  if (permissions.length === 0) throw unknownCamera(cameraId);
  if (!permissions.includes(permission)) throw forbidden(permission);
}

const siteOf: SiteOf = (cameraId) => readSiteOf(webContext().database, cameraId);

/** {@link checkCamera} for who asks. */
export const checkPermitted = (permission: Permission, cameraId: string) =>
  checkCamera(personOf(), { cameraId, permission, siteOf });

/** Whether who asks may do that at the camera. */
export const isPermitted = async (permission: Permission, cameraId: string) =>
  (await permissionsOf(personOf(), cameraId, siteOf)).includes(permission);

/** The answer to who may see something, and may not do that with it. */
export const forbidden = (permission: Permission) =>
  new ProblemError(403, "Not permitted", {
    detail: `Your role does not include '${permission}' here. An owner of this installation can give it to you.`,
  });
