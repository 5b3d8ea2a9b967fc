/**
 * Who may ask what: role × place × every route and page, each cell against a table that is written out here. A route
 * that is in the code and not in the table, or in the table and not in the code, fails.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Grant } from "@rokuga/media/access.ts";
import type { Problem } from "@rokuga/media/api.ts";
import { ACCESS_RULES, ruleOf } from "../../apps/web/server/access_rules.ts";
import { openApiDocument } from "../../apps/web/server/openapi.ts";
import { tokenFor } from "../fixtures/signed_in.ts";
import { type Library, openLibrary } from "../playback/library.ts";

const everything = { kind: "everything" } as const;
const door = { kind: "camera", id: "door" } as const;
const home = { kind: "site", id: "home" } as const;

/** The columns: who asks, in this order. `door` is on the site `home`, `till` on another. */
const WHO: Record<string, Grant[] | null> = {
  "nobody who is signed in": null,
  "who has no role": [],
  "viewer of everything": [{ role: "viewer", scope: everything }],
  "viewer of door": [{ role: "viewer", scope: door }],
  "viewer of home": [{ role: "viewer", scope: home }],
  "operator of door": [{ role: "operator", scope: door }],
  "viewer of everything, operator of home": [
    { role: "viewer", scope: everything },
    { role: "operator", scope: home },
  ],
  owner: [{ role: "owner", scope: everything }],
};

/**
 * y: it is answered. s: sign in first (401, for a page 302). f: forbidden (403). n: there is no such camera or clip (404).
 */
type Cells = string;

/** Rows of routes that name a camera: of one's own, of another, and one that is not there. */
const SEE: Record<string, Cells> = {
  door: "s n y y y y y y",
  till: "s n y n n n y y",
  nobody: "s n n n n n n n",
};
const EXPORT: Record<string, Cells> = {
  door: "s n f f f y y y",
  till: "s n f n n n f y",
  nobody: "s n f n n n f n",
};
const OPEN = { "-": "y y y y y y y y" };
const SIGNED_IN = { "-": "s y y y y y y y" };
const ALL = { "-": "s f y f f f y y" };
const OWNER = { "-": "s f f f f f f y" };
/** What is named is not there: so it is answered that it is not, to whoever may ask. */
const GONE = { "-": "s n n n n n n n" };

