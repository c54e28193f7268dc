// The loop of training against formulas that a test can follow by hand: f(theta) = theta^2 / 2 on any data.

import assert from "node:assert/strict"
import {test} from "node:test"

import {snapshotSteps, train} from "../../app/browser/training.js"

const formulas = {
  loss: {half: (theta) => theta[0] ** 2 / 2},
  evaluate: {half: (theta, _x, _y, l1, l2) => {
    const bare = theta[0] ** 2 / 2
    return [[bare + l1 * Math.abs(theta[0]) + (l2 / 2) * theta[0] ** 2, bare], Float64Array.of(theta[0] * (1 + l2))]
  }},
}
const common = {
  norm: (g) => Math.hypot(...g),
  permutation: (_seed, epoch, index) => (epoch % 2 === 0 ? index : index.slice().reverse()),
  optimizers: {gradient_descent: {init: () => [], step: (theta, g, state, size) => [theta.map((t, k) => t - size * g[k]), state]}},
}
const part = {x: Float64Array.of(1, 2, 3), y: Float64Array.of(1, 2, 3)}

function run(options = {}) {
  const order = {
    model: {kind: "one_input", formulas: "", count: 1}, loss: "half", penalty: [0, 0], optimizer: "gradient_descent", hyperparameters: {},
    hessian: false, stepSize: 0.5, steps: 6, batchSize: 0, seed: 0, theta: Float64Array.of(8), train: part, test: null, snapshots: 100, ...options,
  }
  const parts = [...train(order, formulas, common)]
  const joined = (name) => parts.flatMap((of) => [...of[name]])
  return {last: parts.at(-1), steps: joined("kept"), theta: joined("theta").map(([t]) => t), loss: joined("loss"), minimised: joined("minimised"), norm: joined("norm")}
}

test("every step is kept, with its loss and its gradient", () => {
  const {steps, theta, loss, norm, last} = run()
  assert.deepEqual(steps, [0, 1, 2, 3, 4, 5, 6])
  assert.deepEqual(theta, [8, 4, 2, 1, 0.5, 0.25, 0.125])
  assert.deepEqual(loss, theta.map((t) => t ** 2 / 2))
  assert.deepEqual(norm, theta)
  assert.equal(last.complete, true)
  assert.equal(last.divergedAt, null)
})

test("the start that was given is not changed", () => {
  const theta = Float64Array.of(8)
  run({theta})
  assert.equal(theta[0], 8)
})

test("a run that diverges ends before the step that did, and keeps the last one that is there", () => {
  const {steps, theta, last} = run({stepSize: 12, steps: 50, snapshots: 3})
  assert.equal(last.complete, true)
  assert.equal(steps.at(-1), last.divergedAt - 1)
  assert.ok(theta.every(Number.isFinite))
})

test("with a penalty what is minimised stands beside the bare loss", () => {
  const {loss, minimised} = run({penalty: [0, 1]})
  assert.deepEqual(minimised, loss.map((value) => 2 * value))
})

test("early steps are kept one by one and later ones further and further apart", () => {
  const kept = snapshotSteps(10000, 400)
  assert.equal(kept.length, 400)
  assert.deepEqual(kept.slice(0, 5), [0, 1, 2, 3, 4])
  assert.equal(kept.at(-1), 10000)
  const gaps = kept.slice(1).map((step, k) => step - kept[k])
  assert.ok(gaps.every((gap, k) => k === 0 || gap >= gaps[k - 1] - 1))
  assert.deepEqual(snapshotSteps(5, 400), [0, 1, 2, 3, 4, 5])
})
