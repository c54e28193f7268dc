// The store, and what is read off it.

import assert from "node:assert/strict"
import {test} from "node:test"

import {placeAt, sameSubject, sameSurface, stepCompared, Store} from "../../app/browser/state.js"

test("the place of a step is that of the last kept one that is not after it", () => {
  const run = {steps: [0, 1, 4, 9, 20]}
  const expected = (step) => run.steps.findLastIndex((kept) => kept <= step)
  for (let step = 0; step <= 25; step++) {
    assert.equal(placeAt(run, step), expected(step), String(step))
  }
  assert.equal(placeAt(run, Infinity), 4)
  assert.equal(placeAt({steps: [0]}, 7), 0)
})

test("compared runs are shown up to the step of the run under way, and whole once it has ended", () => {
  const run = {steps: [0, 10, 20]}
  assert.equal(stepCompared({run, step: 1, phase: "playing"}), 10)
  assert.equal(stepCompared({run, step: 1, phase: "paused"}), 10)
  assert.equal(stepCompared({run, step: 2, phase: "ended"}), Infinity)
  assert.equal(stepCompared({run: null, step: 0, phase: "by hand"}), Infinity)
})

test("losses are compared over the same data and the same loss, paths over the same surface", () => {
  const rows = ["seed:data", "loss:loss", "own_loss:loss", "penalty:loss", "activation:network", "w:theta", "step_size:run"].map((text) => {
    const [name, changes] = text.split(":")
    return {name, changes}
  })
  const one = Object.fromEntries(rows.map(({name}) => [name, 1]))
  const comes = (name) => [sameSubject(rows, one, {...one, [name]: 2}), sameSurface(rows, one, {...one, [name]: 2})]
  assert.deepEqual(Object.fromEntries(rows.map(({name}) => [name, comes(name)])), {
    seed: [false, false], loss: [false, false], own_loss: [false, false], penalty: [true, false], activation: [true, false], w: [true, true], step_size: [true, true],
  })
})

test("listeners hear of what has changed, and of nothing else", () => {
  const store = new Store({step: 0, run: null})
  const heard = []
  store.subscribe((changed) => heard.push([...changed]))
  store.set({step: 0})
  store.set({step: 1, run: null})
  assert.deepEqual(heard, [["step"]])
})
