/** Shares as those who share and those who got a link meet them: what is shown, counted, noted, and how it ends. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { ExportsAnswer } from "@rokuga/media/clip_api.ts";
import { SHARE_PROBLEMS, SharesAnswer } from "@rokuga/media/share_api.ts";
import { shownPictures } from "../clips/clip_file.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";
import { makeRun } from "../playback/footage.ts";
import { type Library, openLibrary } from "../playback/library.ts";
import { makeShare, partsOf, problemOf, tryOpening, visit } from "./visitor.ts";

const run = promisify(execFile);
const START = Math.floor(Date.now() / 1000) * 1000 - 2 * 3_600_000;
/** In the middle of fragments: keyframes are at even seconds. */
const ASKED = { startMs: START + 5_000, endMs: START + 11_000 };

describe("shares", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let url: string;

  before(async () => {
    library = stack.use(await openLibrary());
    url = library.url;
    await library.register("door");
    await library.store(await makeRun({ cameraId: "door", startMs: START, seconds: 20, audio: "aac" }));
  });
  after(() => stack.disposeAsync());

  const asOwner = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { authorization: `Bearer ${library.token}` } });

  const list = async () =>
    SharesAnswer.parse(await (await asOwner("/api/cameras/door/shares")).json()).shares;
  const events = async (type: string) =>
    (await library.database.pool.query("SELECT data FROM events WHERE type = $1 ORDER BY position", [type]))
      .rows;

  test("a link shows the range to the keyframe, and nothing before or after it", async () => {
    const share = await makeShare(library, "door", ASKED);
    const visitor = await visit(url, share);
    const { nowMs: _, ...view } = visitor.view;
    assert.deepEqual(view, {
      ...{ shareId: share.share.shareId, camera: "door", ...ASKED, gaps: [] },
      ...{ expiresMs: share.share.expiresMs, download: false },
    });
    await using directory = await tempDirectory("share");
    const path = join(directory.path, "all.ts");
    const pieces = await visitor.pieces();
    assert.equal(pieces.length, 4, "fragments of 2 s from 4 s to 12 s");
    const bytes = await Promise.all(
      pieces.map(async (piece) => new Uint8Array(await (await visitor.get(`/${piece}`)).arrayBuffer())),
    );
    await writeFile(path, Buffer.concat(bytes));
    const { frames } = await shownPictures(path, START + 4_000);
    const clock = frames.map(({ clockMs }) => clockMs!);
    assert.deepEqual([Math.min(...clock), Math.max(...clock)], [START + 4_000, START + 11_950]);
    assert.equal(clock.length, 160, "each of 20 pictures a second");
    assert.equal((await visitor.get("/clip.mp4")).status, 403);
  });

  test("FFmpeg plays it, with the cookie of the visit", async () => {
    const share = await makeShare(library, "door", ASKED);
    const { cookie } = await visit(url, share);
    const address = `${url}/api/shared/${share.share.shareId}/playlist.m3u8`;
    const { stdout } = await run(
      "ffprobe",
      [
        ...["-v", "error", "-headers", `Cookie: ${cookie}\r\n`, "-count_packets", "-select_streams", "v"],
        ...["-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", address],
      ],
      { timeout: 30_000 },
    );
    assert.equal(Number(stdout.trim().split("\n")[0]), 160);
  });

  test("who may download gets the range, cut to the moment, and it is noted by which link", async () => {
    const share = await makeShare(library, "door", { ...ASKED, download: true });
    const visitor = await visit(url, share);
    const head = await visitor.get("/clip.mp4", { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-type")], [200, "video/mp4"]);
    const answer = await visitor.get("/clip.mp4");
    assert.match(answer.headers.get("content-disposition")!, /^attachment; filename="door_/);
    await using directory = await tempDirectory("share");
    const path = join(directory.path, "clip.mp4");
    await writeFile(path, new Uint8Array(await answer.arrayBuffer()));
    const { frames } = await shownPictures(path, ASKED.startMs);
    const clock = frames.map(({ clockMs }) => clockMs!);
    assert.deepEqual([clock[0], clock.at(-1), clock.length], [ASKED.startMs, ASKED.endMs - 50, 120]);
    // Also what the file holds and does not show.
    await run("ffmpeg", ["-v", "error", "-ignore_editlist", "1", "-i", path, "-c", "copy", `${path}.ts`]);
    const all = (await shownPictures(`${path}.ts`, START + 4_000)).frames.map(({ clockMs }) => clockMs!);
    assert.ok(Math.min(...all) >= START + 4_000 && Math.max(...all) < ASKED.endMs, `${all[0]} ${all.at(-1)}`);
    const query = `from=${START}&to=${START + 60_000}`;
    const listed = ExportsAnswer.parse(await (await asOwner(`/api/cameras/door/exports?${query}`)).json());
    assert.deepEqual(
      listed.exports.map(({ shareId, startMs, endMs }) => ({ shareId, startMs, endMs })),
      [{ shareId: share.share.shareId, ...ASKED }],
    );
  });

  test("each visit is counted once, however much of it is looked at", async () => {
    const made = await makeShare(library, "door", ASKED);
    const { shareId } = made.share;
    const find = async () => (await list()).find((share) => share.shareId === shareId)!;
    assert.deepEqual([(await find()).opened, (await find()).openedMs], [0, null]);
    for (const visits of [1, 2]) {
      const visitor = await visit(url, made);
      for (const piece of await visitor.pieces()) await visitor.get(`/${piece}`);
      assert.equal((await visitor.get("")).status, 200, "looked at again");
      assert.equal((await find()).opened, visits);
    }
    const opened = (await events("ShareOpened")).filter(({ data }) => data.shareId === shareId);
    assert.equal(opened.length, 2);
    assert.deepEqual(Object.keys(opened[0].data).sort(), ["cameraId", "shareId", "visitId"]);
  });

  test("a password is asked for, tried ten times, and then not for a quarter of an hour, not even the right one", async () => {
    const made = await makeShare(library, "door", { ...ASKED, password: "open sesame" });
    const { id, secret } = partsOf(made);
    assert.equal(made.share.password, true);
    const needed = await problemOf(await tryOpening(url, id, { secret }));
    assert.deepEqual([needed.status, needed.type], [401, SHARE_PROBLEMS.passwordNeeded]);
    await visit(url, made, "open sesame");
    // The right one among them: those before it do not count any more.
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => tryOpening(url, id, { secret, password: `guess number ${n}` })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(10).fill(403), ...Array(10).fill(429)]);
    const locked = await problemOf(await tryOpening(url, id, { secret, password: "open sesame" }));
    assert.deepEqual([locked.status, locked.type], [429, SHARE_PROBLEMS.tooOften]);
    const seconds = Number(locked.retryAfter);
    assert.ok(seconds > 840 && seconds <= 900, `${seconds} s of a quarter of an hour`);
    const opened = (await events("ShareOpened")).filter(({ data }) => data.shareId === id);
    assert.equal(opened.length, 1);
  });

  test("a link ends when it is revoked or has expired, also for who is watching, and says so", async () => {
    const revoked = await makeShare(library, "door", ASKED);
    const expiring = await makeShare(library, "door", { ...ASKED, expiresMs: Date.now() + 3_000 });
    const visitors = [await visit(url, revoked), await visit(url, expiring)];
    const pieces = await visitors[0]!.pieces();
    const remove = () => asOwner(`/api/cameras/door/shares/${revoked.share.shareId}`, { method: "DELETE" });
    assert.equal((await remove()).status, 204);
    assert.equal((await remove()).status, 204, "again");
    assert.equal((await events("ShareRevoked")).length, 1);
    await waitFor(async () => (await visitors[1]!.get("")).status !== 200, {
      what: "the share to expire",
      timeoutMs: 10_000,
    });
    const found = await list();
    const ends = [
      [revoked, "revoked", SHARE_PROBLEMS.revoked, /was revoked at/],
      [expiring, "expired", SHARE_PROBLEMS.expired, /expired at/],
    ] as const;
    for (const [at, [share, state, type, sentence]] of ends.entries()) {
      const { id, secret } = partsOf(share);
      const problem = await problemOf(await tryOpening(url, id, { secret }));
      assert.deepEqual([problem.status, problem.type], [410, type]);
      assert.match(problem.detail, sentence);
      for (const path of ["", "/playlist.m3u8", `/${pieces[0]}`, "/clip.mp4"]) {
        // The browser has let the cookie of what expired go; whoever kept it gets no further.
        const { status } = await visitors[at]!.get(path);
        assert.ok(status === 410 || (at === 1 && status === 401), `${state} ${path}: ${status}`);
      }
      assert.equal(found.find(({ shareId }) => shareId === id)!.state, state);
    }
  });

  test("neither the log nor what is logged holds a secret or a password", async () => {
    const password = "Swordfish-4711";
    const made = await makeShare(library, "door", { ...ASKED, password });
    const { id, secret } = partsOf(made);
    await tryOpening(url, id, { secret, password: `${password}x` });
    await visit(url, made, password);
    const { rows } = await library.database.pool.query(
      "SELECT (SELECT string_agg(data::text, ' ') FROM events) || (SELECT string_agg(s::text, ' ') FROM shares s) || (SELECT string_agg(s::text, ' ') FROM share_secrets s) AS all",
    );
    const { readFile } = await import("node:fs/promises");
    for (const text of [rows[0].all, await readFile(library.webLog, "utf8")]) {
      assert.ok(!text.includes(secret) && !text.includes(password));
    }
  });
});