const TABLE: Record<string, Record<string, Cells>> = {
  "GET /": SIGNED_IN,
  "GET /people": SIGNED_IN,
  "GET /sign-in": OPEN,
  "GET /join": OPEN,
  "GET /reset": OPEN,
  "GET /_next/static/**": OPEN,
  "GET /icon.svg": OPEN,
  "GET /favicon.ico": OPEN,
  "GET /manifest.webmanifest": OPEN,
  "GET /apple-icon.png": OPEN,
  "GET /icon-192.png": OPEN,
  "GET /icon-512.png": OPEN,
  "GET /icon-maskable-512.png": OPEN,
  "POST /api/sign-in": OPEN,
  "POST /api/join": OPEN,
  "POST /api/join/check": OPEN,
  "POST /api/reset": OPEN,
  "POST /api/reset/check": OPEN,
  "GET /api/auth/passkey/generate-authenticate-options": OPEN,
  "POST /api/auth/passkey/verify-authentication": OPEN,
  "GET /api/session": SIGNED_IN,
  "DELETE /api/session": SIGNED_IN,
  // Tokens ask here, and have no password.
  "POST /api/password": { "-": "s f f f f f f f" },
  // Tokens ask here, and have no passkeys.
  "GET /api/auth/passkey/generate-register-options": { "-": "s f f f f f f f" },
  "POST /api/auth/passkey/verify-registration": { "-": "s f f f f f f f" },
  "GET /api/auth/passkey/list-user-passkeys": { "-": "s f f f f f f f" },
  "POST /api/auth/passkey/delete-passkey": { "-": "s f f f f f f f" },
  "GET /api/people": OWNER,
  "DELETE /api/people/{id}": OWNER,
  "PUT /api/people/{id}/grants": OWNER,
  "POST /api/people/{id}/password-link": OWNER,
  "DELETE /api/people/{id}/password-link": OWNER,
  "POST /api/invitations": OWNER,
  "DELETE /api/invitations/{id}": OWNER,
  "DELETE /api/sessions/{id}": OWNER,
  "GET /api/tokens": OWNER,
  "POST /api/tokens": OWNER,
  "DELETE /api/tokens/{id}": OWNER,
  "GET /api/audit": OWNER,
  "GET /api/cameras": SIGNED_IN,
  "GET /api/cameras/{camera}/timeline": SEE,
  "GET /api/cameras/{camera}/completeness": SEE,
  "GET /api/cameras/{camera}/playlist.m3u8": SEE,
  "GET /api/cameras/{camera}/index.m3u8": SEE,
  "GET /api/cameras/{camera}/iframes.m3u8": SEE,
  "GET /api/cameras/{camera}/live.m3u8": SEE,
  "GET /api/cameras/{camera}/snapshot.jpg": SEE,
  "GET /api/cameras/{camera}/clip.mp4": EXPORT,
  "GET /api/cameras/{camera}/clip.json": EXPORT,
  "GET /api/cameras/{camera}/exports": EXPORT,
  "GET /api/cameras/{camera}/locks": SEE,
  "POST /api/cameras/{camera}/locks": EXPORT,
  "DELETE /api/cameras/{camera}/locks/{id}": EXPORT,
  "GET /api/cameras/{camera}/shares": EXPORT,
  "POST /api/cameras/{camera}/shares": EXPORT,
  "DELETE /api/cameras/{camera}/shares/{id}": EXPORT,
  // By a link, which nobody has here; its page says so.
  "GET /share/{id}": OPEN,
  "POST /api/shared/{id}/open": OPEN,
  "GET /api/shared/{id}": OPEN,
  "GET /api/shared/{id}/playlist.m3u8": OPEN,
  "GET /api/shared/{id}/media/{id}": OPEN,
  "GET /api/shared/{id}/clip.mp4": OPEN,
  // By a signature, which this one has not.
  "GET /api/cameras/{camera}/media/**": { door: "f f f f f f f f" },
  "POST /api/clips": EXPORT,
  "GET /api/clips/{id}": GONE,
  "DELETE /api/clips/{id}": GONE,
  "GET /api/clips/{id}/clip.mp4": GONE,
  "GET /api/health": OPEN,
  "GET /api/metrics": ALL,
  "GET /api/openapi.json": SIGNED_IN,
  "GET /api/setup": OWNER,
};

const FROM = Date.now() - 3_600_000;
const QUERY = `from=${FROM}&to=${FROM + 60_000}&at=${FROM}`;

