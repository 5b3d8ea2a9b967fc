/**
 * The description of the API (OpenAPI 3.1), for those who write programs against it. Schemas are those that the routes
 * are written with; what each route takes and gives stands here once. The journey test of the API asks every route that
 * is described, and checks that it answers as it says.
 */
import {
  CamerasAnswer,
  CompletenessAnswer,
  Problem,
  SetupAnswer,
  TimelineAnswer,
} from "@rokuga/media/api.ts";
import { ClipDescription, ClipJobView, ClipRequest, ExportsAnswer } from "@rokuga/media/clip_api.ts";
import { AuditAnswer, PeopleAnswer, SessionAnswer, TokensAnswer } from "@rokuga/media/people_api.ts";
import { z } from "zod";

const SCHEMAS = {
  CamerasAnswer,
  TimelineAnswer,
  CompletenessAnswer,
  ClipDescription,
  ClipRequest,
  ClipJobView,
  ExportsAnswer,
  SetupAnswer,
  SessionAnswer,
  PeopleAnswer,
  TokensAnswer,
  AuditAnswer,
  Problem,
  HealthAnswer: z.strictObject({ ok: z.literal(true) }),
} as const;
type SchemaName = keyof typeof SCHEMAS;

const TIME = "ISO 8601 with an offset, or milliseconds since 1970-01-01T00:00Z";
const PARAMETERS = {
  id: { in: "path", required: true, description: "Of a camera", example: "front-door" },
  clip: { in: "path", required: true, description: "Of a clip, as POST /api/clips gave it" },
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
  before: { in: "query", required: false, description: "The `next` of an earlier answer" },
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
const URL_NAMES: Partial<Record<ParameterName, string>> = { openTo: "to", clip: "id" };

/** What an answer holds: a schema of JSON, or a media type. */
type Content = { json: SchemaName } | { type: string } | "nothing";

type Route = {
  path: string;
  method: "get" | "post" | "delete";
  summary: string;
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

const ROUTES: readonly Route[] = [
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
  {
    path: "/api/session",
    method: "get",
    summary: "Whose session or token it is, and what that may do",
    gives: { json: "SessionAnswer" },
  },
  {
    path: "/api/people",
    method: "get",
    summary: "The people with their roles and sessions, and open invitations; for owners",
    gives: { json: "PeopleAnswer" },
  },
  {
    path: "/api/tokens",
    method: "get",
    summary: "The tokens of scripts; for owners",
    gives: { json: "TokensAnswer" },
  },
  {
    path: "/api/audit",
    method: "get",
    summary: "What people did, the latest first; for owners",
    parameters: ["before"],
    gives: { json: "AuditAnswer" },
    problems: [400],
  },
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

/** The whole description. */
export function openApiDocument(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  }
  const schemas = Object.entries(SCHEMAS).map(([name, schema]) => [
    name,
    withoutDialect(z.toJSONSchema(schema, { io: "output" })),
  ]);
  return {
    openapi: "3.1.0",
    info: {
      title: "Rokuga",
      version: "0.1.0",
      description:
        "Recordings of cameras: what there is, and how it is played. Times in answers are milliseconds since 1970-01-01T00:00Z; ranges do not include their end.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A token: npx pnpm tokens create" },
        session: { type: "apiKey", in: "cookie", name: "rokuga.session_token", description: "Of a browser" },
      },
    },
    security: [{ token: [] }, { session: [] }],
  };
}

function operationOf({ summary, parameters = [], body, status = 200, gives, problems = [] }: Route) {
  return {
    summary,
    parameters: parameters.map((name) => ({
      name: URL_NAMES[name] ?? name,
      ...PARAMETERS[name],
      schema: { type: "string" },
    })),
    ...(body ? { requestBody: { required: true, content: { "application/json": jsonOf(body) } } } : {}),
    responses: {
      [status]: { description: summary, ...(gives === "nothing" ? {} : { content: contentOf(gives) }) },
      ...Object.fromEntries(
        [...REFUSED, ...problems, 500, 503].map((problem) => [problem, problemAnswer(problem)]),
      ),
    },
  };
}

/** By the guard, of whatever route. */
const REFUSED = [401, 403] as const;

const jsonOf = (name: SchemaName) => ({ schema: { $ref: `#/components/schemas/${name}` } });

function contentOf(gives: Exclude<Content, "nothing">) {
  return "json" in gives ? { "application/json": jsonOf(gives.json) } : { [gives.type]: {} };
}

const PROBLEMS: Record<number, string> = {
  400: "What was asked cannot be understood",
  401: "Nobody is signed in, or the token does not hold",
  403: "Who asks may not do that",
  404: "There is no such thing, or no footage: then the nearest is named",
  409: "It cannot be made of this footage, or is not ready",
  413: "The request is longer than it can have to be",
  500: "The server made a mistake",
  501: "This installation cannot do it",
  503: "Something that is needed cannot be reached right now, or is busy",
  507: "There is no room for it",
};

const problemAnswer = (status: number) => ({
  description: PROBLEMS[status]!,
  content: { "application/problem+json": jsonOf("Problem") },
});

/** In an OpenAPI document all schemas are of its own dialect. */
function withoutDialect({ $schema: _, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema;
}
