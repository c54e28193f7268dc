import assert from "node:assert/strict"
import {test} from "node:test"

import {clip, contains, thin} from "../../app/browser/geometry.js"

const FRAME = {left: 0, right: 10, bottom: 0, top: 5}

test("what lies inside a frame is left as it is", () => {
  assert.deepEqual(clip([1, 2, 3], [1, 4, 2], FRAME), {x: [1, 2, 3], y: [1, 4, 2]})
})

test("a line that leaves the frame ends at its edge, and comes back as another part", () => {
  const {x, y} = clip([5, 5, 8, 8], [4, 6, 6, 4], FRAME)
  assert.deepEqual(x, [5, 5, NaN, 8, 8])
  assert.deepEqual(y, [4, 5, NaN, 5, 4])
})

test("a line that only passes by leaves nothing", () => {
  assert.deepEqual(clip([-1, -1], [0, 5], FRAME), {x: [], y: []})
})

test("the edge belongs to the frame", () => {
  assert.ok(contains(0, 5, FRAME))
  assert.ok(!contains(10.001, 2, FRAME))
  assert.ok(!contains(NaN, 2, FRAME))
})

test("of steps that nobody could tell apart few are drawn, the first always", () => {
  const xs = Array.from({length: 1001}, (_, k) => k / 100)
  const kept = thin(xs, xs.map(() => 1), FRAME, 0.1)
  assert.equal(kept[0], 0)
  assert.ok(kept.length >= 9 && kept.length <= 11)
})
