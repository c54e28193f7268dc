// Whether a curve that was drawn is like that of the run: what passes, the near miss, and what there is nothing to say of.

import assert from "node:assert/strict"
import {test} from "node:test"

import {fallsAsEarly, turnsWhere} from "../../app/browser/exercises/sketched.js"

const STEPS = 100
const curve = (of) => Float64Array.from({length: STEPS + 1}, (_, step) => of(step))
const falling = (half) => curve((step) => 10 * 0.5 ** (step / half))
const turning = (at, end = 8) => curve((step) => (step < at ? 5 - (4 * step) / at : 1 + ((end - 1) * (step - at)) / (STEPS - at)))
const sketch = (values, truth) => ({sketch: {values, truth, wanted: {low: 0, high: 10}}})

test("a fall passes if half of it is over as early, give or take 15 % of the steps", () => {
  const truth = falling(2)
  assert.equal(fallsAsEarly(sketch(falling(12), truth)).passed, true)
  const late = fallsAsEarly(sketch(falling(25), truth))
  assert.equal(late.passed, false)
  assert.match(late.saw, /^Half of the fall is over at step 2 of 100; in your sketch at step \d\d\. Draw anew\.$/)
})

test("what ends no lower than it begins is no fall", () => {
  for (const values of [curve(() => 10), curve((step) => 10 + step)]) {
    assert.match(fallsAsEarly(sketch(values, falling(2))).saw, /does not end lower/)
  }
})

test("a turn passes if it rises again from a lowest point near that of the run", () => {
  const truth = turning(30)
  assert.deepEqual(turnsWhere(sketch(turning(50, 3), truth)), {passed: true, saw: "The lowest, 1.00, is at step 30; at the end it is 8.00. Your sketch is lowest at step 50."})
  assert.equal(turnsWhere(sketch(turning(60, 3), truth)).passed, false)
  assert.match(turnsWhere(sketch(turning(50, 1.5), truth)).saw, /does not rise again/)
  assert.match(turnsWhere(sketch(falling(10), truth)).saw, /does not rise again/)
})

test("nothing is said where nothing was drawn, no run has shown it, or the run itself does not do it", () => {
  for (const check of [fallsAsEarly, turnsWhere]) {
    assert.equal(check({sketch: null}), null)
    assert.equal(check(sketch(falling(2), null)), null)
    assert.equal(check(sketch(turning(30), curve((step) => (check === fallsAsEarly ? step : 10 - step / 20)))), null)
  }
})
