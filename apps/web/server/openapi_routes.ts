/**
 * What the description of the API says of each route: parameters, bodies, answers, problems. Schemas are those that the
 * routes are written with; what each route takes and gives stands here once. openapi.ts makes the document of it. Longer
 * than other modules: it is a table, in which one looks something up.
 */
import {
  CamerasAnswer,
  CompletenessAnswer,
  Problem,
  SetupAnswer,
  TimelineAnswer,
} from "@rokuga/media/api.ts";
import { ClipDescription, ClipJobView, ClipRequest, ExportsAnswer } from "@rokuga/media/clip_api.ts";
import { LockRequest, LocksAnswer, LockView } from "@rokuga/media/lock_api.ts";
import { NewShare, OpenRequest, SharedView, ShareRequest, SharesAnswer } from "@rokuga/media/share_api.ts";
import { z } from "zod";
import { PEOPLE_PARAMETERS, PEOPLE_ROUTES, PEOPLE_SCHEMAS } from "./openapi_people.ts";

export const SCHEMAS = {
  CamerasAnswer,
  TimelineAnswer,
  CompletenessAnswer,
  ClipDescription,
  ClipRequest,
  ClipJobView,
  ExportsAnswer,
  SetupAnswer,
  LocksAnswer,
  LockRequest,
  LockView,
  SharesAnswer,
  ShareRequest,
  NewShare,
  OpenRequest,
  SharedView,
  ...PEOPLE_SCHEMAS,
  Problem,
  HealthAnswer: z.strictObject({ ok: z.literal(true) }),
} as const;
export type SchemaName = keyof typeof SCHEMAS;

const TIME = "ISO 8601 with an offset, or milliseconds since 1970-01-01T00:00Z";
export const PARAMETERS = {
  ...PEOPLE_PARAMETERS,
  id: { in: "path", required: true, description: "Of a camera", example: "front-door" },
  clip: { in: "path", required: true, description: "Of a clip, as POST /api/clips gave it" },
  share: { in: "path", required: true, description: "Of a share, as its link names it" },
  piece: { in: "path", required: true, description: "A piece, as the playlist of the share names it" },
  shareId: { in: "path", required: true, description: "Of a share" },
  lockId: { in: "path", required: true, description: "Of a lock" },
  from: { in: "query", required: true, description: TIME },
  to: { in: "query", required: true, description: `${TIME}; not in the range any more` },
  openTo: {
    in: "query",
    required: false,
    description: `${TIME}. Without it the range goes on to now and the playlist grows`,
  },
  at: { in: "query", required: true, description: TIME },
  width: { in: "query", required: false, description: "At most so many pixels wide" },
  resolution: {
    in: "query",
    required: false,
    description: "Milliseconds that a pixel stands for: what is narrower is not told apart",
  },
  zone: {
    in: "query",
    required: false,
    description: "IANA name of the zone that days are of; UTC without it",
  },
  define: {
    in: "query",
    required: false,
    description: "1 for a player that expands variables (EXT-X-DEFINE): the playlist is shorter",
  },
  _HLS_msn: {
    in: "query",
    required: false,
    description: "Answer when the playlist has this media sequence number",
  },
} as const;
type ParameterName = keyof typeof PARAMETERS;
/** Their names in a URL, where they differ. */
export const URL_NAMES: Partial<Record<ParameterName, string>> = {
  ...{ openTo: "to", clip: "id", share: "id" },
  ...{ person: "id", invitation: "id", session: "id", token: "id" },
};

/** What an answer holds: a schema of JSON, or a media type. */
export type Content = { json: SchemaName } | { type: string } | "nothing";

export type Route = {
  path: string;
  method: "get" | "post" | "put" | "delete";
  summary: string;
  /** For who has neither a session nor a token. */
  open?: boolean;
  parameters?: readonly ParameterName[];
  body?: SchemaName;
  status?: number;
  gives: Content;
  /** Statuses of the problems that it may answer with, beside 401, 403, 500 and 503. */
  problems?: readonly number[];
};

const PLAYLIST = { type: "application/vnd.apple.mpegurl" };
const RANGE = ["id", "from", "to"] as const;
const OPEN_RANGE = ["id", "from", "openTo", "define"] as const;

