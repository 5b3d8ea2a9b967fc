import assert from "node:assert/strict";
import { test } from "node:test";
import { violationsIn } from "./import_directions.ts";

const rules = (file: string, text: string) => violationsIn(file, text).map((violation) => violation.rule);

test("the relay reaches neither the database nor the store", () => {
  assert.deepEqual(rules("apps/relay/main.ts", 'import { a } from "@rokuga/queue/producer.ts";'), []);
  assert.equal(rules("apps/relay/main.ts", 'import {\n  a,\n} from "@rokuga/db/connect.ts";').length, 1);
  assert.equal(rules("apps/relay/main.ts", 'const a = await import("@rokuga/storage/open.ts");').length, 1);
});

test("apps never import apps, by name or by path", () => {
  assert.equal(rules("apps/web/main.ts", 'import "@rokuga/relay/site.ts";').length, 1);
  assert.equal(rules("apps/web/main.ts", 'export { a } from "../relay/site.ts";').length, 1);
  assert.deepEqual(rules("apps/web/app/page.tsx", 'import { a } from "../client/time.ts";'), []);
});

test("media does no I/O, and code for the browser needs nothing but media", () => {
  assert.equal(rules("packages/media/a.ts", 'import { readFile } from "node:fs/promises";').length, 1);
  assert.deepEqual(rules("packages/media/a.ts", 'import { createHash } from "node:crypto";'), []);
  assert.equal(rules("apps/web/client/a.ts", 'import type { Db } from "@rokuga/db/connect.ts";').length, 1);
});

test("programs are imported by nobody", () => {
  assert.equal(rules("apps/dev/a.ts", 'import "@rokuga/db/migrate_command.ts";').length, 1);
  assert.equal(rules("packages/db/a.ts", 'await import("./rebuild_command.ts");').length, 1);
  assert.equal(rules("apps/web/a.ts", 'import { a } from "./main.ts";').length, 1);
  assert.deepEqual(
    rules("packages/db/rebuild_command.ts", 'import { a } from "@rokuga/runtime/command.ts";'),
    [],
  );
  assert.deepEqual(rules("apps/relay/main.ts", 'import { runMain } from "@rokuga/runtime/main.ts";'), []);
  assert.deepEqual(rules("apps/dev/command.ts", 'import { runCommand } from "./commands.ts";'), []);
});
