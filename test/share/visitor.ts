/** Somebody with the link of a share, without a browser: keeps the cookie that opening it gave. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { Problem } from "@rokuga/media/api.ts";
import { NewShare, SharedView } from "@rokuga/media/share_api.ts";
import type { Library } from "../playback/library.ts";

export type ShareAsked = {
  startMs: number;
  endMs: number;
  expiresMs?: number;
  password?: string;
  download?: boolean;
};

/** Shares footage of a camera, as who owns it does. */
export async function makeShare(
  { url, token }: Pick<Library, "url" | "token">,
  cameraId: string,
  asked: ShareAsked,
): Promise<NewShare> {
  const { startMs, endMs, expiresMs = Date.now() + 3_600_000, ...rest } = asked;
  const answer = await fetch(`${url}/api/cameras/${cameraId}/shares`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ from: startMs, to: endMs, expires: expiresMs, ...rest }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(body));
  return NewShare.parse(body);
}

/** The two parts of a link. */
export function partsOf({ link }: NewShare): { id: string; secret: string } {
  const [, id, secret] = /^\/share\/([a-z0-9]{12})#([\w-]{22})$/.exec(link) ?? [];
  assert.ok(id && secret, link);
  return { id, secret };
}

export const tryOpening = (url: string, id: string, body: Record<string, string>) =>
  fetch(`${url}/api/shared/${id}/open`, { method: "POST", body: JSON.stringify(body) });

export type Visitor = {
  view: SharedView;
  cookie: string;
  get(path: string, init?: RequestInit): Promise<Response>;
  /** Addresses of media, as the playlist has them. */
  pieces(): Promise<string[]>;
};

/** Opens a share. */
export async function visit(url: string, share: NewShare, password?: string): Promise<Visitor> {
  const { id, secret } = partsOf(share);
  const answer = await tryOpening(url, id, { secret, ...(password === undefined ? {} : { password }) });
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  const cookie = answer.headers.get("set-cookie")!.split(";")[0]!;
  const get = (path: string, init: RequestInit = {}) =>
    fetch(`${url}/api/shared/${id}${path}`, { ...init, headers: { ...init.headers, cookie } });
  return {
    ...{ view: SharedView.parse(body), cookie, get },
    async pieces() {
      const text = await (await get("/playlist.m3u8")).text();
      return text.split("\n").filter((line) => line.startsWith("media/"));
    },
  };
}

/** The problem that an answer is. */
export async function problemOf(answer: Response): Promise<Problem & { retryAfter: string | null }> {
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  return { ...Problem.parse(await answer.json()), retryAfter: answer.headers.get("retry-after") };
}

/** Sent as it stands: fetch would tidy the path. */
export function raw(
  url: string,
  { path, cookie, method = "GET" }: { path: string; cookie: string; method?: string },
): Promise<{ status: number; bytes: number }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { host: hostname, port, path, method, timeout: 10_000, headers: { cookie } };
    const sent = request(options, async (answer) => {
      let bytes = 0;
      for await (const chunk of answer) bytes += chunk.length;
      resolve({ status: answer.statusCode ?? 0, bytes });
    });
    sent.once("error", reject);
    sent.end();
  });
}
