import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { handMadeSegment } from "@rokuga/media/test_data.ts";
import { guardChildren } from "@rokuga/runtime/guard.ts";
import { tempDirectory } from "../../../test/fixtures/temp_directory.ts";
import { NoFfmpegError, snapshotDecoder } from "./snapshot_decoder.ts";

const options = { width: undefined, signal: new AbortController().signal };

test("a decoder that takes too long is ended, whatever it does with signals", async () => {
  await using directory = await tempDirectory("decoder");
  await using guard = guardChildren();
  const path = join(directory.path, "slow");
  await writeFile(path, "#!/bin/sh\ntrap '' TERM\nsleep 1000\n");
  await chmod(path, 0o755);
  const startedMs = performance.now();
  await assert.rejects(
    snapshotDecoder(path, guard, { limitMs: 300 })(new Uint8Array(10), options),
    /within 300 ms/,
  );
  assert.ok(performance.now() - startedMs < 5_000);
});

test("bytes without a picture give none; no FFmpeg is an error of its own", async () => {
  await using guard = guardChildren();
  const decode = snapshotDecoder("ffmpeg", guard);
  // Its slices hold no real picture.
  assert.equal(await decode(handMadeSegment(), options).catch(() => undefined), undefined);
  await assert.rejects(snapshotDecoder("/nowhere/ffmpeg", guard)(new Uint8Array(10), options), NoFfmpegError);
});
