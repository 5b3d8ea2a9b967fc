/**
 * What the API answers in the compared pictures: the same each time, checked against the schemas that the page checks
 * it against. A route that is not known here is an error of the test.
 */
import { CamerasAnswer, SetupAnswer, type TimeRange } from "@rokuga/media/api.ts";
import { ClipDescription } from "@rokuga/media/clip_api.ts";
import type { BrowserContext, Route } from "playwright-core";
import {
  FIRST,
  inside,
  livePlaylist,
  NOW,
  rangePlaylist,
  recorded,
  timelineAnswer,
} from "./visual_footage.ts";
import * as people from "./visual_people.ts";

/** `empty`: no camera is known yet. `down`: after the first answers the server cannot be reached any more. */
export type Situation = "usual" | "empty" | "down";

export type AnswerOptions = {
  situation: Situation;
  segments: readonly Uint8Array[];
  /** Gets what was asked for and is not known here. */
  onUnknown: (what: string) => void;
};

const MINUTE_MS = 60_000;
const tracks = { video: { codec: "avc1.64001f", width: 320, height: 180 }, audio: { codec: "mp4a.40.2" } };
const camera = (id: string, name: string, state: string) => ({
  ...{ id, name, siteId: "home", state, tracks, firstMs: FIRST, lastMs: recorded[id]!.lastMs },
  ...{ sinceMs: recorded[id]!.lastMs, backlog: null },
});

const camerasAnswer = CamerasAnswer.parse({
  nowMs: NOW,
  cameras: [
    camera("door", "Front door", "recording"),
    {
      ...camera("yard", "Yard behind the workshop", "recording"),
      backlog: { reportedMs: NOW - MINUTE_MS, segments: 90, bytes: 4e8, oldestMs: recorded.yard!.lastMs },
    },
    camera("garage", "駐車場", "waiting"),
    camera("gate", "Back gate", "offline"),
  ],
});

/** Answers every request of the API that the context's pages make. */
export async function answerAll(context: BrowserContext, options: AnswerOptions): Promise<void> {
  let asked = 0;
  await context.route(
    (url) => url.pathname.startsWith("/api/"),
    async (route) => {
      const { pathname } = new URL(route.request().url());
      if (options.situation === "down" && pathname === "/api/cameras") {
        asked += 1;
        if (asked === 2) return await route.abort("connectionrefused");
        // Asked once more it stays without an answer, so that the sentence on the page stays the same.
        if (asked > 2) return;
      }
      await answer(route, options);
    },
  );
}

async function answer(route: Route, { situation, segments, onUnknown }: AnswerOptions): Promise<void> {
  const url = new URL(route.request().url());
  const range = {
    startMs: Number(url.searchParams.get("from") ?? 0),
    endMs: Number(url.searchParams.get("to") ?? NOW),
  };
  const segment = /^\/api\/visual\/(\d)\.ts$/.exec(url.pathname)?.[1];
  if (segment !== undefined) {
    return await route.fulfill({ body: Buffer.from(segments[Number(segment)]!), contentType: "video/mp2t" });
  }
  const playlist = playlistAt(url.pathname, range);
  if (playlist !== undefined)
    return await route.fulfill({ body: playlist, contentType: "application/vnd.apple.mpegurl" });
  const json = jsonAt(url.pathname, { range, situation });
  if (json === undefined && !isLeftOut(url.pathname))
    onUnknown(`${route.request().method()} ${url.pathname}`);
  if (json !== undefined) return await route.fulfill({ json });
  const problem = {
    type: "about:blank",
    title: "Not found",
    status: 404,
    detail: "There is no footage there.",
  };
  await route.fulfill({ status: 404, json: problem, contentType: "application/problem+json" });
}

/** Asked for in passing; the pictures do without. */
const isLeftOut = (path: string) => /\/(iframes\.m3u8|snapshot\.jpg|playlist\.m3u8)$/.test(path);

function playlistAt(path: string, range: TimeRange): string | undefined {
  if (/^\/api\/cameras\/[a-z]+\/live\.m3u8$/.test(path)) return livePlaylist();
  if (/^\/api\/cameras\/[a-z]+\/playlist\.m3u8$/.test(path)) return rangePlaylist(range);
  return path === "/api/shared/aaaaaaaaaaaa/playlist.m3u8"
    ? rangePlaylist({ startMs: 0, endMs: NOW })
    : undefined;
}

function jsonAt(path: string, { range, situation }: { range: TimeRange; situation: Situation }): unknown {
  const [, cameraId = "", what] = /^\/api\/cameras\/([a-z]+)\/([a-z.]+)$/.exec(path) ?? [];
  switch (what ?? path) {
    case "/api/cameras":
      return situation === "empty" ? { nowMs: NOW, cameras: [] } : camerasAnswer;
    case "/api/setup":
      return SetupAnswer.parse({ url: "http://127.0.0.1:8790/#key" });
    case "timeline":
      return timelineAnswer(cameraId, range);
    case "clip.json":
      return clipAnswer(cameraId, range);
    case "shares":
      return people.sharesAnswer(cameraId);
    case "exports":
      return people.exportsAnswer(cameraId);
    case "locks":
      return people.locksAnswer(cameraId);
    case "/api/session":
      return people.sessionAnswer;
    case "/api/people":
      return people.peopleAnswer;
    case "/api/tokens":
      return people.tokensAnswer;
    case "/api/audit":
      return people.auditAnswer;
    case "/api/auth/passkey/list-user-passkeys":
      return people.passkeysAnswer;
    case "/api/join/check":
      return people.joinView;
    case "/api/shared/aaaaaaaaaaaa":
    case "/api/shared/aaaaaaaaaaaa/open":
      return people.sharedView;
    default:
      return undefined;
  }
}

function clipAnswer(cameraId: string, range: TimeRange): ClipDescription {
  const { coverage, gaps } = timelineAnswer(cameraId, range);
  const durationMs = coverage.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  return ClipDescription.parse({
    ...{ cameraId, nowMs: NOW, ...range, durationMs, bytes: 500 * durationMs + 1 },
    ...{ ranges: [], gaps: inside(gaps, range), objects: [] },
  });
}
