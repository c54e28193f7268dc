import assert from "node:assert/strict"
import {test} from "node:test"

import {linearTicks, logTicks} from "../../app/browser/ticks.js"

test("a logarithmic axis has a few round ticks inside its ends, whatever these are", () => {
  for (let low = -12; low < 6; low += 0.37) {
    for (let span = 0.05; span < 14; span *= 1.7) {
      const [from, to] = [10 ** low, 10 ** (low + span)]
      const ticks = logTicks(from, to, 4)
      assert.ok(ticks.length >= 1 && ticks.length <= 5, `${from} to ${to}: ${ticks}`)
      assert.ok(ticks.every((tick) => tick >= from && tick <= to), `${from} to ${to}: ${ticks}`)
      assert.deepEqual(ticks, [...ticks].sort((a, b) => a - b))
    }
  }
})

const RANGES = [
  [0.128, 0.8], [0.95, 500], [0.147, 14], [4e-4, 0.8], [0.68, 0.93], [2.1, 4.9], [3, 7], [1, 1000], [1e-12, 1e12],
  [1e5, 1e300], [0.5, 0.5005], [1e-9, 3e-9], [99, 101],
]

test("ticks are spread over a logarithmic axis", () => {
  for (const most of [4, 6]) {
    for (const [low, high] of RANGES) {
      const ticks = logTicks(low, high, most)
      assert.ok(ticks.length >= 2 && ticks.length <= most + 1, `${low} to ${high}: ${ticks}`)
      const ends = [low, ...ticks, high].map(Math.log)
      const widest = Math.max(...ends.slice(1).map((end, k) => end - ends[k]))
      assert.ok(widest < 0.85 * Math.log(high / low), `${low} to ${high}: ${ticks}`)
    }
  }
})

test("many powers of ten are thinned to some", () => {
  assert.deepEqual(logTicks(1e-8, 1e4, 4), [1e-8, 1e-4, 1, 1e4])
})

test("less than a power of ten is divided by 1, 2 and 5", () => {
  assert.deepEqual(logTicks(0.9, 12, 4), [1, 2, 5, 10])
})

test("a linear axis has round ticks that reach its end", () => {
  assert.deepEqual(linearTicks(0, 1, 4), [0, 0.5, 1])
  assert.deepEqual(linearTicks(0, 432, 4), [0, 200, 400])
})

test("the steps of a linear axis are 1, 2 or 5 times a power of ten", () => {
  for (const [low, high] of [[0, 0.7], [0, 433.9], [0, 1e-7], [0, 3e200], [-2, 5]]) {
    const ticks = linearTicks(low, high, 4)
    assert.ok(ticks.length >= 2 && ticks.length <= 5)
    const step = ticks[1] - ticks[0]
    assert.ok(["1", "2", "5"].includes(step.toExponential(0)[0]), `${step}`)
    assert.ok(ticks.every((tick, k) => Math.abs(tick - ticks[0] - k * step) < 1e-9 * step))
  }
})
