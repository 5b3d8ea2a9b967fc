/**
 * What every store must do, run on each of them: a directory, and a real S3 endpoint (Swift). What only one of
 * them has is below. Long, but one list: every case runs on every store by the same loop.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createServer as createHttpServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { openStorage } from "@rokuga/storage/open.ts";
import { NotFoundError, PACE_BYTES, type Storage, StorageUnreachableError } from "@rokuga/storage/storage.ts";
import { freePort } from "../fixtures/free_port.ts";
import { type SwiftServer, startSwift } from "../fixtures/swift.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";

const contentType = "video/mp2t";
const sha256 = (body: Uint8Array) => createHash("sha256").update(body).digest("hex");
const bytesOf = (text: string) => new TextEncoder().encode(text);
const put = (storage: Storage, key: string, body: Uint8Array) =>
  storage.put(key, body, { contentType, sha256: sha256(body) });
const readAll = async (stream: ReadableStream<Uint8Array>) =>
  Buffer.from(await new Response(stream).arrayBuffer());

async function keysOf(storage: Storage, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys;
}

type Place = AsyncDisposable & {
  url: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** How many objects to list. A page is of 1,000; putting that many takes Swift 20 s. */
  many: number;
  /** How often to put and delete at the same time. */
  rounds: number;
};

