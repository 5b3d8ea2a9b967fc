import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { limited, TimeLimit, TimeLimitError, webStream } from "./time_limit.ts";

const never = new Promise<never>(() => {});
const explain = (error: unknown) => error;

describe("limited", () => {
  it("gives what the promise gives", async () => {
    assert.equal(await limited(Promise.resolve(5), 1_000), 5);
    await assert.rejects(limited(Promise.reject(new Error("broken")), 1_000), /broken/);
  });

  it("gives up after its time", async () => {
    await assert.rejects(limited(never, 10), TimeLimitError);
  });

  it("gives up with the signal's reason, before or during the wait", async () => {
    const reason = new Error("enough");
    await assert.rejects(limited(never, 10_000, AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const waiting = limited(never, 10_000, controller.signal);
    controller.abort(reason);
    await assert.rejects(waiting, reason);
  });
});

describe("a time limit", () => {
  it("stands still while the work waits outside of it, and goes on with what was left", async () => {
    const limit = new TimeLimit(150);
    const startedMs = performance.now();
    const work = async () => {
      // Also before the limit is started.
      await limit.outside(() => delay(100));
      await Promise.all([limit.outside(() => delay(200)), limit.outside(() => delay(100))]);
      await delay(120);
      await limit.outside(() => delay(100));
      await never;
    };
    await assert.rejects(limited(work(), limit), TimeLimitError);
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs > 540 && tookMs < 650, `${tookMs} ms`);
  });

  it("passes on what was waited for, and does not end what is done", async () => {
    const limit = new TimeLimit(50);
    const error = new Error("no turn");
    assert.equal(
      await limited(
        limit.outside(() => delay(100, 7)),
        limit,
      ),
      7,
    );
    await assert.rejects(
      limited(
        limit.outside(() => Promise.reject(error)),
        new TimeLimit(50),
      ),
      error,
    );
  });
});

describe("webStream", () => {
  it("passes bytes on and closes", async () => {
    const source = Readable.from([Buffer.from("ab"), Buffer.from("c")], { objectMode: false });
    const stream = webStream(source, { idleMs: 1_000, signal: undefined, explain });
    assert.equal(await new Response(stream).text(), "abc");
  });

  it("gives up when nothing comes for too long, and destroys the source", async () => {
    const source = new PassThrough();
    const stream = webStream(source, { idleMs: 20, signal: undefined, explain });
    await assert.rejects(stream.getReader().read(), TimeLimitError);
    assert.equal(source.destroyed, true);
  });

  it("lets the consumer pause for longer than that", async () => {
    const source = new PassThrough();
    const reader = webStream(source, { idleMs: 50, signal: undefined, explain }).getReader();
    source.write("a");
    await reader.read();
    // The pause itself is what is tested.
    await delay(200);
    source.end("b");
    assert.equal(new TextDecoder().decode((await reader.read()).value), "b");
    assert.equal((await reader.read()).done, true);
  });

  it("makes an error of the source the consumer's, explained, also when it comes between two reads", async () => {
    const source = new PassThrough();
    const explained = new Error("explained");
    const reader = webStream(source, {
      idleMs: 1_000,
      signal: undefined,
      explain: () => explained,
    }).getReader();
    source.write("a");
    await reader.read();
    source.destroy(new Error("connection reset"));
    await new Promise((resolve) => source.once("close", resolve));
    await assert.rejects(reader.read(), explained);

    const early = new PassThrough();
    const stream = webStream(early, { idleMs: 1_000, signal: undefined, explain: () => explained });
    early.destroy(new Error("connection reset"));
    await new Promise((resolve) => early.once("close", resolve));
    await assert.rejects(stream.getReader().read(), explained);
  });

  it("ends with the signal's reason, and destroys the source on abort and on cancel", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const aborted = new PassThrough();
    const reading = webStream(aborted, { idleMs: 5_000, signal: controller.signal, explain })
      .getReader()
      .read();
    controller.abort(reason);
    await assert.rejects(reading, reason);
    assert.equal(aborted.destroyed, true);

    const cancelled = new PassThrough();
    await webStream(cancelled, { idleMs: 5_000, signal: undefined, explain }).cancel();
    assert.equal(cancelled.destroyed, true);
  });
});
