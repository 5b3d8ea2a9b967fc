import assert from "node:assert/strict";
import { test } from "node:test";
import { gridFor, gridPage } from "./grid.ts";

const cameras = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `c${n}` }));
const ids = (found: { cameras: readonly { id: string }[] }) => found.cameras.map(({ id }) => id);

test("the smallest grid that holds all", () => {
  assert.deepEqual([1, 2, 4, 5, 9, 10, 40].map(gridFor), [4, 4, 4, 9, 9, 16, 16]);
});

test("a page holds the camera that is shown, and grids have no empty rows", () => {
  const six = gridPage(cameras(6), { shownId: "c5", size: 4 });
  assert.deepEqual(ids(six), ["c4", "c5"]);
  assert.deepEqual([six.columns, six.page, six.pages], [2, 1, 2]);
  const nine = gridPage(cameras(5), { shownId: "c0", size: 9 });
  assert.deepEqual([nine.columns, nine.page, nine.pages], [3, 0, 1]);
  assert.equal(gridPage(cameras(9), { shownId: "c0", size: 9 }).columns, 3);
  assert.deepEqual(ids(gridPage(cameras(3), { shownId: "c1", size: 1 })), ["c1"]);
  assert.deepEqual(ids(gridPage(cameras(3), { shownId: "gone", size: 4 })), ["c0", "c1", "c2"]);
});