const places: Record<string, () => Promise<Place>> = {
  async "file:"() {
    const directory = await tempDirectory("store");
    return {
      url: `file://${directory.path}`,
      many: 1_050,
      rounds: 100,
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  },
  async "s3: on Swift"() {
    return inSwift(await startSwift(), {}, 1_050);
  },
  async "s3: on Swift, with a prefix and all checksums"() {
    return inSwift(await startSwift(), { prefix: "shared/rokuga", checksum: "supported" }, 50);
  },
};

function inSwift(swift: SwiftServer, parameters: Record<string, string>, many: number): Place {
  const { credentials } = swift;
  return {
    url: swift.storageUrl(parameters),
    credentials,
    many,
    rounds: 5,
    [Symbol.asyncDispose]: () => swift[Symbol.asyncDispose](),
  };
}

for (const [name, open] of Object.entries(places)) {
  describe(`a store in ${name}`, () => {
    let place: Place;
    let storage: Storage;
    before(async () => {
      place = await open();
      storage = openStorage(place.url, place.credentials);
    });
    after(async () => {
      await storage?.[Symbol.asyncDispose]();
      await place?.[Symbol.asyncDispose]();
    });

    it("gives back what was put, whole and in ranges", async () => {
      const body = randomBytes(100_000);
      await put(storage, "range/a.ts", body);
      assert.deepEqual(await readAll(await storage.get("range/a.ts")), body);
      for (const [start, end] of [
        [0, 1],
        [0, 100_000],
        [188, 376],
        [99_999, 100_000],
        [99_000, 200_000],
      ] as const) {
        const read = await readAll(await storage.get("range/a.ts", { range: { start, end } }));
        assert.deepEqual(read, body.subarray(start, end), `[${start}, ${end})`);
      }
      await assert.rejects(
        storage.get("range/a.ts", { range: { start: 100_000, end: 100_001 } }),
        RangeError,
      );
      for (const range of [
        { start: 5, end: 5 },
        { start: -1, end: 5 },
        { start: 0.5, end: 5 },
      ]) {
        await assert.rejects(storage.get("range/a.ts", { range }), /a range has 0 <= start < end/);
      }
    });

    it("knows an object's size, and nothing of one that is not there", async () => {
      await put(storage, "head/a.ts", bytesOf("abc"));
      assert.deepEqual(await storage.head("head/a.ts"), { key: "head/a.ts", bytes: 3 });
      for (const key of ["head/b.ts", "head", "nowhere/at/all.ts"]) {
        assert.equal(await storage.head(key), undefined, key);
        await assert.rejects(storage.get(key), NotFoundError, key);
      }
    });

    it("takes the same object again, and another in its place", async () => {
      await put(storage, "again.ts", bytesOf("one"));
      await put(storage, "again.ts", bytesOf("one"));
      assert.equal((await readAll(await storage.get("again.ts"))).toString(), "one");
      await put(storage, "again.ts", bytesOf("another"));
      assert.equal((await readAll(await storage.get("again.ts"))).toString(), "another");
      assert.deepEqual(await keysOf(storage, "again"), ["again.ts"]);
    });

    it("holds an empty object, and one of 20 MB", async () => {
      await put(storage, "size/empty", new Uint8Array());
      assert.deepEqual(await storage.head("size/empty"), { key: "size/empty", bytes: 0 });
      assert.equal((await readAll(await storage.get("size/empty"))).length, 0);
      const body = randomBytes(20_000_000);
      await put(storage, "size/big.ts", body);
      assert.equal(sha256(await readAll(await storage.get("size/big.ts"))), sha256(body));
      const range = { start: 19_000_000, end: 19_000_188 };
      const read = await readAll(await storage.get("size/big.ts", { range }));
      assert.deepEqual(read, body.subarray(range.start, range.end));
    });

    it("refuses a body that is not what it is said to be, and stores nothing of it", async () => {
      const wrong = { contentType, sha256: sha256(bytesOf("something else")) };
      await assert.rejects(
        storage.put("wrong.ts", bytesOf("abc"), wrong),
        /"wrong\.ts".*not [0-9a-f]{64} as stated/,
      );
      assert.equal(await storage.head("wrong.ts"), undefined);
    });

    it("sends a paced body piece by piece, each after its turn, and stores all of it", async () => {
      for (const size of [0, 1, 65_536, 65_537, 1_000_000]) {
        const body = randomBytes(size);
        const asked: number[] = [];
        let turns = 0;
        const pace = async (bytes: number) => {
          asked.push(bytes);
          await new Promise((resolve) => setImmediate(resolve));
          assert.equal(++turns, asked.length, "one piece at a time");
        };
        await storage.put("paced.ts", body, { contentType, sha256: sha256(body), pace });
        assert.deepEqual(await readAll(await storage.get("paced.ts")), body);
        assert.equal(
          asked.reduce((sum, bytes) => sum + bytes, 0),
          size,
        );
        assert.ok(asked.every((bytes) => bytes > 0 && bytes <= PACE_BYTES));
      }
    });

    it("stores nothing of a paced body whose turn does not come", async () => {
      const body = randomBytes(500_000);
      const reason = new Error("enough");
      for (const turns of [0, 3]) {
        const key = `turns/${turns}.ts`;
        let left = turns;
        const refused = storage.put(key, body, {
          contentType,
          sha256: sha256(body),
          pace: async () => {
            if (left-- === 0) throw new Error("no turn");
          },
        });
        await assert.rejects(refused, /no turn/);
        const stop = new AbortController();
        left = turns;
        const stopped = storage.put(key, body, {
          contentType,
          sha256: sha256(body),
          signal: stop.signal,
          pace: async () => {
            if (left-- > 0) return;
            stop.abort(reason);
            await new Promise(() => {});
          },
        });
        await assert.rejects(stopped, reason);
        assert.equal(await storage.head(key), undefined);
      }
    });

    it("lists over pages, in key order, by prefix", async () => {
      const names = Array.from(
        { length: place.many },
        (_, index) => `list/cam/${String(index * 7919).padStart(8, "0")}.ts`,
      );
      const odd = [
        "list/cam-2/a.ts",
        "list/cam.txt",
        "list/cam/00000000.ts.d/x.ts",
        "list/camera/a.ts",
        "list/a~b_C-0.x",
      ];
      const all = [...names, ...odd];
      for (let from = 0; from < all.length; from += 20) {
        await Promise.all(all.slice(from, from + 20).map((key) => put(storage, key, bytesOf(key))));
      }
      const inOrder = all.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
      assert.deepEqual(await keysOf(storage, "list/"), inOrder);
      assert.deepEqual(
        await keysOf(storage, "list/cam"),
        inOrder.filter((key) => key.startsWith("list/cam")),
      );
      assert.deepEqual(
        await keysOf(storage, "list/cam/00"),
        inOrder.filter((key) => key.startsWith("list/cam/00")),
      );
      assert.deepEqual(await keysOf(storage, "list/cam-2/a.ts"), ["list/cam-2/a.ts"]);
      assert.deepEqual(await keysOf(storage, "list/nothing/"), []);
      assert.deepEqual(await keysOf(storage, "list/cam.txt/"), []);
      for await (const { key, bytes } of storage.list("list/a")) assert.equal(bytes, key.length);

      await storage.delete(all);
      assert.deepEqual(await keysOf(storage, "list/"), []);
    });

    it("deletes what is there, and does not mind what is not", async () => {
      await put(storage, "delete/here.ts", bytesOf("x"));
      await put(storage, "delete/stays.ts", bytesOf("y"));
      await storage.delete(["delete/here.ts", "delete/absent.ts", "never/was/here.ts"]);
      await storage.delete([]);
      assert.deepEqual(await keysOf(storage, "delete/"), ["delete/stays.ts"]);
      await put(storage, "delete/here.ts", bytesOf("back"));
      assert.equal((await readAll(await storage.get("delete/here.ts"))).toString(), "back");
    });

    it("puts and deletes in the same directory at the same time", async () => {
      // Each deletion may leave the directory empty just when another object comes into it.
      const hands = Array.from({ length: 6 }, async (_, hand) => {
        for (let round = 0; round < place.rounds; round++) {
          await put(storage, `busy/now/${hand}.ts`, bytesOf("x"));
          await storage.delete([`busy/now/${hand}.ts`]);
        }
      });
      await Promise.all(hands);
      assert.deepEqual(await keysOf(storage, "busy/"), []);
    });

    it("refuses what is not a key, in every operation", async () => {
      const hostile = [
        ...[
          "",
          "/",
          "/etc/passwd",
          "a//b",
          "a/",
          "../x",
          "a/../../x",
          "a/..",
          "./a",
          ".incoming/x",
          "a/.b",
          "..",
          ".",
        ],
        ...[
          "a\\b",
          "..\\x",
          "a\0b",
          "a\nb",
          "a b",
          "ä",
          "a%2e%2e",
          "a?b",
          "a#b",
          "a&b=c",
          "c:/x",
          "x".repeat(256),
        ],
        `${"a/".repeat(512)}aa`,
      ];
      for (const key of hostile) {
        const refused = { name: "RangeError", message: /as an object key/ };
        await assert.rejects(put(storage, key, bytesOf("x")), refused, JSON.stringify(key));
        await assert.rejects(storage.get(key), refused, JSON.stringify(key));
        await assert.rejects(storage.head(key), refused, JSON.stringify(key));
        await assert.rejects(storage.delete(["fine", key]), refused, JSON.stringify(key));
        await assert.rejects(storage.browserUrl(key, { expiresAtMs: Date.now() + 60_000 }), refused);
      }
      for (const prefix of ["/", "../", "a/../b", ".", "a\0"]) {
        await assert.rejects(keysOf(storage, prefix), { name: "RangeError", message: /no key can/ }, prefix);
      }
    });

    it("stops with the signal's reason", async () => {
      const reason = new Error("enough");
      const signal = AbortSignal.abort(reason);
      const body = bytesOf("x");
      await put(storage, "abort/here.ts", body);
      const put2 = storage.put("abort/new.ts", body, { contentType, sha256: sha256(body), signal });
      await assert.rejects(put2, reason);
      assert.equal(await storage.head("abort/new.ts"), undefined);
      await assert.rejects(storage.get("abort/here.ts", { signal }), reason);
      await assert.rejects(storage.head("abort/here.ts", { signal }), reason);
      await assert.rejects(storage.delete(["abort/here.ts"], { signal }), reason);
      await assert.rejects(storage.list("abort/", { signal })[Symbol.asyncIterator]().next(), reason);
      await assert.rejects(storage.check({ signal }), reason);
      assert.notEqual(await storage.head("abort/here.ts"), undefined);
    });

    it("ends a stream that is being read when the signal aborts", async () => {
      await put(storage, "abort/stream.ts", randomBytes(5_000_000));
      const controller = new AbortController();
      const stream = await storage.get("abort/stream.ts", { signal: controller.signal });
      const reader = stream.getReader();
      assert.equal((await reader.read()).done, false);
      const reason = new Error("enough");
      controller.abort(reason);
      await assert.rejects(async () => {
        while (!(await reader.read()).done);
      }, reason);
    });

    it("lets a consumer leave early", async () => {
      await put(storage, "leave.ts", randomBytes(5_000_000));
      for (let round = 0; round < 60; round++) {
        const reader = (await storage.get("leave.ts")).getReader();
        await reader.read();
        await reader.cancel();
      }
      // More than there are connections: none is held back.
      assert.equal((await readAll(await storage.get("leave.ts"))).length, 5_000_000);
    });

    it("can be checked, as often as one likes", async () => {
      await storage.check();
      await storage.check({ prefix: "sites/home/" });
      assert.deepEqual(
        (await keysOf(storage, "")).filter((key) => key.startsWith(".")),
        [],
      );
    });

    it("ends when its program ends: disposing twice is fine", async () => {
      const other = openStorage(place.url, place.credentials);
      await other.head("nothing");
      await other[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    });
  });
}

describe("a store in S3", () => {
  let swift: SwiftServer;
  before(async () => {
    swift = await startSwift();
  });
  after(() => swift?.[Symbol.asyncDispose]());

  const operations: Record<string, (storage: Storage) => Promise<unknown>> = {
    put: (storage) => put(storage, "a/b.ts", bytesOf("x")),
    get: (storage) => storage.get("a/b.ts"),
    head: (storage) => storage.head("a/b.ts"),
    list: (storage) => keysOf(storage, "a/"),
    delete: (storage) => storage.delete(["a/b.ts"]),
    check: (storage) => storage.check(),
  };

  it("says that the credentials are wrong, without telling them", async () => {
    const secretAccessKey = "a-Wrong-Secret/0123456789";
    const sessionToken = "a-Session-Token-0123456789";
    await using storage = openStorage(swift.storageUrl(), {
      ...swift.credentials,
      secretAccessKey,
      sessionToken,
    });
    for (const [name, operation] of Object.entries(operations)) {
      await assert.rejects(operation(storage), (error: Error) => {
        assert.ok(!(error instanceof StorageUnreachableError) && !(error instanceof NotFoundError), name);
        assert.match(
          error.message,
          /^Cannot .* in bucket "rokuga-test" at 127\.0\.0\.1:\d+: .*(Check|Allow)/,
          name,
        );
        const everything = inspect(error, { depth: 20, showHidden: true });
        assert.ok(!everything.includes(secretAccessKey) && !everything.includes(sessionToken), everything);
        return true;
      });
    }
  });

  it("says that the bucket does not exist", async () => {
    const url = swift.storageUrl().replace("rokuga-test", "no-such-bucket");
    await using storage = openStorage(url, swift.credentials);
    for (const name of ["put", "get", "list", "delete", "check"]) {
      const expected = {
        name: "Error",
        message: /"no-such-bucket" .* the bucket does not exist\. Create it/,
      };
      await assert.rejects(operations[name]!(storage), expected, name);
    }
  });

  it("is unreachable, soon, when nothing listens, nothing answers or the name is unknown", async () => {
    await using cleanup = new AsyncDisposableStack();
    const silent = await listenAndSayNothing();
    cleanup.defer(() => {
      silent.close();
    });
    const refusing = await freePort();
    const endpoints = [`http://127.0.0.1:${refusing}`, "http://store.invalid"];
    for (const endpoint of endpoints) {
      await using storage = openStorage(`s3://rokuga-test?endpoint=${endpoint}`, swift.credentials);
      for (const [name, operation] of Object.entries(operations)) {
        const startedMs = performance.now();
        await assert.rejects(operation(storage), StorageUnreachableError, `${name} at ${endpoint}`);
        assert.ok(performance.now() - startedMs < 5_000, `${name} at ${endpoint}`);
      }
    }
    const { port } = silent.address() as { port: number };
    await using storage = openStorage(
      `s3://rokuga-test?endpoint=http://127.0.0.1:${port}`,
      swift.credentials,
    );
    const reason = new Error("enough");
    const controller = new AbortController();
    silent.once("connection", () => controller.abort(reason));
    await assert.rejects(storage.head("a", { signal: controller.signal }), reason);
  });

  it("is unreachable while the servers are gone, and works again when they are back", async () => {
    await using storage = openStorage(swift.storageUrl(), swift.credentials);
    await put(storage, "outage.ts", bytesOf("kept"));
    await swift.kill();
    for (const [name, operation] of Object.entries(operations)) {
      await assert.rejects(operation(storage), StorageUnreachableError, name);
    }
    await swift.restart();
    await storage.check();
    assert.equal((await readAll(await storage.get("outage.ts"))).toString(), "kept");
  });

  it("is unreachable when the servers go in the middle of a paced put", async () => {
    await using storage = openStorage(swift.storageUrl(), swift.credentials);
    const body = randomBytes(3_000_000);
    const options = { contentType, sha256: sha256(body) };
    let turns = 0;
    const pace = async () => {
      if (++turns === 20) await swift.kill();
    };
    const startedMs = performance.now();
    await assert.rejects(storage.put("middle.ts", body, { ...options, pace }), StorageUnreachableError);
    assert.ok(performance.now() - startedMs < 10_000);
    await swift.restart();
    assert.equal(await storage.head("middle.ts"), undefined);
    await storage.put("middle.ts", body, { ...options, pace });
    assert.equal(sha256(await readAll(await storage.get("middle.ts"))), sha256(body));
  });

  it("signs the hash it was given, in one piece or many, and keeps its connection", async () => {
    const sockets = new Set<unknown>();
    const seen: IncomingHttpHeaders[] = [];
    await using server = await listen(async (request, response) => {
      sockets.add(request.socket);
      seen.push(request.headers);
      const md5 = createHash("md5");
      for await (const chunk of request) md5.update(chunk);
      response.setHeader("etag", `"${md5.digest("hex")}"`).end();
    });
    for (const checksum of ["required", "supported"]) {
      await using storage = openStorage(
        `s3://rokuga-test?endpoint=${server.url}&checksum=${checksum}`,
        swift.credentials,
      );
      for (const pace of [undefined, async () => {}]) {
        seen.length = 0;
        sockets.clear();
        const body = randomBytes(3_000_000);
        const options = { contentType, sha256: sha256(body), ...(pace ? { pace } : {}) };
        for (const key of ["a", "b"]) await storage.put(key, body, options);
        assert.equal(sockets.size, 1);
        for (const headers of seen) {
          assert.equal(headers["x-amz-content-sha256"], sha256(body));
          assert.match(headers.authorization!, /SignedHeaders=[a-z0-9;-]*x-amz-content-sha256/);
          assert.equal(headers["content-length"], "3000000");
          assert.equal(headers["content-encoding"], undefined);
          assert.equal(headers.trailer, undefined);
        }
      }
    }
  });

  it("sends again what met a connection that the server had just closed, also when it is paced", async () => {
    let requests = 0;
    await using server = await listen(async (request, response) => {
      if (++requests === 2) return void request.socket.resetAndDestroy();
      const md5 = createHash("md5");
      for await (const chunk of request) md5.update(chunk);
      response.setHeader("etag", `"${md5.digest("hex")}"`).end();
    });
    await using storage = openStorage(`s3://rokuga-test?endpoint=${server.url}`, swift.credentials);
    const body = randomBytes(3_000_000);
    const options = { contentType, sha256: sha256(body), pace: async () => {} };
    await storage.put("a", body, options);
    await storage.put("b", body, options);
    assert.equal(requests, 3);
  });

  it("gives browsers URLs that work by themselves, in ranges, until they expire", async () => {
    await using storage = openStorage(
      swift.storageUrl({ browser: "direct", prefix: "folder" }),
      swift.credentials,
    );
    const body = randomBytes(10_000);
    await put(storage, "signed/a~b.ts", body);
    const expiresAtMs = Date.now() + 60_000;
    const url = (await storage.browserUrl("signed/a~b.ts", { expiresAtMs }))!;
    assert.equal(
      await storage.browserUrl("signed/a~b.ts", { expiresAtMs }),
      url,
      "the same URL for the same expiry",
    );
    assert.ok(!url.includes(swift.credentials.secretAccessKey));

    const whole = await fetch(url);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers.get("content-type"), contentType);
    assert.deepEqual(Buffer.from(await whole.arrayBuffer()), body);
    const part = await fetch(url, { headers: { range: "bytes=188-375" } });
    assert.equal(part.status, 206);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), body.subarray(188, 376));
    const forged = await fetch(url.replace("signed/a~b.ts", "signed/other.ts"));
    assert.equal(forged.status, 403);
    await forged.arrayBuffer();

    const soonMs = Date.now() + 1_500;
    const short = (await storage.browserUrl("signed/a~b.ts", { expiresAtMs: soonMs }))!;
    const refused = async () => {
      const answer = await fetch(short);
      await answer.arrayBuffer();
      return answer.status === 403;
    };
    assert.equal(await refused(), false);
    await waitFor(refused, { what: "the URL to expire" });
    assert.ok(Date.now() >= soonMs - 1_000, "expiry is in whole seconds, rounded down");
    await assert.rejects(storage.browserUrl("a", { expiresAtMs: Date.now() - 1 }), RangeError);
    await assert.rejects(
      storage.browserUrl("a", { expiresAtMs: Date.now() + 8 * 24 * 3600_000 }),
      RangeError,
    );
  });

  it("gives browsers no URL when it is on a private network, unless told to", async () => {
    await using storage = openStorage(swift.storageUrl(), swift.credentials);
    assert.equal(await storage.browserUrl("a", { expiresAtMs: Date.now() + 60_000 }), undefined);
  });

  it("asks again for credentials that expire", async () => {
    let asked = 0;
    await using storage = openStorage(swift.storageUrl(), async () => {
      asked++;
      return { ...swift.credentials, expiration: new Date(Date.now() + 1_000) };
    });
    await put(storage, "expiring.ts", bytesOf("x"));
    await put(storage, "expiring.ts", bytesOf("x"));
    assert.ok(asked >= 2);
  });

  it("keeps to its folder of the bucket", async () => {
    await using one = openStorage(swift.storageUrl({ prefix: "one" }), swift.credentials);
    await using whole = openStorage(swift.storageUrl(), swift.credentials);
    await put(one, "a.ts", bytesOf("x"));
    await put(whole, "two/b.ts", bytesOf("y"));
    assert.deepEqual(await keysOf(one, ""), ["a.ts"]);
    assert.deepEqual(await keysOf(whole, "one/"), ["one/a.ts"]);
  });
});

/** An HTTP server that is no store: it shows what is sent. */
async function listen(answer: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createHttpServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listenAndSayNothing(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
