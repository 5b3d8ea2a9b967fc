import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { findFfmpeg, parseVersion } from "./ffmpeg.ts";
import { never, temporaryDirectory } from "./fixtures/support.ts";

function fake(t: TestContext, script: string): { directory: string; path: string } {
  const directory = temporaryDirectory(t);
  const path = join(directory, "ffmpeg");
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { directory, path };
}

const options = { given: undefined, path: "", signal: never };

describe("findFfmpeg", () => {
  it("takes the given one before the installed one", async (t) => {
    const given = fake(t, "echo ffmpeg version 7.1 Copyright");
    const installed = fake(t, "echo ffmpeg version 5.1 Copyright");
    assert.deepEqual(await findFfmpeg({ ...options, given: given.path, path: installed.directory }), {
      path: given.path,
      version: "7.1",
      origin: "given",
    });
    assert.deepEqual(await findFfmpeg({ ...options, path: `/nowhere:${installed.directory}` }), {
      path: installed.path,
      version: "5.1",
      origin: "installed",
    });
    assert.equal(
      (await findFfmpeg({ ...options, given: "ffmpeg", path: installed.directory })).path,
      installed.path,
    );
  });

  it("falls back to the one from npm", async () => {
    const found = await findFfmpeg(options);
    assert.equal(found.origin, "npm");
    assert.notEqual(found.version, "");
  });

  it("says in a sentence what is wrong", async (t) => {
    const crash = fake(t, "exit 3");
    const other = fake(t, "echo hello");
    const cases = [
      [
        { ...options, given: "/nowhere/ffmpeg" },
        /^CannotStart: Cannot run FFmpeg at \/nowhere\/ffmpeg: .*ENOENT.*set FFMPEG_PATH/,
      ],
      [{ ...options, given: "avconv" }, /There is no avconv on the PATH \(FFMPEG_PATH\)/],
      [{ ...options, given: crash.path }, /Cannot run FFmpeg at .*ffmpeg: Command failed/],
      [{ ...options, given: other.path }, /What is at .* is not FFmpeg/],
      [
        { ...options, packaged: () => undefined },
        /FFmpeg is missing; cameras are recorded with it\. Install it/,
      ],
    ] as const;
    for (const [wrong, message] of cases) await assert.rejects(findFfmpeg(wrong), message);
  });
});

describe("parseVersion", () => {
  it("reads releases, distributions' and nightly builds", () => {
    assert.equal(parseVersion("ffmpeg version 5.1.9-0+deb12u1 Copyright (c)"), "5.1.9");
    assert.equal(parseVersion("ffmpeg version n7.1.1 Copyright"), "7.1.1");
    assert.equal(parseVersion("ffmpeg version N-92720-g0e8eb07980-static https"), "N-92720");
    assert.equal(parseVersion("avconv version 12"), undefined);
  });
});
