import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { z } from "zod";
import { getJson } from "./http.ts";

const schema = z.strictObject({ ok: z.boolean() });
const never = new AbortController().signal;

/** Serves on a free loopback port until the test ends. */
async function serve(t: { after(done: () => void): void }, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("an answer that matches its schema", async (t) => {
  const url = await serve(t, (_request, response) => response.end('{"ok":true}'));
  const answer = await getJson(url, { schema, signal: never });
  assert.ok(answer.ok);
  assert.deepEqual(answer.value, { ok: true });
  assert.ok(answer.receivedAtMs >= answer.sentAtMs);
});

test("an answer of another shape, or not JSON, is unreadable", async (t) => {
  for (const body of ['{"ok":1}', "<html>", ""]) {
    const url = await serve(t, (_request, response) => response.end(body));
    assert.deepEqual(await getJson(url, { schema, signal: never }), {
      ok: false,
      failure: { kind: "unreadable" },
    });
  }
});

test("a problem keeps its sentence and the nearest footage", async (t) => {
  const nearest = { startMs: 1, endMs: 2 };
  const problem = { type: "about:blank", title: "No footage", status: 404, detail: "Nothing here.", nearest };
  const url = await serve(t, (_request, response) => response.writeHead(404).end(JSON.stringify(problem)));
  assert.deepEqual(await getJson(url, { schema, signal: never }), {
    ok: false,
    failure: { kind: "problem", status: 404, detail: "Nothing here.", nearest },
  });
});

test("an error page of something between keeps only its status", async (t) => {
  const url = await serve(t, (_request, response) => response.writeHead(502).end("Bad gateway"));
  assert.deepEqual(await getJson(url, { schema, signal: never }), {
    ok: false,
    failure: { kind: "problem", status: 502, detail: null, nearest: null },
  });
});

test("a server that never answers is a time-out, also in the middle of its answer", async (t) => {
  const silent = await serve(t, () => undefined);
  const halting = await serve(t, (_request, response) => response.writeHead(200).write('{"ok":'));
  for (const url of [silent, halting]) {
    const answer = await getJson(url, { schema, signal: never, timeoutMs: 50 });
    assert.deepEqual(answer, { ok: false, failure: { kind: "timeout", afterMs: 50 } });
  }
});

test("a broken connection is a failure of the network", async (t) => {
  const url = await serve(t, (request) => request.socket.destroy());
  assert.deepEqual(await getJson(url, { schema, signal: never }), {
    ok: false,
    failure: { kind: "network" },
  });
});

test("it rejects with the reason of its signal", async (t) => {
  const controller = new AbortController();
  const url = await serve(t, () => controller.abort(new Error("left the page")));
  await assert.rejects(getJson(url, { schema, signal: controller.signal }), /left the page/);
});
