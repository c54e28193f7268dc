// Points of the learner's own, as values.

import assert from "node:assert/strict"
import {test} from "node:test"

import {added, admittedPoints, columns, moved, nearest, neighbour, outlier, pointsIn, pointsOf, pointsText, removed, rounded} from "../../app/browser/points.js"

const FRAME = {left: -5.6, right: 5.6, bottom: -10, top: 40}
const POINTS = [-2, 1, 3, 4, 0, 2]

test("points are changed in copies", () => {
  assert.deepEqual(moved(POINTS, 1, [7, 8]), [-2, 1, 7, 8, 0, 2])
  assert.deepEqual(added(POINTS, [7, 8]), [...POINTS, 7, 8])
  assert.deepEqual(removed(POINTS, 0), [3, 4, 0, 2])
  assert.deepEqual(POINTS, [-2, 1, 3, 4, 0, 2])
  assert.deepEqual(columns(POINTS), {x: Float64Array.of(-2, 3, 0), y: Float64Array.of(1, 4, 2)})
})

test("a place is rounded as finely as the figure shows, in few digits", () => {
  assert.deepEqual(rounded([1.23456, 7.891234], FRAME, false), [1.23, 7.89])
  assert.deepEqual(rounded([0.1 + 0.2, -1e-9], FRAME, false), [0.3, 0])
  assert.deepEqual(rounded([1.23456, 0.49], FRAME, true), [1.23, 0])
  assert.deepEqual(rounded([1.2, 0.5], FRAME, true), [1.2, 1])
  assert.deepEqual(rounded([123456, 0.00123456], {left: 0, right: 2e6, bottom: 0, top: 0.002}, false), [123000, 0.001235])
})

test("drawn data become own points that lie where they lay", () => {
  const x = Float64Array.from({length: 50}, (_, k) => -5 + (10 * k) / 49)
  const points = pointsOf({x, y: x.map(Math.exp)}, FRAME, false)
  points.forEach((value, k) => assert.ok(Math.abs(value - (k % 2 === 0 ? x[k / 2] : Math.exp(x[(k - 1) / 2]))) <= 0.0005001))
  assert.ok(pointsText(points).length < 50 * 15)
})

test("outliers lie inside the figure, far from their neighbours, each in a place of its own", () => {
  for (const [slope, intercept] of [[2, 20], [-2, 20], [2, -20], [0, 0]]) {
    const y = (x) => slope * x + intercept
    const frame = {...FRAME, bottom: Math.min(y(-5), y(5), 0) - 10, top: Math.max(y(-5), y(5), 0) + 10}
    let points = Array.from({length: 20}, (_, k) => -5 + k / 2).flatMap((x) => [x, y(x)])
    for (let round = 0; round < 5; round++) {
      const [x, height] = outlier(points, frame, false)
      assert.ok(x > 0 && x < frame.right && height > frame.bottom && height < frame.top)
      assert.ok(Math.abs(height - y(x)) > 0.35 * (frame.top - frame.bottom))
      points = added(points, [x, height])
    }
    assert.equal(new Set(columns(points).x.slice(20)).size, 5)
  }
  const classes = [-1, 0, 0, 0, 1, 1, 2, 1, 3, 1]
  assert.equal(outlier(classes, {left: -2, right: 4, bottom: -0.12, top: 1.12}, true)[1], 0)
})

test("neighbours go from the left to the right, and end there", () => {
  const part = columns(POINTS)
  assert.equal(neighbour(part, null, 1), 0)
  assert.equal(neighbour(part, 0, 1), 2)
  assert.equal(neighbour(part, 2, 1), 1)
  assert.equal(neighbour(part, 1, 1), 1)
  assert.equal(neighbour(part, 0, -1), 0)
})

test("the nearest point is the nearest", () => {
  assert.deepEqual(nearest(columns(POINTS), (x, y) => Math.hypot(x - 3, y - 3)), {at: 1, away: 1})
})

test("a text holds points exactly", () => {
  const points = [0.1, -1e-7, 1e6, 1 / 3]
  assert.deepEqual(pointsIn(pointsText(points)), points)
  assert.deepEqual(pointsIn("none"), [])
  assert.deepEqual(pointsIn("1:2,−3:.5"), [1, 2, -3, 0.5])
  assert.equal(pointsIn("1:2,3"), undefined)
})

test("what is no list of points is not taken", () => {
  const bounds = {most: 3, low: -10, high: 10}
  assert.deepEqual(admittedPoints([1, 2, 3, 4], bounds, false), [1, 2, 3, 4])
  assert.deepEqual(admittedPoints([11, 2, 3, -40], bounds, false), [10, 2, 3, -10])
  assert.deepEqual(admittedPoints([1, 2, 3, 0.4], bounds, true), [1, 1, 3, 0])
  for (const value of [null, "1:2", [1], [1, 2], [1, 2, 3], [1, 2, 3, "4"], [1, 2, 3, NaN], Array(8).fill(1), {length: 4}]) {
    assert.equal(admittedPoints(value, bounds, false), undefined)
  }
  assert.deepEqual(admittedPoints([], bounds, false), [])
})
