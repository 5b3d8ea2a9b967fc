/** What nobody should ask of playlists and timelines: every answer is a 4xx with a sentence, and memory stays bounded. */
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { after, before, describe, test } from "node:test";
import { Problem } from "@rokuga/media/api.ts";
import { memoryMegabytes } from "../bench/processes.ts";
import { makeRun } from "./footage.ts";
import { type Library, openLibrary } from "./library.ts";

const START = Date.UTC(2026, 2, 1, 12);
const YEAR_MS = 365 * 86_400_000;
const SECONDS = 20;
/** Requests that are on their way at the same time; the test's own descriptors are the limit. */
const AT_ONCE = 500;
const REQUESTS = 10_000;
/** What they may leave behind, MB. */
const MOST_GROWTH_MB = 150;

type Answer = { status: number; type: string | undefined; body: string };

describe("hostile requests for playlists", { timeout: 150_000 }, () => {
  let library: Library;
  let agent: Agent;

  before(async () => {
    library = await openLibrary();
    agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    await library.register("a");
    await library.store(await makeRun({ cameraId: "a", startMs: START, seconds: SECONDS, audio: "none" }));
  });
  after(async () => {
    agent.destroy();
    await library[Symbol.asyncDispose]();
  });

  /** Sent as it stands: fetch would tidy the path. */
  function rawGet(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const { hostname, port } = new URL(library.url);
    const authorization = { authorization: `Bearer ${library.token}` };
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: hostname, port, path, headers: { ...authorization, ...headers }, agent, timeout: 60_000 },
        async (answer) => {
          let body = "";
          for await (const chunk of answer) body += chunk;
          resolve({ status: answer.statusCode ?? 0, type: answer.headers["content-type"], body });
        },
      );
      sent.once("timeout", () => sent.destroy(new Error(`no answer to ${path.slice(0, 80)}`)));
      sent.once("error", reject);
      sent.end();
    });
  }

  const range = `from=${START}&to=${START + SECONDS * 1_000}`;

  test("ranges and cameras that cannot be", async () => {
    const ranges = [
      "",
      "from=",
      "from=yesterday",
      `from=${START + 1}&to=${START}`,
      `from=${START}&to=${START}`,
      `from=${START - 10 * YEAR_MS}&to=${START}`,
      `from=${START}%00&to=${START + 1_000}`,
      "from=0x10&to=1e300",
      "from=-5&to=99999999999999999999",
      "from=NaN&to=Infinity",
      `from=${"9".repeat(5_000)}&to=1`,
      "from[]=1&to[]=2",
      "from=../../etc/passwd&to=%2e%2e",
      `from=${START}&to=%F0%9F%90%88`,
    ];
    const cameras = ["a%00", "..%2f..%2fetc", "a'--", "%F0%9F%90%88", "A", "a".repeat(200), "nobody"];
    const routes = ["playlist.m3u8", "index.m3u8", "iframes.m3u8", "timeline", "completeness"];
    const paths = [
      ...routes.flatMap((name) => ranges.map((query) => `/api/cameras/a/${name}?${query}`)),
      ...routes.flatMap((name) => cameras.map((id) => `/api/cameras/${id}/${name}?${range}`)),
      ...cameras.map((id) => `/api/cameras/${id}/live.m3u8`),
      ...["-1", "x", "1e9", "9".repeat(30)].map((n) => `/api/cameras/a/live.m3u8?_HLS_msn=${n}`),
      ...["0", "x", "%00", "-1-2", "9".repeat(100)].map(
        (pin) => `/api/cameras/a/playlist.m3u8?from=${START}&pin=${pin}`,
      ),
    ];
    for (const path of paths) {
      // Ten years are a fair question to the completeness of days, and are refused as too many at once.
      const { status, type, body } = await rawGet(path);
      assert.ok(status >= 400 && status < 500, `${path.slice(0, 120)}: ${status}`);
      assert.equal(type, "application/problem+json", path.slice(0, 120));
      assert.ok(Problem.parse(JSON.parse(body)).detail.length < 500);
    }
  });

  test("paths that lead out, and headers that are too large", async () => {
    for (const path of [
      "/api/cameras/a/media/../../../../etc/passwd",
      "/api/cameras/a/media/home/x/..%2f..%2f..%2fetc%2fpasswd",
      "/api/cameras/a/media/home//etc/passwd",
      "/api/cameras/a/media/%00/x/1.ts",
      "/api/../../etc/passwd",
      // Every URL parser takes these for steps upwards, before a route sees them.
      `/api/cameras/%2e%2e/playlist.m3u8?${range}`,
    ]) {
      const { status } = await rawGet(path);
      assert.ok([400, 403, 404].includes(status), `${path}: ${status}`);
    }
    assert.equal((await rawGet("/api/cameras", { "x-large": "x".repeat(20_000) })).status, 431);
  });

  test("ten thousand requests at once are answered, and leave nothing behind", async () => {
    const paths = [
      `/api/cameras/a/playlist.m3u8?${range}`,
      `/api/cameras/a/timeline?${range}`,
      `/api/cameras/a/playlist.m3u8?from=x`,
      `/api/cameras/nobody/index.m3u8?${range}`,
    ];
    const ask = async (count: number) => {
      const statuses = new Map<number, number>();
      const answers = Array.from({ length: count }, async (_, index) => {
        const { status } = await rawGet(paths[index % paths.length]!);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      });
      await Promise.all(answers);
      return Object.fromEntries(statuses);
    };
    // V8 takes what it is given; what counts is that more of the same does not take more.
    await ask(REQUESTS / 2);
    const before = memoryMegabytes(library.pid()!);
    const answered = await ask(REQUESTS);
    const growth = memoryMegabytes(library.pid()!) - before;
    assert.deepEqual(answered, { 200: REQUESTS / 2, 400: REQUESTS / 4, 404: REQUESTS / 4 });
    assert.ok(growth < MOST_GROWTH_MB, `${Math.round(growth)} MB more`);
    assert.equal((await rawGet("/api/health")).status, 200);
  });
});
