import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Pacer } from "./pacer.ts";

const PIECE = 64 * 1024;
const never = new AbortController().signal;

test("without a cap a live upload waits for nothing, and the backlog for it", async () => {
  const pacer = new Pacer();
  const live = pacer.begin("live", never);
  assert.equal(live.pace, undefined);
  using backlog = pacer.begin("backlog", never);
  let isThrough = false;
  const through = backlog.pace!(PIECE).then(() => {
    isThrough = true;
  });
  await delay(30);
  assert.equal(isThrough, false);
  const endedMs = performance.now();
  live[Symbol.dispose]();
  await through;
  await backlog.pace!(PIECE);
  assert.ok(performance.now() - endedMs < 1_000, "at once");
});

test("a capped rate is kept over all uploads together", async () => {
  // 64 KiB in 20 ms; 250 ms worth are 12.5 pieces.
  const pacer = new Pacer({ bitsPerSecond: (PIECE * 8_000) / 20 });
  const startedMs = performance.now();
  const send = async (importance: "live" | "backlog") => {
    using upload = pacer.begin(importance, never);
    for (let piece = 0; piece < 10; piece++) await upload.pace!(PIECE);
  };
  await Promise.all([send("live"), send("backlog"), send("backlog")]);
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs > 345 && tookMs < 500, `30 pieces took ${tookMs} ms instead of 350`);
});

test("a live piece overtakes those of the backlog that wait", async () => {
  const pacer = new Pacer({ bitsPerSecond: (PIECE * 8_000) / 20 });
  using backlog = pacer.begin("backlog", never);
  const order: string[] = [];
  const waiting = Array.from({ length: 20 }, () => backlog.pace!(PIECE).then(() => order.push("backlog")));
  using live = pacer.begin("live", never);
  waiting.push(live.pace!(PIECE).then(() => order.push("live")));
  await Promise.all(waiting);
  assert.ok(order.indexOf("live") <= 13, `after ${order.indexOf("live")}`);
});

test("the signal, or the end of the upload, ends its waiting and frees its turn", async () => {
  const pacer = new Pacer();
  const live = pacer.begin("live", never);
  const reason = new Error("stopping");
  const stop = new AbortController();
  const stopped = pacer.begin("backlog", stop.signal);
  const ended = pacer.begin("backlog", never);
  const waits = [stopped.pace!(PIECE), ended.pace!(PIECE)];
  stop.abort(reason);
  await assert.rejects(waits[0]!, reason);
  await assert.rejects(stopped.pace!(PIECE), reason);
  stopped[Symbol.dispose]();
  ended[Symbol.dispose]();
  await assert.rejects(waits[1]!, /has ended/);
  live[Symbol.dispose]();
  using next = pacer.begin("backlog", never);
  await next.pace!(PIECE);
});
