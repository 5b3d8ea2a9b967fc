/** What nobody should ask: every answer is a 4xx with a sentence, and nothing is written, started or noted. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { Problem } from "@rokuga/media/api.ts";
import { START } from "./checks.ts";
import { recordRun, storeRun } from "./recording.ts";
import { startTestWeb, type TestWeb } from "./web.ts";

const YEARS = 10 * 365 * 86_400_000;

let web: TestWeb;
before(async () => {
  web = await startTestWeb();
  await storeRun(await recordRun({ startMs: START, seconds: 4 }), { ...web, cameraId: "a", startMs: START });
});
after(() => web[Symbol.asyncDispose]());

/** Sent as it stands: fetch would tidy the path. */
function rawGet(path: string): Promise<{ status: number; type: string | undefined; body: string }> {
  const { hostname, port } = new URL(web.url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, path, timeout: 10_000 }, async (answer) => {
      let body = "";
      for await (const chunk of answer) body += chunk;
      resolve({ status: answer.statusCode ?? 0, type: answer.headers["content-type"], body });
    });
    sent.once("error", reject);
    sent.end();
  });
}

test("addresses", async () => {
  const ranges = [
    "",
    "?from=1",
    `?from=${START + 4_000}&to=${START}`,
    `?from=${START}&to=${START}`,
    `?from=${START - YEARS}&to=${START}`,
    `?from=${START}%00&to=${START + 1_000}`,
    "?from=0x10&to=1e300",
    "?from=-5&to=99999999999999999999",
    "?from=NaN&to=Infinity",
    `?from=${"9".repeat(5_000)}&to=1`,
    "?from[]=1&to[]=2",
    "?from=../../etc/passwd&to=%2e%2e",
  ];
  const cameras = ["a%00", "..%2f..%2fetc", "a'--", "%F0%9F%90%88", "A", "a".repeat(200), "nobody"];
  const range = `?from=${START}&to=${START + 1_000}`;
  const widths = ["0", "-1", "1", "99999", "1e3", "100%00", "100x100", "", "iw,crop=1:1", "100';drawtext"];
  const paths = [
    ...ranges.flatMap((query) => ["clip.mp4", "clip.json"].map((name) => `/api/cameras/a/${name}${query}`)),
    ...cameras.flatMap((id) =>
      ["clip.mp4", "clip.json", "exports"].map((name) => `/api/cameras/${id}/${name}${range}`),
    ),
    ...cameras.map((id) => `/api/cameras/${id}/snapshot.jpg?at=${START}`),
    ...["", "?at=", "?at=%00", "?at=yesterday", `?at=${START - YEARS}`].map(
      (q) => `/api/cameras/a/snapshot.jpg${q}`,
    ),
    ...widths.map((width) => `/api/cameras/a/snapshot.jpg?at=${START}&width=${encodeURIComponent(width)}`),
    ...["..%2f..%2fetc%2fpasswd", "%00", "nothing", "a".repeat(5_000)].flatMap((id) => [
      `/api/clips/${id}`,
      `/api/clips/${id}/clip.mp4`,
    ]),
    `/api/cameras/a/clip.mp4?from=${START}&to=${START + 11 * 60_000}`,
  ];
  for (const path of paths) {
    const { status, type, body } = await rawGet(path);
    assert.ok(status >= 400 && status < 500, `${path.slice(0, 200)}: ${status} ${body.slice(0, 200)}`);
    assert.equal(type, "application/problem+json", path.slice(0, 200));
    assert.ok(Problem.parse(JSON.parse(body)).detail.length > 20);
    assert.ok(body.length < 1_000, "no more than a sentence, whatever was sent");
  }
});

test("addresses that lead elsewhere", async () => {
  for (const path of ["/api/cameras/../clip.mp4", "/api/clips/../../clip.mp4", "/api/clips/%2e%2e/clip.mp4"])
    assert.equal((await rawGet(path)).status, 404, path);
});

test("bodies", async () => {
  const good = { cameraId: "a", from: START, to: START + 4_000 };
  const bodies: unknown[] = [
    "",
    "not json",
    "[]",
    "null",
    "\u0000",
    {},
    { ...good, cameraId: "../../etc" },
    { ...good, cameraId: "a\u0000" },
    { ...good, cameraId: 5 },
    { ...good, cameraId: { $ne: "" } },
    { ...good, from: START + 4_000, to: START },
    { ...good, from: START - YEARS },
    { ...good, from: "\u0000" },
    { ...good, from: null },
    { ...good, from: 1.5 },
    { ...good, from: -1 },
    { ...good, to: 1e300 },
    { ...good, path: "/etc/passwd" },
    { ...good, __proto__: { cameraId: "b" }, extra: 1 },
    "x".repeat(1_000_000),
    JSON.stringify(good).padEnd(40_000),
    { ...good, from: START + 60_000, to: START + 120_000 },
  ];
  for (const body of bodies) {
    const response = await web.post("/api/clips", body);
    const text = await response.text();
    const sent = JSON.stringify(body).slice(0, 100);
    assert.ok(response.status >= 400 && response.status < 500, `${sent}: ${response.status} ${text}`);
    assert.equal(response.headers.get("content-type"), "application/problem+json", sent);
    assert.ok(Problem.parse(JSON.parse(text)).detail.length > 20, sent);
  }
  for (const id of ["..", "nothing", "%00"]) assert.equal((await web.delete(`/api/clips/${id}`)).status, 404);
});

test("nothing came of it", async () => {
  const { rows } = await web.database.pool.query("SELECT count(*)::int AS count FROM exports");
  assert.equal(rows[0].count, 0);
  const made = await readdir(web.clipsDirectory, { recursive: true });
  assert.equal(made.length, 1, `only the process's own directory: ${made}`);
});
