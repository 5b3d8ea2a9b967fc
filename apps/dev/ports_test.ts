import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { temporaryDirectory } from "./fixtures/support.ts";
import { findPort, isPortFree, rememberedPort, rememberPort, startOnFreePort } from "./ports.ts";

async function listening(t: TestContext, host: string, port = 0): Promise<number> {
  const server = createServer();
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as { port: number }).port;
}

describe("findPort", () => {
  for (const host of ["127.0.0.1", "0.0.0.0", "::"]) {
    it(`sees a program that listens on ${host}`, async (t) => {
      const port = await listening(t, host);
      assert.equal(await isPortFree(port), false);
      const found = await findPort([port]);
      assert.notEqual(found, port);
      assert.ok(await isPortFree(found));
    });
  }

  it("takes the first that is free, then its neighbours by the step", async (t) => {
    const [taken, free] = [await listening(t, "127.0.0.1"), await findPort([])];
    assert.equal(await findPort([taken, free]), free);
    const next = await findPort([taken], { step: 2 });
    assert.equal((next - taken) % 2, 0);
    assert.ok(next > taken);
    assert.notEqual(await findPort([free], { taken: [free] }), free);
  });
});

describe("startOnFreePort", () => {
  it("tries the next port when someone else was faster, and only then", async (t) => {
    const free = await findPort([]);
    const tried: number[] = [];
    const { port, started } = await startOnFreePort([free], async (port) => {
      tried.push(port);
      if (tried.length > 1) return "it works";
      await listening(t, "127.0.0.1", port);
      throw new Error("address already in use");
    });
    assert.equal(started, "it works");
    assert.deepEqual(tried, [free, port]);
    assert.notEqual(port, free);
    const broken = startOnFreePort([port], async () => Promise.reject(new Error("it is broken")));
    await assert.rejects(broken, /it is broken/);
  });
});

describe("remembered ports", () => {
  it("are kept by service, and forgotten when the file is damaged", (t) => {
    const home = temporaryDirectory(t);
    assert.equal(rememberedPort(home, "redis"), undefined);
    rememberPort(home, "redis", 1234);
    rememberPort(home, "postgres", 2345);
    rememberPort(home, "redis", 3456);
    assert.equal(rememberedPort(home, "redis"), 3456);
    assert.equal(rememberedPort(home, "postgres"), 2345);
    writeFileSync(join(home, "ports.json"), '{"redis":');
    assert.equal(rememberedPort(home, "redis"), undefined);
  });
});
