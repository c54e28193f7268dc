// Where a curve crosses a level: each place once, to the last digits; what only touches it, or is never on the other side, is none.

import assert from "node:assert/strict"
import {test} from "node:test"

import {crossings} from "../../app/browser/crossings.js"

const GRID = Float64Array.from({length: 161}, (_, k) => -5 + k / 16)
const found = (of, level = 0) => crossings(GRID, GRID.map(of), level, of)

test("every crossing is found, in order", () => {
  const roots = found((x) => (x + 3.3) * (x - 0.01) * (x - 4))
  assert.deepEqual(roots.map((x) => x.toFixed(12)), ["-3.300000000000", "0.010000000000", "4.000000000000"])
})

test("a level that lies elsewhere is crossed elsewhere", () => {
  const [one, other] = found((x) => x * x, 2)
  assert.ok(Math.abs(one + Math.SQRT2) < 1e-12 && Math.abs(other - Math.SQRT2) < 1e-12)
})

test("a point of the grid that lies on the level is one crossing, not two", () => {
  assert.equal(found((x) => x).length, 1)
  assert.ok(Math.abs(found((x) => x)[0]) < 1e-12)
})

test("what touches it, stays on one side or is no number crosses nothing", () => {
  for (const of of [(x) => x * x, (x) => x * x + 1, () => 0, () => NaN, (x) => (x < 0 ? NaN : 1)]) {
    assert.deepEqual(found(of), [])
  }
})

test("a jump is a crossing", () => {
  const [at] = found((x) => (x < 1.2345 ? -1 : 1))
  assert.ok(Math.abs(at - 1.2345) < 1e-12)
})
