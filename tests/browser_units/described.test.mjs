// What is said of the figures.

import assert from "node:assert/strict"
import {test} from "node:test"

import {described} from "../../app/browser/figures/described.js"

const page = {"data-summary": "100 points", equation: "ŷ = 2.00·x", "loss-name": "MSE:", loss: "0.97"}
const common = {project: (origin, directions, theta) => theta} // the plane of w and b
const state = {theta: Float64Array.of(2, 20), start: Float64Array.of(0, 0), run: null, pins: [], surface: null, step: 0, view: {}, best: undefined}

const say = (changes) => described({...state, ...changes}, common, (name) => page[name] ?? "", [])

test("the data and the fit are said with the numbers that stand on the page, without gaps", () => {
  assert.equal(say({}).fit, "100 points; ŷ = 2.00·x; MSE: 0.97.")
})

test("a run is said at the step that is shown", () => {
  const run = {steps: [0, 10, 20], made: 20, loss: Float64Array.from({length: 21}, (_, k) => 100 - k), testLoss: new Float64Array(0)}
  assert.equal(say({}).loss_log, "No run yet.")
  assert.equal(say({run, step: 1}).loss_log, "100.00 at step 0; 90.00 at step 10; the run has 20 steps.")
})

test("runs that are compared are said with where they ended", () => {
  const run = {settings: {optimizer: "gradient_descent", step_size: 0.01}, made: 2, loss: Float64Array.of(9, 4, 1)}
  assert.equal(say({pins: [{run, slot: 0}]}).loss_log, "No run yet. Compared with gradient descent, step size 0.01: 1.00 at step 2.")
  assert.equal(say({pins: [{run: {...run, made: -1}, slot: 0}]}).loss_log, "No run yet.")
})

test("the point, the start of the path and the minimum are said by the names of the axes", () => {
  const plane = {origin: new Float64Array(2), directions: Float64Array.of(1, 0, 0, 1), labels: ["w", "b"]}
  const shown = {surface: {plane, limits: [1, 2000]}, run: {steps: [0], made: 0, loss: [1], testLoss: []}}
  assert.equal(say(shown).surface, "The point: w = 2, b = 20; the path began at w = 0, b = 0; colours from 1 to 2000.")
  assert.match(say({...shown, view: {best: true}, best: {theta: Float64Array.of(2, 19)}}).surface, /the minimum: w = 2, b = 19;/)
  assert.equal(say({}).surface, "")
})