describe("permissions", { timeout: 300_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  const tokens = new Map<string, string>();

  before(async () => {
    library = stack.use(await openLibrary());
    await library.register("door");
    await library.append([
      {
        ...{
          eventId: "camera/till/CameraRegistered",
          type: "CameraRegistered",
          version: 1,
          occurredAtMs: FROM,
        },
        data: { siteId: "shop", cameraId: "till", name: "till" },
      },
    ]);
    for (const [who, grants] of Object.entries(WHO)) {
      if (grants) tokens.set(who, await tokenFor(library.postgres.appUrl, grants));
    }
  });
  after(() => stack.disposeAsync());

  async function ask(route: string, who: string, camera: string): Promise<Response> {
    const [method = "", pattern = ""] = route.split(" ");
    const path = pattern.replace("{camera}", camera).replaceAll("{id}", "none").replace("**", "none");
    const token = tokens.get(who);
    const body =
      method === "POST" && path === "/api/clips" ? { cameraId: camera, from: FROM, to: FROM + 1_000 } : {};
    return await fetch(`${library.url}${path}?${QUERY}`, {
      method,
      redirect: "manual",
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), "content-type": "application/json" },
      ...(method === "POST" || method === "PUT" ? { body: JSON.stringify(body) } : {}),
    });
  }

  async function cellOf(answer: Response): Promise<string> {
    const isProblem = answer.headers.get("content-type") === "application/problem+json";
    const title = isProblem
      ? ((await answer.json()) as Problem).title
      : await answer.arrayBuffer().then(() => "");
    if (title === "Unknown camera" || title === "Unknown clip") return "n";
    if (title === "No such address") return "not in the code";
    if (answer.status === 401 && title === "Not signed in")
      return answer.headers.has("www-authenticate") ? "s" : "y";
    if (answer.status === 302) return "s";
    if (answer.status === 403) return "f";
    return answer.status < 500 ? "y" : `${answer.status}`;
  }

  for (const [route, rows] of Object.entries(TABLE)) {
    test(route, async () => {
      for (const [camera, cells] of Object.entries(rows)) {
        const expected = Object.fromEntries(
          Object.keys(WHO).map((who, index) => [who, cells.split(" ")[index]]),
        );
        const found: Record<string, string> = {};
        for (const who of Object.keys(WHO)) found[who] = await cellOf(await ask(route, who, camera));
        assert.deepEqual(found, expected, camera);
      }
    });
  }

  test("a camera that one may not see answers as one that is not there, to the byte", async () => {
    const routes = Object.entries(TABLE).flatMap(([route, rows]) => ("till" in rows ? [route] : []));
    for (const route of [...routes, ...routes.map((one) => one.replace("GET", "HEAD"))]) {
      const answerOf = async (camera: string) => {
        const answer = await ask(route, "viewer of door", camera);
        const headers = Object.fromEntries(answer.headers);
        delete headers.date;
        delete headers["content-length"];
        return [answer.status, headers, (await answer.text()).replaceAll(camera, "?")];
      };
      assert.deepEqual(await answerOf("till"), await answerOf("nobody"), route);
    }
  });

  test("the list of cameras has those that one may see", async () => {
    const listed: Record<string, string[]> = {};
    for (const who of tokens.keys()) {
      const { cameras } = (await (await ask("GET /api/cameras", who, "-")).json()) as {
        cameras: { id: string }[];
      };
      listed[who] = cameras.map(({ id }) => id);
    }
    assert.deepEqual(listed, {
      "who has no role": [],
      "viewer of everything": ["door", "till"],
      "viewer of door": ["door"],
      "viewer of home": ["door"],
      "operator of door": ["door"],
      "viewer of everything, operator of home": ["door", "till"],
      owner: ["door", "till"],
    });
  });

  test("no route is missing: of the rules, of the code, of the description of the API", () => {
    const ruled = ACCESS_RULES.map(({ method, pattern }) => `${method} ${pattern}`);
    assert.deepEqual(Object.keys(TABLE).sort(), [...ruled].sort());
    const root = fileURLToPath(new URL("../../apps/web/app/", import.meta.url));
    const inCode = globSync("**/{route.ts,page.tsx}", { cwd: root }).flatMap((file) => {
      const text = readFileSync(`${root}${file}`, "utf8");
      const path = `/${file.replace(/(^|\/)(route\.ts|page\.tsx)$/, "")}`;
      const methods = file.endsWith("page.tsx")
        ? ["GET"]
        : [...text.matchAll(/^export const ([A-Z]+) =/gm)].map((match) => match[1]!);
      return methods.map((method) => ({ method, path }));
    });
    assert.ok(inCode.length > 20);
    for (const { method, path } of inCode) {
      const isRuled = ruleOf(method, path.replaceAll(/\[\w+\]/g, "x")).kind === "need";
      // Of passkeys only what is listed can be asked.
      if (!path.startsWith("/api/auth/passkey/"))
        assert.ok(isRuled, `${method} ${path} is not in access_rules.ts`);
    }
    const { paths } = openApiDocument() as { paths: Record<string, object> };
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods))
        assert.equal(ruleOf(method.toUpperCase(), path).kind, "need", `${method} ${path}`);
    }
  });

  test("what is not in the table is refused, to owners too", async () => {
    const owner = { headers: { authorization: `Bearer ${tokens.get("owner")}` } };
    for (const path of [
      "/api/auth/sign-up/email",
      "/api/auth/sign-in/email",
      "/api/auth/get-session",
      "/api/auth/list-sessions",
      "/api/auth/passkey/update-passkey",
      "/_next/image?url=%2Ficon.svg&w=64&q=75",
      "/_next/data/x/index.json",
      "/people.txt",
      "/index.rsc",
      "/api/%63ameras",
      "/api/cameras/",
      "//api/cameras",
      "/.env",
    ]) {
      const answer = await fetch(library.url + path, owner);
      assert.equal(answer.status, 404, path);
      assert.equal(((await answer.json()) as Problem).title, "No such address", path);
    }
    const put = await fetch(`${library.url}/api/cameras`, { ...owner, method: "PUT" });
    assert.deepEqual([put.status, put.headers.get("allow")], [405, "GET, HEAD"]);
  });
});
