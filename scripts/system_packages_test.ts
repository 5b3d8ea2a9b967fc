import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { ensureSystemPackages, missingPackages } from "./system_packages.ts";

describe("where there is no dpkg or apt-get", () => {
  const path = process.env.PATH;
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "rokuga-packages-"));
    process.env.PATH = directory;
    await writeFile(join(directory, "ffmpeg"), "", { mode: 0o755 });
    await writeFile(join(directory, "redis-server"), "", { mode: 0o644 });
  });
  afterEach(async () => {
    process.env.PATH = path;
    await rm(directory, { recursive: true });
  });

  const packages = [
    { name: "ffmpeg", program: "ffmpeg" },
    { name: "redis-server", program: "redis-server" },
    { name: "fonts" },
  ];

  it("finds packages by their programs, and takes those without on trust", async () => {
    assert.deepEqual(await missingPackages(packages), ["redis-server"]);
  });

  it("says in one sentence what is missing", async () => {
    const log = (line: string) => assert.fail(line);
    await assert.rejects(
      ensureSystemPackages({ log, packages }),
      /^Error: Cannot run .* missing are redis-server\. /,
    );
    await ensureSystemPackages({ log, packages: packages.slice(0, 1) });
  });
});

it("asks dpkg where there is one", async (t) => {
  const missing = await missingPackages([{ name: "dpkg", program: "no-such-program" }]);
  if (missing.length > 0) return t.skip("this is not Debian");
  const packages = [{ name: "no-such-package", program: "sh" }, { name: "dpkg" }];
  assert.deepEqual(await missingPackages(packages), ["no-such-package"]);
});

it("does not take a package that dpkg only knows of for an installed one", async (t) => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg-query's.
  const args = ["--show", "--showformat", "${db:Status-Abbrev}\t${Package}\n", "*"];
  const known = await promisify(execFile)("dpkg-query", args, { maxBuffer: 2 ** 24 }).catch(() => undefined);
  const [, name] = /^(?!ii).*\t(.+)$/m.exec(known?.stdout ?? "") ?? [];
  if (name === undefined) return t.skip("there is none here");
  assert.deepEqual(await missingPackages([{ name }]), [name]);
});
