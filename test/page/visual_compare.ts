/**
 * Compares pictures of the page with those that are kept. Pixels that differ only because an edge is drawn a little
 * softer do not count (pixelmatch finds them); of others a few may differ. What differs is written down, to be looked at.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

/** How different two colours must be to count: 1 is black and white. */
const THRESHOLD = 0.1;
/** So many pixels of a small picture may differ: less than a letter has. */
export const MOST_DIFFERENT = 20;
/**
 * Of a large one, this part: hairlines of a dialog, whose middle lies between two pixels, are drawn a pixel higher or
 * lower from run to run. Four of them are 1,500 pixels on a phone.
 */
const MOST_PART = 0.0075;

export type Compared =
  | { kind: "same" }
  /** In a sentence: by how much, and where to look. */
  | { kind: "different"; sentence: string };

export type CompareOptions = {
  name: string;
  /** Of the pictures that are kept: `<name>.png`. */
  expectedDirectory: string;
  /** Where what differs is written: `<name>.actual.png`, `.expected.png`, `.diff.png`. */
  artefacts: string;
};

/** Compares a PNG. Writes nothing where it is the same. */
export async function comparePicture(png: Buffer, options: CompareOptions): Promise<Compared> {
  const { name, expectedDirectory, artefacts } = options;
  const path = (kind: string) => join(artefacts, `${name}.${kind}.png`);
  await Promise.all(["actual", "expected", "diff"].map((kind) => rm(path(kind), { force: true })));
  const kept = await readFile(join(expectedDirectory, `${name}.png`)).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  const actual = PNG.sync.read(png);
  const expected = kept && PNG.sync.read(kept);
  const difference = expected ? differenceOf(actual, expected) : { what: "there is none to compare it with" };
  if (difference === null) return { kind: "same" };
  await mkdir(artefacts, { recursive: true });
  await writeFile(path("actual"), png);
  if (kept) await writeFile(path("expected"), kept);
  if (difference.diff) await writeFile(path("diff"), PNG.sync.write(difference.diff));
  const look = relative(process.cwd(), path("*"));
  const sentence = `The picture ${name} is not the one that is kept: ${difference.what}. Look at ${look}. If it is meant to look so, keep it: UPDATE_SNAPSHOTS=1 with this test.`;
  return { kind: "different", sentence };
}

function differenceOf(actual: PNG, expected: PNG): { what: string; diff?: PNG } | null {
  const { width, height } = actual;
  if (width !== expected.width || height !== expected.height) {
    return { what: `it is ${width}×${height} and was ${expected.width}×${expected.height}` };
  }
  const diff = new PNG({ width, height });
  const count = pixelmatch(actual.data, expected.data, diff.data, width, height, { threshold: THRESHOLD });
  const most = Math.max(MOST_DIFFERENT, Math.floor(width * height * MOST_PART));
  return count <= most ? null : { what: `${count} pixels differ, where ${most} may`, diff };
}

/** Keeps a PNG as what is compared with from now on, without the transparency that it does not have. */
export async function keepPicture(png: Buffer, { name, expectedDirectory }: CompareOptions): Promise<void> {
  await mkdir(expectedDirectory, { recursive: true });
  const small = PNG.sync.write(PNG.sync.read(png), { colorType: 2, deflateLevel: 9 });
  await writeFile(join(expectedDirectory, `${name}.png`), small);
}

/** Where the pictures are that a test keeps, and where it writes what differs. */
export const visualDirectories = {
  expectedDirectory: fileURLToPath(new URL("snapshots/", import.meta.url)),
  artefacts: fileURLToPath(new URL("../artefacts/visual/", import.meta.url)),
};
