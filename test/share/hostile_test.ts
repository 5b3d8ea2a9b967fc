/** What whoever has a link might try to get more than was shared. Nothing of it may give a byte of anything else. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Problem } from "@rokuga/media/api.ts";
import type { NewShare } from "@rokuga/media/share_api.ts";
import { parsePieceName, pieceName } from "@rokuga/media/share_playlist.ts";
import { makeRun, type Run } from "../playback/footage.ts";
import { type Library, openLibrary } from "../playback/library.ts";
import { makeShare, partsOf, problemOf, raw, tryOpening, type Visitor, visit } from "./visitor.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 2 * 3_600_000;
/** One fragment of 2 s within the second segment of 4 s, and one of the third. */
const ASKED = { startMs: START + 6_500, endMs: START + 9_500 };

describe("hostile visitors of a share", { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let url: string;
  let door: Run;
  let yard: Run;
  let share: NewShare;
  let visitor: Visitor;

  before(async () => {
    library = stack.use(await openLibrary());
    url = library.url;
    const runs = [];
    for (const cameraId of ["door", "yard"]) {
      await library.register(cameraId);
      const made = await makeRun({ cameraId, startMs: START + (cameraId === "yard" ? 1 : 0), seconds: 16 });
      await library.store(made);
      runs.push(made);
    }
    [door, yard] = runs as [Run, Run];
    share = await makeShare(library, "door", ASKED);
    visitor = await visit(url, share);
  });
  after(() => stack.disposeAsync());

  const asOwner = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { authorization: `Bearer ${library.token}` } });

  test("pieces: only those that were shared, whatever their names say", async () => {
    const own = (await visitor.pieces()).map((address) => parsePieceName(address.slice("media/".length))!);
    assert.equal(own.length, 2);
    const [second, third] = own as [(typeof own)[0], (typeof own)[0]];
    assert.ok(second.offset > 0 && third.offset === 0, "the second half of one, the first half of the next");
    const named = (piece: Partial<typeof second>) => `media/${pieceName({ ...second, ...piece })}`;
    const elsewhere = door.segments[0]!.bytes.length;
    const hostile = [
      // Before and behind it, in the same objects.
      named({ offset: 0 }),
      named({ offset: 0, bytes: second.offset }),
      named({ offset: second.offset - 188, bytes: 188 }),
      named({ offset: second.offset - 1, bytes: second.bytes + 1 }),
      named({ offset: second.offset, bytes: second.bytes + 1 }),
      named({ offset: second.offset + second.bytes, bytes: 188 }),
      named({ ...third, bytes: third.bytes + 188 }),
      named({ ...third, offset: third.bytes, bytes: 188 }),
      // Other objects of the same camera, and of another one.
      named({ sequence: 0, offset: 0, bytes: elsewhere }),
      named({ sequence: 3, offset: 0, bytes: 188 }),
      named({ sequence: 99, offset: 0, bytes: 188 }),
      named({ runId: yard.runId }),
      named({ runId: yard.runId, sequence: 2, offset: 0, bytes: 188 }),
      // Not even names.
      ...["media/", "media/x", "media/..%2f..%2f..%2fetc%2fpasswd", `media/${named({})}`],
      ...[`media/${door.segments[1]!.key}`, `media/${encodeURIComponent(door.segments[1]!.key)}`],
      ...["media/%00", "media/-1", `${named({})}.ts`, `${named({})}%00`],
    ];
    for (const path of hostile) {
      const answer = await visitor.get(`/${path}`);
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
      assert.ok(!answer.headers.get("content-type")?.startsWith("video"), path);
    }
    const { detail } = await problemOf(await visitor.get(`/${named({ sequence: 0, offset: 0 })}`));
    assert.match(detail, /not part of what was shared/);
  });

  test("a Range header changes nothing, and HEAD tells nothing of what was not shared", async () => {
    const [address] = await visitor.pieces();
    const { bytes } = parsePieceName(address!.slice("media/".length))!;
    for (const range of ["bytes=0-", "bytes=-1", `bytes=${bytes}-${bytes + 5_000}`, "bytes=-99999999"]) {
      const answer = await visitor.get(`/${address}`, { headers: { range } });
      assert.deepEqual([answer.status, (await answer.arrayBuffer()).byteLength], [200, bytes], range);
    }
    const head = async (path: string) => (await visitor.get(path, { method: "HEAD" })).status;
    const other = `/media/${pieceName({ runId: door.runId, sequence: 0, offset: 0, bytes: 188 })}`;
    const missing = `/media/${pieceName({ runId: door.runId, sequence: 77, offset: 0, bytes: 188 })}`;
    assert.deepEqual([await head(`/${address}`), await head(other), await head(missing)], [200, 404, 404]);
  });

  test("the cookie of a visit opens nothing but its share", async () => {
    const { cookie } = visitor;
    const other = await makeShare(library, "yard", ASKED);
    const { id } = partsOf(other);
    const range = `from=${START}&to=${START + 16_000}`;
    const [piece] = await (await visit(url, other)).pieces();
    for (const path of [
      `/api/shared/${id}`,
      `/api/shared/${id}/playlist.m3u8`,
      `/api/shared/${id}/${piece}`,
    ]) {
      for (const sent of [
        cookie,
        cookie.replace(/rokuga_share_\w+/, `rokuga_share_${id}`),
        "",
        "rokuga_share_=",
      ])
        assert.equal((await raw(url, { path, cookie: sent })).status, 401, path);
    }
    // The playlists of the camera give addresses that open more: a visitor's cookie is no way to them.
    const playlist = await (await visitor.get("/playlist.m3u8")).text();
    assert.doesNotMatch(playlist, /api|sites|media\/home/);
    const { shareId } = share.share;
    for (const path of [
      `/api/shared/${shareId}/../../cameras/door/playlist.m3u8?${range}`,
      `/api/shared/${shareId}/..%2f..%2fcameras%2fdoor%2fplaylist.m3u8?${range}`,
      `/api/shared/${shareId}/media/../../${id}/playlist.m3u8`,
      `/api/shared/${shareId}%2f..%2f${id}/playlist.m3u8`,
      `/api/shared/%2e%2e/shared/${id}/playlist.m3u8`,
      `/api/shared/${shareId}/index.m3u8`,
      `/api/shared/${shareId}/iframes.m3u8`,
      `/api/shared/${shareId}/clip.json`,
      `/api/shared/${shareId}/snapshot.jpg?at=${START}`,
    ]) {
      const { status } = await raw(url, { path, cookie });
      // Whoever tidies such a path meets the routes of the camera, which ask for a person.
      if (path.includes("/../../cameras/")) assert.notEqual(status, 500);
      else assert.ok([400, 401, 404].includes(status), `${path}: ${status}`);
    }
  });

  test("its range is that of the share: a query does not widen it", async () => {
    const wide = `from=${START}&to=${START + 16_000}`;
    const plain = await (await visitor.get("/playlist.m3u8")).text();
    assert.equal(await (await visitor.get(`/playlist.m3u8?${wide}`)).text(), plain);
    const downloadable = await visit(url, await makeShare(library, "door", { ...ASKED, download: true }));
    const clip = async (query: string) =>
      (await (await downloadable.get(`/clip.mp4${query}`)).arrayBuffer()).byteLength;
    assert.equal(await clip(`?${wide}`), await clip(""));
  });

  test("links: a wrong secret and a share that is not there are told apart by nobody", async () => {
    const { id, secret } = partsOf(share);
    const tries: [string, string][] = [
      [id, `${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}`],
      [id, ""],
      [id, secret.toUpperCase()],
      ["nosuchshare1", secret],
      ["a%00", secret],
    ];
    const said = new Set<string>();
    for (const [at, guess] of tries) {
      const { status, detail, type } = await problemOf(await tryOpening(url, at, { secret: guess }));
      assert.equal(status, 404, at);
      said.add(`${type} ${detail}`);
    }
    assert.equal(said.size, 1);
    const bodies = ["", "{", "[]", "null", `{"secret":1}`, `{"secret":"x","more":1}`, "x".repeat(20_000)];
    for (const body of bodies) {
      const answer = await fetch(`${url}/api/shared/${id}/open`, { method: "POST", body });
      assert.ok([400, 413].includes(answer.status), `${body.slice(0, 20)}: ${answer.status}`);
    }
  });

  test("what cannot be shared is refused in a sentence", async () => {
    const good = { from: ASKED.startMs, to: ASKED.endMs, expires: Date.now() + 60_000 };
    const future = Date.now() + 3_600_000;
    const refused: [string, Record<string, unknown>, number, RegExp][] = [
      ["nobody", {}, 404, /no camera/],
      ["door", { to: ASKED.startMs }, 400, /must be later/],
      ["door", { from: ASKED.startMs - 26 * 3_600_000 }, 400, /too long/],
      ["door", { to: future }, 400, /future/],
      ["door", { from: START - 60_000, to: START - 50_000 }, 404, /no footage in this range/],
      ["door", { expires: Date.now() - 1 }, 400, /'expires' has passed/],
      ["door", { expires: Date.now() + 400 * 86_400_000 }, 400, /more than a year/],
      ["door", { expires: undefined }, 400, /expires/],
      ["door", { password: "short" }, 400, /password/],
      ["door", { download: true, from: START - 3_600_000 }, 400, /not downloaded/],
      ["door", { by: "me" }, 400, /by/],
    ];
    for (const [camera, wrong, status, sentence] of refused) {
      const body = JSON.stringify({ ...good, ...wrong });
      const answer = await asOwner(`/api/cameras/${camera}/shares`, { method: "POST", body });
      const { detail } = Problem.parse(await answer.json());
      assert.equal(answer.status, status, detail);
      assert.match(detail, sentence);
      assert.ok(!detail.includes("short"), "what was sent is not repeated");
    }
    const at = `/api/cameras/yard/shares/${share.share.shareId}`;
    assert.equal((await asOwner(at, { method: "DELETE" })).status, 404, "of another camera");
  });

  test("a clock that is corrected afterwards moves what is shared with it", async () => {
    const made = await makeShare(library, "yard", { startMs: START + 1, endMs: START + 2_000 });
    const before = await visit(url, made);
    const [piece] = await before.pieces();
    assert.equal((await before.get(`/${piece}`)).status, 200);
    const { runId } = yard;
    await library.append([
      {
        ...{ eventId: `yard/${runId}/ClockCorrected/1`, type: "ClockCorrected", version: 1 },
        ...{ occurredAtMs: START, data: { cameraId: "yard", runId, seenMs: START, byMs: 8_000 } },
      },
    ]);
    assert.equal((await before.get(`/${piece}`)).status, 404);
  });
});