export const ROUTES: readonly Route[] = [
  {
    path: "/api/cameras",
    method: "get",
    summary: "The cameras and their state",
    gives: { json: "CamerasAnswer" },
  },
  {
    path: "/api/cameras/{id}/timeline",
    method: "get",
    summary: "What is covered, and each gap with its cause",
    parameters: [...RANGE, "resolution"],
    gives: { json: "TimelineAnswer" },
    problems: [400, 404],
  },
  {
    path: "/api/cameras/{id}/completeness",
    method: "get",
    summary: "For each day how much can be played, and what is missing why",
    parameters: [...RANGE, "zone"],
    gives: { json: "CompletenessAnswer" },
    problems: [400, 404],
  },
  {
    path: "/api/cameras/{id}/playlist.m3u8",
    method: "get",
    summary: "An HLS playlist of a range, the asked moment in its first fragment",
    parameters: OPEN_RANGE,
    gives: PLAYLIST,
    problems: [400, 404],
  },
  {
    path: "/api/cameras/{id}/index.m3u8",
    method: "get",
    summary: "The multivariant playlist of a range: codecs, bit rates, and the I-frame playlist",
    parameters: OPEN_RANGE,
    gives: PLAYLIST,
    problems: [400, 404],
  },
  {
    path: "/api/cameras/{id}/iframes.m3u8",
    method: "get",
    summary: "The I-frame playlist of a range, for pictures while scrubbing",
    parameters: [...RANGE, "define"],
    gives: PLAYLIST,
    problems: [400, 404],
  },
  {
    path: "/api/cameras/{id}/live.m3u8",
    method: "get",
    summary: "The live HLS playlist",
    parameters: ["id", "_HLS_msn"],
    gives: PLAYLIST,
    problems: [400, 404],
  },
  {
    path: "/api/cameras/{id}/clip.mp4",
    method: "get",
    summary: "A range of at most ten minutes as an MP4 file, cut to the moment; notes an export",
    parameters: RANGE,
    gives: { type: "video/mp4" },
    problems: [400, 404, 409],
  },
  {
    path: "/api/cameras/{id}/clip.json",
    method: "get",
    summary: "What a clip of the range is made of: ranges, gaps with causes, hashes",
    parameters: RANGE,
    gives: { json: "ClipDescription" },
    problems: [400, 404, 409],
  },
  {
    path: "/api/cameras/{id}/snapshot.jpg",
    method: "get",
    summary: "The picture of a moment: the nearest keyframe at or before it",
    parameters: ["id", "at", "width"],
    gives: { type: "image/jpeg" },
    problems: [400, 404, 501],
  },
  {
    path: "/api/cameras/{id}/exports",
    method: "get",
    summary: "What left the system of the footage of a range, the latest first",
    parameters: RANGE,
    gives: { json: "ExportsAnswer" },
    problems: [400, 404],
  },
  {
    path: "/api/cameras/{id}/locks",
    method: "get",
    summary: "The locks on a range: what is kept whatever the limits say, and why",
    parameters: RANGE,
    gives: { json: "LocksAnswer" },
    problems: [400, 404],
  },
  {
    path: "/api/cameras/{id}/locks",
    method: "post",
    summary: "Locks a range, with a reason, until it is unlocked or a moment has come",
    parameters: ["id"],
    body: "LockRequest",
    status: 201,
    gives: { json: "LockView" },
    problems: [400, 404, 413],
  },
  {
    path: "/api/cameras/{id}/locks/{lockId}",
    method: "delete",
    summary: "Ends a lock, for good",
    parameters: ["id", "lockId"],
    status: 204,
    gives: "nothing",
    problems: [404],
  },
  {
    path: "/api/cameras/{id}/shares",
    method: "get",
    summary: "Links by which footage of the camera may be watched without an account, the latest first",
    parameters: ["id"],
    gives: { json: "SharesAnswer" },
    problems: [404],
  },
  {
    path: "/api/cameras/{id}/shares",
    method: "post",
    summary: "Makes such a link, with an end and perhaps a password; its secret is told this once",
    parameters: ["id"],
    body: "ShareRequest",
    status: 201,
    gives: { json: "NewShare" },
    problems: [400, 404, 413],
  },
  {
    path: "/api/cameras/{id}/shares/{shareId}",
    method: "delete",
    summary: "Revokes a link, for good",
    parameters: ["id", "shareId"],
    status: 204,
    gives: "nothing",
    problems: [404],
  },
  {
    path: "/api/shared/{id}/open",
    method: "post",
    summary:
      "Opens a link by its secret and perhaps a password; the cookie that it sets is for the routes below",
    parameters: ["share"],
    body: "OpenRequest",
    gives: { json: "SharedView" },
    problems: [400, 404, 410, 413, 429],
  },
  {
    path: "/api/shared/{id}",
    method: "get",
    summary: "What a link that was opened shows",
    parameters: ["share"],
    gives: { json: "SharedView" },
    problems: [410],
  },
  {
    path: "/api/shared/{id}/playlist.m3u8",
    method: "get",
    summary: "The HLS playlist of what was shared",
    parameters: ["share"],
    gives: PLAYLIST,
    problems: [404, 410],
  },
  {
    path: "/api/shared/{id}/media/{piece}",
    method: "get",
    summary: "A piece of what was shared, whole",
    parameters: ["share", "piece"],
    gives: { type: "video/mp2t" },
    problems: [404, 410],
  },
  {
    path: "/api/shared/{id}/clip.mp4",
    method: "get",
    summary: "What was shared as an MP4 file, where that is allowed; notes an export",
    parameters: ["share"],
    gives: { type: "video/mp4" },
    problems: [404, 409, 410],
  },
  {
    path: "/api/clips",
    method: "post",
    summary: "Asks for a clip of at most 25 hours, which is made in the background",
    body: "ClipRequest",
    status: 202,
    gives: { json: "ClipJobView" },
    problems: [400, 404, 409, 413, 507],
  },
  {
    path: "/api/clips/{id}",
    method: "get",
    summary: "How far a clip has come",
    parameters: ["clip"],
    gives: { json: "ClipJobView" },
    problems: [404],
  },
  {
    path: "/api/clips/{id}",
    method: "delete",
    summary: "The clip is not wanted any more",
    parameters: ["clip"],
    status: 204,
    gives: "nothing",
    problems: [404],
  },
  {
    path: "/api/clips/{id}/clip.mp4",
    method: "get",
    summary: "The file of a clip that is ready; a download can be resumed; notes an export",
    parameters: ["clip"],
    gives: { type: "video/mp4" },
    problems: [404, 409],
  },
  {
    path: "/api/setup",
    method: "get",
    summary: "Where cameras are added, for owners",
    gives: { json: "SetupAnswer" },
  },
  ...PEOPLE_ROUTES,
  {
    path: "/api/health",
    method: "get",
    summary: "Whether the app can do its work",
    gives: { json: "HealthAnswer" },
  },
  {
    path: "/api/metrics",
    method: "get",
    summary: "The state of the recordings, for Prometheus",
    gives: { type: "text/plain" },
  },
];
