/**
 * The door of the web app: every request comes through here before anything else sees it. It finds out who asks, by the
 * token of an `Authorization` header or the session of a cookie, and whether they may, by access_rules.ts. It also
 * refuses requests under a name that is not this server's (DNS rebinding), and changes that another site's page asks
 * for with a person's cookie (CSRF).
 */

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import { permissionsEverywhere } from "@rokuga/media/access.ts";
import { type Need, ruleOf } from "./access_rules.ts";
import type { Asking, Person } from "./asking.ts";
import { checkCamera, forbidden } from "./permitted.ts";
import { ProblemError } from "./problem.ts";

export type GuardOptions = {
  /** The one address that it has for others than this machine. */
  publicUrl: URL | undefined;
  /** The header in which a proxy in front says who asks it, if there is one that is to be believed. */
  addressHeader: string | undefined;
  /** Next's development server is behind it, with paths of its own. */
  isHot: boolean;
  /** Whose token it is, while it holds. */
  personOfToken: (token: string) => Promise<Person | undefined>;
  /** Whose session these cookies are of, and cookies to set when it was prolonged. */
  personOfSession: (headers: Headers) => Promise<{ person: Person; setCookies: string[] } | undefined>;
  /** The site of a camera; null when it is not known. */
  siteOf: (cameraId: string) => Promise<string | null>;
};

export type Passed =
  | ({ kind: "pass"; setCookies: string[] } & Asking)
  /** To sign in, and back. */
  | { kind: "sign-in"; location: string };

const SAFE = ["GET", "HEAD"];
const HEALTH = "/api/health";

/** Lets a request pass, or throws a {@link ProblemError}. */
export async function checkRequest(incoming: IncomingMessage, options: GuardOptions): Promise<Passed> {
  const { method = "", url = "", headers } = incoming;
  const path = url.split("?")[0]!;
  // Balancers ask for it by whatever name; it says nothing.
  if (path !== HEALTH) checkHost(headers.host, options.publicUrl);
  const address = addressOf(incoming, options.addressHeader);
  if (options.isHot && isOfDevelopment(path)) return pass({ person: undefined, address });
  const ruling = ruleOf(method, path);
  if (ruling.kind === "unknown") throw unknownPath(path);
  if (ruling.kind === "other-methods") throw otherMethods(method, ruling.allow);
  const { need, cameraId } = ruling;
  if (need.kind === "public") {
    if (!SAFE.includes(method)) checkOrigin(headers, { needsOne: false });
    return pass({ person: undefined, address });
  }
  const found = await personOfRequest(headers, options);
  if (!found) {
    if (!path.startsWith("/api/"))
      return { kind: "sign-in", location: `/sign-in?next=${encodeURIComponent(url)}` };
    throw signedOut(headers.authorization !== undefined);
  }
  if (found.person.kind === "person" && !SAFE.includes(method)) checkOrigin(headers, { needsOne: true });
  await checkNeed(found.person, { need, cameraId, siteOf: options.siteOf });
  return { kind: "pass", address, ...found };
}

const pass = (asking: Asking): Passed => ({ kind: "pass", setCookies: [], ...asking });

/** A token that is given has to hold: it is not passed over for a cookie. */
async function personOfRequest(headers: IncomingHttpHeaders, options: GuardOptions) {
  if (headers.authorization !== undefined) {
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization)?.[1];
    const person = token === undefined ? undefined : await options.personOfToken(token);
    return person && { person, setCookies: [] };
  }
  if (headers.cookie === undefined) return undefined;
  return await options.personOfSession(new Headers({ cookie: headers.cookie }));
}

async function checkNeed(
  person: Person,
  { need, cameraId, siteOf }: { need: Need; cameraId: string | undefined } & Pick<GuardOptions, "siteOf">,
): Promise<void> {
  switch (need.kind) {
    case "public":
    case "signed-in":
      return;
    case "everything":
      if (!permissionsEverywhere(person.grants).includes(need.permission)) throw forbidden(need.permission);
      return;
    case "camera":
      await checkCamera(person, { cameraId: cameraId ?? "", permission: need.permission, siteOf });
      return;
    default:
      need satisfies never;
  }
}

/** The names by which a machine knows itself: no other site's name can be made to lead here under one of them. */
const isLoopback = (hostname: string) =>
  hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);

function checkHost(host: string | undefined, publicUrl: URL | undefined): void {
  const asked = URL.parse(`http://${host ?? ""}`);
  if (asked && (isLoopback(asked.hostname) || asked.hostname === publicUrl?.hostname)) return;
  throw new ProblemError(421, "Not this server", {
    detail: publicUrl
      ? `This server is ${publicUrl.host}, and not '${host?.slice(0, 80)}'. Open it by that name.`
      : `This server answers on this machine only, and not as '${host?.slice(0, 80)}'. Set PUBLIC_URL to the address by which others open it.`,
  });
}

/**
 * Throws a 403 when another site's page asks. Browsers say whose page it is, in `Sec-Fetch-Site` or `Origin`.
 * `needsOne`: refuses who says neither, too.
 */
function checkOrigin(headers: IncomingHttpHeaders, { needsOne }: { needsOne: boolean }): void {
  const site = headers["sec-fetch-site"];
  const isSame = headers.origin === undefined ? undefined : URL.parse(headers.origin)?.host === headers.host;
  const isRefused = (site !== undefined && site !== "same-origin") || isSame === false;
  const isSilent = site === undefined && isSame === undefined;
  if (!isRefused && !(needsOne && isSilent)) return;
  throw new ProblemError(403, "From another page", {
    detail:
      "This was asked for by a page of another address, or by a program that does not say by which. " +
      "Scripts use a token (Authorization: Bearer …) instead of a cookie.",
  });
}

/** Of the last proxy only: what stands before it in the header anybody can have written. */
function addressOf({ headers, socket }: IncomingMessage, addressHeader: string | undefined): string {
  const said = addressHeader === undefined ? undefined : [headers[addressHeader] ?? []].flat().join(",");
  const address = said?.split(",").at(-1)?.trim() || socket.remoteAddress || "unknown";
  // Who has one IPv6 address has the 2^64 of its network.
  return isIPv6(address) && !address.startsWith("::ffff:") ? networkOf(address) : address;
}

const networkOf = (address: string) => {
  const [head = "", tail = ""] = address.split("::");
  const groups = head.split(":");
  const zeros = Array(Math.max(0, 8 - groups.length - tail.split(":").filter(Boolean).length)).fill("0");
  return [...groups, ...zeros, ...tail.split(":")].slice(0, 4).join(":");
};

const isOfDevelopment = (path: string) => /^\/(_next|__nextjs)[/_]/.test(path);

const unknownPath = (path: string) =>
  new ProblemError(404, "No such address", {
    detail: `There is nothing at '${path.slice(0, 80)}'. GET /api/openapi.json describes what there is.`,
  });

const otherMethods = (method: string, allow: string[]) =>
  new ProblemError(405, "Method not allowed", {
    detail: `${method.slice(0, 20)} cannot be asked of this address, but ${allow.join(", ")}.`,
    headers: { allow: allow.join(", ") },
  });

const signedOut = (hadToken: boolean) =>
  new ProblemError(401, "Not signed in", {
    detail: hadToken
      ? "This token is not one of this installation, has expired, or was revoked. An owner makes a new one on the page 'People', or with: npx pnpm tokens create"
      : "Sign in first. Scripts send a token (Authorization: Bearer …).",
    headers: { "www-authenticate": "Bearer" },
  });
