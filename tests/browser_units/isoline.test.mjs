import assert from "node:assert/strict"
import {test} from "node:test"

import {isolines} from "../../app/browser/isoline.js"

const SIDE = 41
const place = (k) => -2 + (4 * k) / (SIDE - 1)
const grid = (f) => Float64Array.from({length: SIDE * SIDE}, (_, k) => f(place(k % SIDE), place(Math.floor(k / SIDE))))

test("a circle is one closed line at its radius", () => {
  const {xs, ys} = isolines(grid((x, y) => x * x + y * y), SIDE, 1, place, place)
  assert.equal(xs.length, 1)
  assert.equal(xs[0][0], xs[0].at(-1))
  assert.equal(ys[0][0], ys[0].at(-1))
  xs[0].forEach((x, k) => assert.ok(Math.abs(Math.hypot(x, ys[0][k]) - 1) < 0.01))
})

test("a line that leaves the grid begins and ends at its edge", () => {
  const {xs, ys} = isolines(grid((x, y) => x + 0.3 * y), SIDE, 0.1, place, place)
  assert.equal(xs.length, 1)
  assert.deepEqual([ys[0][0], ys[0].at(-1)].sort((a, b) => a - b), [-2, 2])
  xs[0].forEach((x, k) => assert.ok(Math.abs(x + 0.3 * ys[0][k] - 0.1) < 1e-12))
})

test("a saddle's lines do not cross", () => {
  const {xs} = isolines(grid((x, y) => x * y), SIDE, 0.05, place, place)
  assert.equal(xs.length, 2)
})

test("a level that is nowhere has no line", () => {
  assert.equal(isolines(grid((x, y) => x * x + y * y), SIDE, 100, place, place).xs.length, 0)
})
