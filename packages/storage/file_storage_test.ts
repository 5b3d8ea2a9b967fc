import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, it } from "node:test";
import { promisify } from "node:util";
import { FileStorage } from "./file_storage.ts";

let directory: string;
let root: string;
let storage: FileStorage;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rokuga-file-storage-"));
  root = join(directory, "root");
  await mkdir(root);
  storage = new FileStorage(root);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const put = (key: string, body: Uint8Array, to = storage) =>
  to.put(key, body, { contentType: "video/mp2t", sha256: createHash("sha256").update(body).digest("hex") });
const text = (content: string) => new TextEncoder().encode(content);

it("stores an object as the file of its name, and nothing beside it", async () => {
  await put("sites/home/a.ts", text("abc"));
  assert.equal(await readFile(join(root, "sites/home/a.ts"), "utf8"), "abc");
  assert.deepEqual((await readdir(root)).sort(), [".incoming", "sites"]);
  assert.deepEqual(await readdir(join(root, ".incoming")), []);
});

it("removes directories that deletions leave empty, and never the root", async () => {
  await put("a/b/c/1.ts", text("x"));
  await put("a/d.ts", text("x"));
  await storage.delete(["a/b/c/1.ts"]);
  assert.deepEqual(await readdir(join(root, "a")), ["d.ts"]);
  await storage.delete(["a/d.ts"]);
  assert.deepEqual(await readdir(root), [".incoming"]);
});

it("refuses symbolic links that lead out of the root", async () => {
  const outside = join(directory, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "secret.ts"), "secret");
  await symlink(outside, join(root, "link"));
  await symlink(join(outside, "secret.ts"), join(root, "file.ts"));
  const refused = /symbolic link out of/;
  await assert.rejects(storage.get("link/secret.ts"), refused);
  await assert.rejects(storage.head("link/secret.ts"), refused);
  await assert.rejects(put("link/new.ts", text("x")), refused);
  await assert.rejects(put("link/deep/new.ts", text("x")), refused);
  await assert.rejects(storage.delete(["link/secret.ts"]), refused);
  await assert.rejects(storage.get("file.ts"), /it is a symbolic link, which is not followed/);
  assert.equal(await storage.head("file.ts"), undefined);
  for await (const { key } of storage.list("")) assert.fail(`listed ${key}`);
  await put("file.ts", text("mine"));
  assert.equal(await readFile(join(outside, "secret.ts"), "utf8"), "secret");
  assert.deepEqual(await readdir(outside), ["secret.ts"]);
});

it("works through a symbolic link that is the root itself, or stays inside", async () => {
  await mkdir(join(root, "disk"));
  await symlink(join(root, "disk"), join(root, "sites"));
  await symlink(root, join(directory, "root-link"));
  const other = new FileStorage(join(directory, "root-link"));
  await put("sites/a.ts", text("abc"), other);
  assert.equal(await readFile(join(root, "disk/a.ts"), "utf8"), "abc");
});

it("is unreachable while the root does not exist, and never makes it", async () => {
  const absent = new FileStorage(join(directory, "not-mounted"));
  const listing = async () => {
    for await (const { key } of absent.list("")) assert.fail(key);
  };
  const unreachable = {
    name: "StorageUnreachableError",
    message: /not-mounted of the store does not exist\. Mount/,
  };
  await assert.rejects(put("a.ts", text("x"), absent), unreachable);
  await assert.rejects(absent.check(), unreachable);
  await assert.rejects(absent.head("a"), unreachable);
  await assert.rejects(absent.get("a"), unreachable);
  await assert.rejects(absent.delete(["a"]), unreachable);
  await assert.rejects(listing(), unreachable);
  assert.deepEqual((await readdir(directory)).sort(), ["root"]);
});

it("clears what a crash left a day ago, and not what another program is writing", async () => {
  await mkdir(join(root, ".incoming"));
  for (const name of ["old", "new"]) await writeFile(join(root, ".incoming", name), "half a segment");
  const yesterday = new Date(Date.now() - 25 * 3600_000);
  await utimes(join(root, ".incoming", "old"), yesterday, yesterday);
  await put("a.ts", text("x"));
  assert.deepEqual(await readdir(join(root, ".incoming")), ["new"]);
});

