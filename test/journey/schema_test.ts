/** The web app on a database that is not of its schema: it says what to do, at its start or as soon as it can know. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import { freePort } from "../fixtures/free_port.ts";
import { startPostgresServer } from "../fixtures/postgres.ts";
import { tokenFor } from "../fixtures/signed_in.ts";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { waitFor } from "../fixtures/wait_for.ts";

const WEB = fileURLToPath(new URL("../../apps/web/main.ts", import.meta.url));

type Message = { ready?: boolean; failed?: string };

async function startWeb(databaseUrl: string, directory: string) {
  const port = await freePort();
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", process.execPath, WEB], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: {
      ...{ PATH: process.env.PATH, DATABASE_URL: databaseUrl, STORAGE_URL: pathToFileURL(directory).href },
      ...{ MEDIA_SECRET: "a secret of this test, long enough to sign with", HOST: "127.0.0.1" },
      ...{
        AUTH_SECRET: "another secret of this test, long enough",
        PORT: String(port),
        NODE_ENV: "production",
      },
    },
  });
  const messages: Message[] = [];
  child.on("message", (message: Message) => messages.push(message));
  const ended = once(child, "exit").then(([code]) => code as number);
  const failed = () => messages.find((message) => message.failed !== undefined)?.failed;
  const isReady = () => messages.some(({ ready }) => ready === true);
  return { child, url: `http://127.0.0.1:${port}`, ended, failed, isReady };
}

test("the web app looks at the schema as soon as the database is there", async () => {
  await using cleanup = new AsyncDisposableStack();
  const server = cleanup.use(await startPostgresServer());
  const directory = cleanup.use(await tempDirectory("schema"));
  const store = join(directory.path, "store");
  await mkdir(store);
  const owner = async (statement: string) => {
    const client = new pg.Client(server.url);
    await client.connect();
    await client.query(statement);
    await client.end();
  };

  const right = await startWeb(server.appUrl, store);
  await waitFor(right.isReady, { what: "the web app", timeoutMs: 60_000 });
  const headers = { authorization: `Bearer ${await tokenFor(server.appUrl)}` };
  assert.equal((await fetch(`${right.url}/api/cameras`, { headers })).status, 200);
  right.child.kill("SIGTERM");
  assert.equal(await right.ended, 0);

  await owner("UPDATE projection_state SET version = version - 1");
  const older = await startWeb(server.appUrl, store);
  assert.equal(await older.ended, 1);
  assert.match(older.failed() ?? "", /have to be built anew\. Run: npx pnpm db:migrate$/);
  assert.equal(older.isReady(), false);

  await owner("UPDATE projection_state SET version = version + 2");
  await server.stop();
  const early = await startWeb(server.appUrl, store);
  await waitFor(early.isReady, { what: "the web app without its database", timeoutMs: 60_000 });
  assert.equal((await fetch(`${early.url}/api/cameras`, { headers })).status, 503);
  await server.start();
  assert.equal(await early.ended, 1);
  assert.match(early.failed() ?? "", /^This database was migrated by a newer version of Rokuga/);
});
