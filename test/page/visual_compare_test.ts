import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { PNG } from "pngjs";
import { tempDirectory } from "../fixtures/temp_directory.ts";
import { comparePicture, keepPicture, MOST_DIFFERENT } from "./visual_compare.ts";

/** White, with so many black pixels in its first rows. */
function picture(black: number, width = 40): Buffer {
  const png = new PNG({ width, height: 40 });
  png.data.fill(255);
  for (let n = 0; n < black; n += 1) png.data.fill(0, 4 * n, 4 * n + 3);
  return PNG.sync.write(png);
}

it("lets a few pixels differ, and writes down what differs by more or has another size", async () => {
  await using directory = await tempDirectory("compare");
  const artefacts = join(directory.path, "artefacts");
  const options = { name: "one", expectedDirectory: join(directory.path, "kept"), artefacts };
  const missing = await comparePicture(picture(0), options);
  assert.match(missing.kind === "different" ? missing.sentence : "", /none to compare/);
  await keepPicture(picture(0), options);
  assert.deepEqual(await comparePicture(picture(MOST_DIFFERENT), options), { kind: "same" });
  assert.deepEqual(await readdir(artefacts), [], "what was different before is not kept");
  const different = await comparePicture(picture(400), options);
  assert.match(different.kind === "different" ? different.sentence : "", /\d+ pixels differ/);
  assert.deepEqual((await readdir(artefacts)).sort(), ["one.actual.png", "one.diff.png", "one.expected.png"]);
  const wider = await comparePicture(picture(0, 41), options);
  assert.match(wider.kind === "different" ? wider.sentence : "", /41×40 and was 40×40/);
});
