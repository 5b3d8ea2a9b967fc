/**
 * Who may do what: roles, what each permits, and where it holds. Pure; the guard of the web app asks it for every
 * request, and the page to know what to offer.
 */
import { z } from "zod";
import { CameraId, SiteId } from "./ids.ts";

/**
 * `live` and `playback`: see pictures of now, and of the past. `export`: take footage out as a file. `lock`: keep it
 * whatever the limits say. `share`: give others an address of it. `people`: say who may do what.
 */
export const PERMISSIONS = ["live", "playback", "export", "lock", "share", "people"] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const Role = z.enum(["owner", "operator", "viewer"]);
export type Role = z.infer<typeof Role>;

const PERMITS: Record<Role, readonly Permission[]> = {
  owner: PERMISSIONS,
  operator: ["live", "playback", "export", "lock", "share"],
  viewer: ["live", "playback"],
};

/** Where a role holds. */
export const Scope = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("everything") }),
  z.strictObject({ kind: z.literal("site"), id: SiteId }),
  z.strictObject({ kind: z.literal("camera"), id: CameraId }),
]);
export type Scope = z.infer<typeof Scope>;

/** A role and where it holds. Who says who may do what does so for all: an owner is one of everything. */
export const Grant = z
  .strictObject({ role: Role, scope: Scope })
  .refine(
    ({ role, scope }) => role !== "owner" || scope.kind === "everything",
    "an owner is one of everything: choose operator or viewer for a site or a camera",
  );
export type Grant = z.infer<typeof Grant>;

/** A camera and the site that it is on, where that is known. */
export type CameraPlace = { cameraId: string; siteId: string | null };

/** What these roles permit at a camera; nothing means that the camera is not to be known of. */
export function permissionsAt(grants: readonly Grant[], { cameraId, siteId }: CameraPlace): Permission[] {
  const holds = ({ scope }: Grant) => {
    switch (scope.kind) {
      case "everything":
        return true;
      case "site":
        return scope.id === siteId;
      case "camera":
        return scope.id === cameraId;
      default:
        return scope satisfies never;
    }
  };
  return permitted(grants.filter(holds));
}

/** What these roles permit everywhere, at cameras that are yet to come, too. */
export function permissionsEverywhere(grants: readonly Grant[]): Permission[] {
  return permitted(grants.filter(({ scope }) => scope.kind === "everything"));
}

function permitted(grants: readonly Grant[]): Permission[] {
  return PERMISSIONS.filter((permission) => grants.some(({ role }) => PERMITS[role].includes(permission)));
}

/** Whether these roles hold at some sites only, so that a camera's site has to be known. */
export const asksForSite = (grants: readonly Grant[]): boolean =>
  grants.some(({ scope }) => scope.kind === "site");
