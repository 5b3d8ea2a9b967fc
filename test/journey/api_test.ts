/**
 * The API as clients meet it: what it answers, how it refuses, and that live waits for what is not there yet.
 * Long, because its tests share what takes seconds to start.
 */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { CamerasAnswer, Problem, TimelineAnswer } from "@rokuga/media/api.ts";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import HLS from "hls-parser";
import { type Rokuga, startRokuga } from "../fixtures/rokuga.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { askPeople } from "./ask_people.ts";

const CAMERAS = "cameras:\n  - { id: test, name: Test, input: synthetic, segment_seconds: 2 }\n";

describe("the API", { timeout: 200_000 }, () => {
  let rokuga: Rokuga;
  let covered: { startMs: number; endMs: number };

  before(async () => {
    rokuga = await startRokuga({ cameras: CAMERAS });
    covered = await waitFor(
      async () => {
        const nowMs = Date.now();
        const answer = await rokuga.fetch(`/api/cameras/test/timeline?from=${nowMs - 600_000}&to=${nowMs}`);
        const { coverage } = TimelineAnswer.parse(await answer.json());
        return coverage[0] && coverage[0].endMs - coverage[0].startMs > 5_000 && coverage[0];
      },
      { what: "footage", timeoutMs: 60_000 },
    );
  });
  after(() => rokuga[Symbol.asyncDispose]());

  const get = (path: string, init?: RequestInit) => rokuga.fetch(path, init);
  const playlist = async () =>
    (await get(`/api/cameras/test/playlist.m3u8?from=${covered.startMs}&to=${covered.endMs}`)).text();
  /** The path of the first object that a playlist names, with its grant. */
  const mediaPath = async () =>
    `/api/cameras/test/${(await playlist()).split("\n").find((line) => line.startsWith("media/"))}`;

  test("cameras and timeline are of the agreed shape; times may be ISO 8601", async () => {
    const { cameras } = CamerasAnswer.parse(await (await get("/api/cameras")).json());
    assert.deepEqual(
      cameras.map(({ id, name, state }) => [id, name, state]),
      [["test", "Test", "recording"]],
    );
    const iso = (moment: number) => encodeURIComponent(new Date(moment).toISOString());
    const answer = await get(
      `/api/cameras/test/timeline?from=${iso(covered.startMs)}&to=${iso(covered.endMs)}&resolution=100`,
    );
    const { coverage, gaps } = TimelineAnswer.parse(await answer.json());
    assert.deepEqual([coverage, gaps], [[covered], []]);
    assert.deepEqual(await (await get("/api/health")).json(), { ok: true });
  });

  test("what cannot be answered is a problem with a sentence", async () => {
    const refused: [string, number, RegExp][] = [
      ["/api/cameras/nobody/live.m3u8", 404, /no camera 'nobody'/],
      ["/api/cameras/..%2f..%2fetc/timeline?from=1&to=2", 404, /There is nothing at/],
      ["/api/cameras/test/timeline?from=yesterday&to=2", 400, /'from' is 'yesterday'/],
      ["/api/cameras/test/timeline?to=2", 400, /'from' is missing/],
      ["/api/cameras/test/timeline?from=5&to=5", 400, /must be later/],
      ["/api/cameras/test/timeline?from=0&to=1&resolution=-1", 400, /'resolution'/],
      ["/api/cameras/test/playlist.m3u8?from=0&to=315360000000", 400, /too long/],
      [
        "/api/cameras/test/playlist.m3u8?from=1000&to=2000",
        404,
        /no footage in this range. The nearest is from/,
      ],
      ["/api/cameras/test/live.m3u8?_HLS_msn=abc", 400, /_HLS_msn/],
      ["/api/cameras/test/live.m3u8?_HLS_msn=99999999999999", 400, /Load it without/],
    ];
    for (const [path, status, sentence] of refused) {
      const answer = await get(path);
      assert.equal(answer.status, status, path);
      assert.equal(answer.headers.get("content-type"), "application/problem+json", path);
      assert.match(Problem.parse(await answer.json()).detail, sentence);
    }
    const { nearest } = Problem.parse(
      await (await get("/api/cameras/test/playlist.m3u8?from=1000&to=2000")).json(),
    );
    assert.equal(nearest?.startMs, covered.startMs);
  });

  test("media: whole, in ranges with their length, over one connection, and HEAD", async () => {
    const path = await mediaPath();
    const whole = await get(path);
    const bytes = new Uint8Array(await whole.arrayBuffer());
    assert.deepEqual(
      [whole.status, whole.headers.get("content-type"), Number(whole.headers.get("content-length"))],
      [200, "video/mp2t", bytes.length],
    );
    assert.equal(bytes[0], 0x47);
    const part = await get(path, { headers: { range: "bytes=188-375" } });
    assert.deepEqual(
      [part.status, part.headers.get("content-range"), part.headers.get("content-length")],
      [206, `bytes 188-375/${bytes.length}`, "188"],
    );
    assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.subarray(188, 376));
    const head = await get(path, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length")], [200, String(bytes.length)]);
    assert.equal((await get(path, { headers: { range: `bytes=${bytes.length}-` } })).status, 416);
    assert.equal((await get(path, { method: "POST" })).status, 405);
  });

  test("media: only what was signed, and nothing but segments", async () => {
    const path = await mediaPath();
    const folder = path.slice(0, path.lastIndexOf("/"));
    const hostile = [
      `${path}A`,
      path.replace(/media\/home\/(.)/, (_, first) => `media/home/${first}z`),
      path.replace("/cameras/test/", "/cameras/other/"),
      path.replace("/media/home/", "/media/other/"),
      // Another hour.
      path.replace(/\/(\d{13})-/, (_, startMs) => `/${Number(startMs) + 3_600_000}-`),
      // Of the same hour, and not there.
      path.replace(/-(\d+)\.ts$/, "-99999.ts"),
      `${folder}/../../../../../etc/passwd`,
      `${folder}/..%2f..%2f..%2fetc%2fpasswd`,
      `${folder}%00`,
      `${folder}//etc/passwd`,
      `${folder}/`,
      "/api/cameras/test/media/../../../etc/passwd",
      "/api/cameras/..%2f..%2fetc/media/home/x/passwd",
      "/api/media/sites/home",
    ];
    // Sent as they stand: fetch would tidy the path.
    for (const attempt of hostile) {
      const status = await rawStatus(new URL(rokuga.url), attempt);
      assert.ok([400, 403, 404].includes(status), `${attempt}: ${status}`);
    }
  });

  test("playlists come compressed to whoever takes that, to nobody's cache, and HEAD says as much", async () => {
    const path = `/api/cameras/test/playlist.m3u8?from=${covered.startMs}&to=${covered.endMs + 600_000}`;
    await waitFor(async () => (await (await get(path)).text()).length >= 1_000, {
      what: "a playlist that is worth it",
      timeoutMs: 20_000,
    });
    for (const [accept, encoding] of [
      ["br", "br"],
      ["gzip", "gzip"],
      ["identity", null],
    ] as const) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await get(path, { method, headers: { "accept-encoding": accept } });
        assert.deepEqual(
          ["content-type", "content-encoding", "cache-control"].map((name) => answer.headers.get(name)),
          ["application/vnd.apple.mpegurl", encoding, "no-store"],
        );
        assert.match(await answer.text(), method === "GET" ? /^#EXTM3U\n/ : /^$/);
      }
    }
  });

  test("an open range leads to a growing playlist", async () => {
    const opened = HLS.parse(
      await (await get(`/api/cameras/test/playlist.m3u8?from=${covered.startMs}`)).text(),
    );
    assert.ok(opened.isMasterPlaylist);
    const load = async () => (await get(`/api/cameras/test/${opened.variants[0]!.uri}`)).text();
    const before = await load();
    const parsed = HLS.parse(before);
    assert.ok(!parsed.isMasterPlaylist && parsed.playlistType === "EVENT" && !parsed.endlist);
    const after = await waitFor(
      async () => {
        const text = await load();
        return text.length > before.length && text;
      },
      { what: "the playlist to grow" },
    );
    assert.ok(after.startsWith(before), "only added to");
  });

  test("live waits for the fragment that is asked for, and numbers stay the same from reload to reload", async () => {
    const load = async (query = "") => {
      const startedMs = performance.now();
      const answer = await get(`/api/cameras/test/live.m3u8${query}`);
      const parsed = HLS.parse(await answer.text());
      assert.ok(!parsed.isMasterPlaylist);
      const first = parsed.mediaSequenceBase ?? 0;
      return { parsed, first, next: first + parsed.segments.length, tookMs: performance.now() - startedMs };
    };
    let before = await load();
    const numbers = new Map(
      before.parsed.segments.map((fragment, index) => [
        before.first + index,
        `${fragment.uri} ${fragment.byterange?.offset}`,
      ]),
    );
    for (let reload = 0; reload < 3; reload++) {
      const after = await load(`?_HLS_msn=${before.next}`);
      assert.ok(after.next > before.next, "the answer has what was waited for");
      for (const [index, fragment] of after.parsed.segments.entries()) {
        const place = `${fragment.uri} ${fragment.byterange?.offset}`;
        assert.equal(numbers.get(after.first + index) ?? place, place);
        numbers.set(after.first + index, place);
      }
      before = after;
    }
  });

  test("every route that is described answers as it says", async () => {
    const answer = await get("/api/openapi.json");
    const description = (await answer.json()) as Description;
    const { valid, errors } = await new Validator().validate({ ...structuredClone(description) });
    assert.ok(valid, JSON.stringify(errors));
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema({ ...description, $id: "api" });
    const within = { from: String(covered.startMs), to: String(covered.endMs), at: String(covered.startMs) };
    const values: Record<string, string> = { ...within, resolution: "100", zone: "Asia/Tokyo", width: "160" };
    const check = async (path: string, method: string, given: Response) => {
      const what = `${method} ${path}: ${given.status}`;
      const content = description.paths[path]![method]!.responses[given.status]?.content;
      const type = given.headers.get("content-type")?.split(";")[0] ?? "none";
      assert.ok(content === undefined ? given.status === 204 : type in content, `${what} ${type}`);
      if (!type.endsWith("json")) return void (await given.arrayBuffer());
      const body = await given.json();
      const validate = ajv.getSchema(`api${content![type]!.schema!.$ref}`)!;
      assert.ok(validate(body), `${what}: ${ajv.errorsText(validate.errors)}`);
      return body as Record<string, unknown>;
    };
    const ask = (path: string, query: Record<string, string>, init?: RequestInit) =>
      get(`${path}?${new URLSearchParams(query)}`, init);

    const post = (path: string, body: unknown) =>
      get(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const whole = { cameraId: "test", from: covered.startMs, to: covered.endMs };
    const posted = await post("/api/clips", whole);
    assert.equal(posted.status, 202);
    const { id: clip } = (await check("/api/clips", "post", posted)) as { id: string };
    await waitFor(
      async () => ((await (await get(`/api/clips/${clip}`)).json()) as { state: string }).state === "ready",
      { what: "the clip", timeoutMs: 30_000 },
    );
    const asked: string[] = ["post /api/clips"];
    const locks = "/api/cameras/{id}/locks";
    const locked = await post("/api/cameras/test/locks", {
      from: within.from,
      to: within.to,
      reason: "a test",
    });
    const { lockId } = (await check(locks, "post", locked)) as { lockId: string };
    await check(locks, "post", await post("/api/cameras/test/locks", within));
    asked.push(`post ${locks}`);
    const shares = "/api/cameras/{id}/shares";
    const expires = Date.now() + 600_000;
    const made = await post("/api/cameras/test/shares", {
      ...{ from: within.from, to: within.to, expires, download: true },
    });
    const { link, share } = (await check(shares, "post", made)) as {
      link: string;
      share: { shareId: string };
    };
    await check(shares, "post", await post("/api/cameras/test/shares", within));
    asked.push(`post ${shares}`);
    const { shareId } = share;
    const shared = "/api/shared/{id}";
    const opened = await post(`/api/shared/${shareId}/open`, { secret: link.split("#")[1] });
    const cookie = opened.headers.get("set-cookie")!.split(";")[0]!;
    await check(`${shared}/open`, "post", opened);
    await check(`${shared}/open`, "post", await post(`/api/shared/${shareId}/open`, { secret: "x" }));
    asked.push(`post ${shared}/open`);
    const listed = await get(`/api/shared/${shareId}/playlist.m3u8`, { headers: { cookie } });
    const piece = /^media\/(.+)$/m.exec(await listed.text())![1]!;

    for (const [path, methods] of Object.entries(description.paths)) {
      if (!methods.get) continue;
      const ids = { "/api/clips/": clip, "/api/shared/": shareId };
      const id = Object.entries(ids).find(([start]) => path.startsWith(start))?.[1] ?? "test";
      const query = Object.fromEntries(
        methods.get.parameters.flatMap(({ name }) => (name in values ? [[name, values[name]!]] : [])),
      );
      const address = path.replace("{id}", id).replace("{piece}", piece);
      const good = await ask(address, query, { headers: { cookie } });
      assert.equal(good.status, 200, `${path}: ${good.status}`);
      await check(path, "get", good);
      asked.push(`get ${path}`);
      // Refusals are described as well: of what is not there, and of what cannot be understood.
      if (path.includes("{id}"))
        await check(path, "get", await ask(path.replace("{id}", "no-such-thing"), query));
      if ("from" in query)
        await check(path, "get", await ask(path.replace("{id}", id), { ...query, from: "x" }));
    }
    await check("/api/clips/{id}", "delete", await get(`/api/clips/${clip}`, { method: "DELETE" }));
    asked.push("delete /api/clips/{id}");
    for (const id of [shareId, "no-such-share"]) {
      const removed = await get(`/api/cameras/test/shares/${id}`, { method: "DELETE" });
      await check(`${shares}/{shareId}`, "delete", removed);
    }
    asked.push(`delete ${shares}/{shareId}`);
    for (const id of [lockId, "no-such-lock"]) {
      const removed = await get(`/api/cameras/test/locks/${id}`, { method: "DELETE" });
      await check(`${locks}/{lockId}`, "delete", removed);
    }
    asked.push(`delete ${locks}/{lockId}`);
    asked.push(...(await askPeople({ url: rokuga.url, get, check })));
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    assert.deepEqual(asked.sort(), described.sort());
  });

  test("nothing was logged as an error", async () => {
    assert.doesNotMatch(await rokuga.log("web"), /"level":"error"/);
  });
});

type Description = {
  paths: Record<string, Record<string, Operation>>;
};
type Operation = {
  parameters: { name: string }[];
  responses: Record<number, { content?: Record<string, { schema?: { $ref: string } }> } | undefined>;
};

function rawStatus(base: URL, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: base.hostname, port: base.port, path, timeout: 5_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once("error", reject);
    sent.end();
  });
}