it("says when a key goes on below another, which is a file here", async () => {
  await put("a", text("x"));
  await assert.rejects(put("a/b", text("x")), /a part of the path is a file, not a directory/);
  await put("c/d", text("x"));
  await assert.rejects(put("c", text("x")), /there is a directory of that name/);
  assert.deepEqual(await readdir(join(root, ".incoming")), []);
});

it("closes its files, read to the end, left early or refused", async () => {
  const openFiles = async () => (await readdir("/proc/self/fd")).length;
  await put("a.ts", randomBytes(1_000_000));
  await (await storage.get("a.ts")).cancel();
  const before = await openFiles();
  for (let round = 0; round < 5; round++) {
    await assert.rejects(storage.get("a.ts", { range: { start: 2_000_000, end: 3_000_000 } }), RangeError);
    await assert.rejects(storage.get("a.ts", { signal: AbortSignal.abort() }));
  }
  assert.ok((await openFiles()) <= before + 1, `${before} open files before, ${await openFiles()} after`);
  for (let round = 0; round < 20; round++) {
    await new Response(await storage.get("a.ts")).arrayBuffer();
    const reader = (await storage.get("a.ts")).getReader();
    await reader.read();
    await reader.cancel();
  }
  assert.ok((await openFiles()) <= before + 1, `${before} open files before, ${await openFiles()} after`);
});

/** Runs code in a user and mount namespace of its own, where even a user without rights can mount. */
async function inNamespace(prepare: string, code: string): Promise<{ stdout: string }> {
  const unshare = ["--user", "--map-root-user", "--mount", "sh", "-ec"];
  const script = `${prepare}\nexec "$NODE" --input-type=module -e "$CODE"`;
  const env = { ...process.env, NODE: process.execPath, CODE: code, ROOT: root };
  return promisify(execFile)("unshare", [...unshare, script], { env, timeout: 20_000 });
}

const module = JSON.stringify(new URL("./file_storage.ts", import.meta.url).href);
const program = `
  import { createHash } from "node:crypto";
  import { readdir } from "node:fs/promises";
  const { FileStorage } = await import(${module});
  const storage = new FileStorage(process.env.ROOT);
  const body = new Uint8Array(2_000_000);
  const sha256 = createHash("sha256").update(body).digest("hex");
  const error = await storage.put("a/b.ts", body, { contentType: "video/mp2t", sha256 }).catch((error) => error);
  const left = await readdir(process.env.ROOT + "/.incoming").catch(() => "none");
  console.log(JSON.stringify({ name: error?.name, message: error?.message, left, head: await storage.head("a/b.ts") }));
`;

it("says that the disk is full, and leaves nothing on it", async (t) => {
  const can = await inNamespace("true", "").then(
    () => true,
    () => false,
  );
  if (!can) return t.skip("mount namespaces are not allowed here");
  const { stdout } = await inNamespace(`mount -t tmpfs -o size=1m none "$ROOT"`, program);
  const { name, message, left, head } = JSON.parse(stdout);
  assert.equal(name, "Error");
  assert.match(message, /^Cannot store "a\/b\.ts" under .*: the disk is full\. Free space/);
  assert.deepEqual(left, []);
  assert.equal(head, undefined);
});

it("says that the file system is read-only", async (t) => {
  const can = await inNamespace("true", "").then(
    () => true,
    () => false,
  );
  if (!can) return t.skip("mount namespaces are not allowed here");
  const { stdout } = await inNamespace(`mount -t tmpfs -o ro,size=1m none "$ROOT"`, program);
  assert.match(JSON.parse(stdout).message, /the file system is read-only\. Mount it for writing/);
});

it("says that it is not allowed", async (t) => {
  if (process.getuid?.() === 0) return t.skip("root is allowed everything");
  await chmod(root, 0o500);
  await assert.rejects(put("a.ts", text("x")), /this program's user is not allowed to/);
});
