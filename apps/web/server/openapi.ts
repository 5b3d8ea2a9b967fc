/**
 * The description of the API (OpenAPI 3.1), for those who write programs against it, from the table of openapi_routes.ts.
 * The journey test of the API asks every route that is described, and checks that it answers as it says.
 */
import { z } from "zod";
import {
  type Content,
  PARAMETERS,
  ROUTES,
  type Route,
  SCHEMAS,
  type SchemaName,
  URL_NAMES,
} from "./openapi_routes.ts";

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

function operationOf({
  path,
  summary,
  open,
  parameters = [],
  body,
  status = 200,
  gives,
  problems = [],
}: Route) {
  return {
    summary,
    // Whoever has a link has no account; a cookie of its own says which share it opened.
    ...(open || path.startsWith("/api/shared/") ? { security: [] } : {}),
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
  401: "Nobody is signed in, or the token does not hold; of a link: it has to be opened first",
  403: "Who asks may not do that, or the password of a link is wrong",
  404: "There is no such thing, or no footage: then the nearest is named",
  409: "It cannot be made of this footage, or is not ready",
  410: "It has ended",
  413: "The request is longer than it can have to be",
  429: "It was tried too often",
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
