// The numbers behind the figures.

import assert from "node:assert/strict"
import {test} from "node:test"

import {csvOf, tableOf} from "../../app/browser/figures/tables.js"

test("a file of numbers has them exactly; what holds a comma or a quote is quoted", () => {
  const table = {head: ["step", 'a, "b"'], rows: [[0, 0.1 + 0.2], [1, ""], [2, -1e-300]]}
  assert.equal(csvOf(table), 'step,"a, ""b"""\r\n0,0.30000000000000004\r\n1,\r\n2,-1e-300\r\n')
})

test("runs of different lengths stand beside one another; where one has ended there is nothing", () => {
  const run = (made, optimizer, more = {}) => ({made, loss: Float64Array.from({length: 9}, (_, k) => 10 - k), testLoss: [], minimised: [], norm: [], settings: {optimizer, step_size: 0.1}, ...more})
  const state = {run: run(1, "adam"), pins: [{run: run(2, "newton"), slot: 0}], model: {formulas: "f"}}
  const lesson = {state, modules: {}, common: {}, declaration: {optimizers: {adam: {label: "Adam"}, newton: {label: "Newton"}}}}
  assert.deepEqual(tableOf("loss_log", lesson), {head: ["step", "loss", "Newton, step size 0.1"], rows: [[0, 10, 10], [1, 9, 9], [2, "", 8]]})
  assert.deepEqual(tableOf("loss_log", {...lesson, state: {...state, run: null, pins: []}}).rows, [])
})
