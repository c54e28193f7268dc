// The numbers behind the figures.

import assert from "node:assert/strict"
import {test} from "node:test"

import {tableOf} from "../../app/browser/figures/tables.js"

test("runs of different lengths stand beside one another; where one has ended there is nothing", () => {
  const run = (made, optimizer, more = {}) => ({made, loss: Float64Array.from({length: 9}, (_, k) => 10 - k), testLoss: [], minimised: [], norm: [], settings: {optimizer, step_size: 0.1}, ...more})
  const state = {run: run(1, "adam"), pins: [{run: run(2, "newton"), slot: 0}], model: {formulas: "f"}}
  const lesson = {state, modules: {}, common: {}, declaration: {optimizers: {adam: {label: "Adam"}, newton: {label: "Newton"}}}}
  assert.deepEqual(tableOf("loss_log", lesson), {head: ["step", "loss", "Newton, step size 0.1"], rows: [[0, 10, 10], [1, 9, 9], [2, "", 8]]})
  assert.deepEqual(tableOf("loss_log", {...lesson, state: {...state, run: null, pins: []}}).rows, [])
})
