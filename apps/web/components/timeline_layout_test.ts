import assert from "node:assert/strict";
import { test } from "node:test";
import { isScrub, laneAt, layoutOf } from "./timeline_layout.ts";

test("one camera has a broad line, nine have one each, below each other", () => {
  const one = layoutOf(1);
  assert.equal(one.lanes.length, 1);
  assert.deepEqual(layoutOf(0), one);
  const { lanes, heightPx } = layoutOf(9);
  assert.equal(lanes.length, 9);
  for (const [index, lane] of lanes.entries()) {
    assert.ok(lane.bottom > lane.top && lane.bottom - lane.top < one.lanes[0]!.bottom - one.lanes[0]!.top);
    assert.ok(index === 0 || lane.top > lanes[index - 1]!.bottom);
  }
  assert.ok(heightPx > lanes[8]!.bottom && heightPx < 260);
});

test("each height belongs to a lane or to the ruler", () => {
  const layout = layoutOf(3);
  assert.equal(laneAt(layout, 0), null);
  for (const [index, { top, bottom }] of layout.lanes.entries()) {
    assert.equal(laneAt(layout, top), index);
    assert.equal(laneAt(layout, bottom), index);
  }
  assert.equal(laneAt(layout, layout.heightPx), 2);
});

test("the ruler and the playhead are dragged, the rest pans", () => {
  const layout = layoutOf(1);
  const press = { x: 300, y: 50, playheadX: 310, finger: false };
  assert.equal(isScrub(layout, press), false);
  assert.equal(isScrub(layout, { ...press, finger: true }), true);
  assert.equal(isScrub(layout, { ...press, x: 306 }), true);
  assert.equal(isScrub(layout, { ...press, y: 5 }), true);
  assert.equal(isScrub(layout, { ...press, playheadX: null, finger: true }), false);
});
