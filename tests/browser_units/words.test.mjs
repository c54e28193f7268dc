// How a run ended: each sentence for a run of which it is true, and for the near miss of which it is not.

import assert from "node:assert/strict"
import {test} from "node:test"

import {ending, endingOnFunction} from "../../app/browser/words.js"

const MINIMUM = {theta: new Float64Array(2), loss: 0.9}
const KNOWN = {best: MINIMUM, reason: null, bound: 0.118, hessian: false, batched: false, searched: false, own: false}

/** A run whose losses and gradient norms are given for every step. */
function run(loss, {norm = null, testLoss = [], divergedAt = null, settings = {}, end = [0, 0]} = {}) {
  return {
    theta: [new Float64Array(2), Float64Array.from(end)],
    settings: {step_size: 0.01, batch_size: 0, ...settings},
    loss: Float64Array.from(loss), testLoss: Float64Array.from(testLoss), minimised: new Float64Array(0),
    norm: Float64Array.from(norm ?? loss.map(() => 1)), made: loss.length - 1, total: loss.length - 1, divergedAt,
  }
}

const falling = (from, to, steps) => Array.from({length: steps + 1}, (_, t) => to + (from - to) * 0.97 ** t)

test("a run is converged from the step on from which its gradient stays next to nothing", () => {
  const norm = Array.from({length: 101}, (_, t) => (t < 60 ? 1 : 1e-7))
  const {kind, text} = ending(run(falling(400, 0.9, 100).map((v, t) => (t < 60 ? v : 0.9)), {norm}), KNOWN)
  assert.equal(kind, "converged")
  assert.match(text, /^Converged at step 60:/)
})

test("a gradient that was next to nothing once and is not at the end is no convergence", () => {
  const norm = Array.from({length: 101}, (_, t) => (t === 60 ? 1e-8 : 0.01))
  assert.notEqual(ending(run(falling(400, 1.2, 100), {norm}), KNOWN).kind, "converged")
})

test("a vanished gradient far above the lowest loss is a plateau and no convergence", () => {
  const flat = Array(101).fill(0.44)
  const {kind, text} = ending(run(flat, {norm: flat.map(() => 1e-9)}), {...KNOWN, best: {...MINIMUM, loss: 0.02}})
  assert.equal(kind, "warning")
  assert.match(text, /plateau since step 0.*0\.44.*0\.02/)
  assert.doesNotMatch(text, /smaller/)
})

test("a slope that would lead to nothing of what can be reached is a plateau, whatever the step size", () => {
  const known = {...KNOWN, best: {theta: Float64Array.of(2, 1), loss: 0.03}}
  const crawling = Array.from({length: 101}, (_, t) => 0.44 - 4e-12 * t)
  const {kind, text} = ending(run(crawling, {norm: crawling.map(() => 2e-6), end: [0, 13]}), known)
  assert.equal(kind, "warning")
  assert.match(text, /plateau after 100 steps.*2\.0·10⁻⁶.*0\.44.*0\.03/)
  assert.doesNotMatch(text, /smaller/)
})

test("steps so small that they go nowhere, on a slope that leads down, jump over nothing", () => {
  const crawling = Array.from({length: 101}, (_, t) => 400 - 1e-7 * t)
  const {kind, text} = ending(run(crawling, {norm: crawling.map(() => 80)}), {...KNOWN, best: {theta: Float64Array.of(2, 20), loss: 0.9}})
  assert.equal(kind, "descending")
  assert.match(text, /Still going down/)
  assert.doesNotMatch(text, /jump|smaller|plateau/)
})

test("where there is no minimum, nothing converges, diverges by starting badly, or is all but there", () => {
  const reason = "A threshold on x separates the classes: the steeper the sigmoid, the smaller the loss, without end."
  const known = {...KNOWN, best: {theta: null, loss: 0}, reason, bound: null, hessian: true}
  const tiny = Array.from({length: 17}, (_, t) => 10 ** (-t * 9))
  const converging = ending(run(tiny, {norm: tiny}), known)
  assert.equal(converging.kind, "descending")
  assert.match(converging.text, /Still going down after 16 steps\. A threshold/)
  const diverging = ending(run(tiny, {norm: tiny, divergedAt: 17}), known)
  assert.doesNotMatch(diverging.text, /nearer/)
  assert.match(diverging.text, /no minimum/)
})

test("a step size above the bound is named with figures that tell them apart", () => {
  const {kind, text} = ending(run([1, 5, 50], {divergedAt: 3, settings: {step_size: 0.1181}}), {...KNOWN, bound: 0.11799})
  assert.equal(kind, "diverged")
  assert.match(text, /^Diverged at step 3 \(steps 0 to 2 are shown\)/)
  assert.match(text, /0\.1181 is above 0\.118\b|0\.1181 is above 0\.11799/)
})

test("mini-batches are judged by the last fifth of their run and not by its last step or the bound", () => {
  const known = {...KNOWN, bound: 0.118, batched: true}
  const settings = {batch_size: 5, step_size: 0.121}
  const noisy = (level) => Array.from({length: 3001}, (_, t) => (t === 0 ? 400 : level * (1 + 0.5 * Math.sin(t))))
  for (const last of [0, 10]) {
    const loss = noisy(1.5).slice(0, 3001 - last)
    assert.equal(ending(run(loss, {settings}), known).kind, "descending")
  }
  assert.equal(ending(run(noisy(2e6), {settings}), known).kind, "diverged")
})

test("of an optimizer that the learner has written nothing is said that nobody knows", () => {
  const own = {...KNOWN, bound: null, own: true}
  const settings = {step_size: 5, batch_size: 5}
  const rising = falling(0.9, 400, 100)
  const still = falling(400, 200, 100).map((value, t) => value + 10 * (t % 2))
  const ends = [
    ending(run([1, 5, 50], {divergedAt: 3, settings}), own), ending(run(rising, {settings}), own), ending(run(still, {settings}), own),
    ending(run(rising, {settings}), {...own, batched: true}), ending(run(rising, {testLoss: rising}), {...own, best: null}),
  ]
  for (const {text} of ends) {
    assert.doesNotMatch(text, /largest stable|jump|throw|Try a smaller one|too large/)
  }
  for (const k of [1, 3, 4]) {
    assert.match(ends[k].text, /your update leads uphill, or too far/)
  }
})

test("the lowest that was found is not called the lowest, and a run that comes lower is not measured by it", () => {
  const searched = {...KNOWN, searched: true}
  const steep = {norm: Array(251).fill(80), end: [2, 20]}
  assert.match(ending(run(falling(400, 10, 250), steep), searched).text, /of the way to the lowest loss found/)
  assert.match(ending(run(falling(400, MINIMUM.loss / 2, 250), steep), searched).text, /^After 250 steps: loss /)
})

test("no run has come 100 % of the way that has not", () => {
  const {text} = ending(run(falling(400, 0.9, 250)), KNOWN)
  assert.doesNotMatch(text, /100 %/)
})

test("overfitting is a gap that has grown, not a difference of rounding", () => {
  const train = falling(0.9, 0.247, 300)
  const close = ending(run(train, {testLoss: falling(0.9, 0.251, 300)}), {...KNOWN, best: null})
  assert.doesNotMatch(close.text, /overfitting/)
  const apart = ending(run(falling(0.9, 0.151, 300), {testLoss: falling(0.95, 0.364, 300)}), {...KNOWN, best: null})
  assert.match(apart.text, /overfitting/)
})

test("the step of the lowest test loss is named where the test loss has risen since", () => {
  const testLoss = Array.from({length: 301}, (_, t) => 0.4 + 0.5 * ((t - 100) / 200) ** 2)
  const {text} = ending(run(falling(0.5, 0.05, 300), {testLoss}), {...KNOWN, best: null})
  assert.match(text, /lowest at step 100 .*overfitting/)
})

test("a network whose loss rose is not told that it is going down", () => {
  const {kind, text} = ending(run([0.5, 0.6, 0.9], {testLoss: [0.5, 0.6, 0.9]}), {...KNOWN, best: null})
  assert.equal(kind, "warning")
  assert.match(text, /more than at the start/)
})

/** A run on a function of one number. */
function steps(ws, f, slope, settings = {}) {
  const loss = ws.map(f)
  return {...run(loss, {norm: ws.map((w) => Math.abs(slope(w))), settings}), theta: ws.map((w) => Float64Array.of(w))}
}

const VALLEYS = {f: (w) => 0.02 * w ** 4 - 0.6 * w ** 2 + 0.6 * w, slope: (w) => 0.08 * w ** 3 - 1.2 * w + 0.6, bend: (w) => 0.24 * w ** 2 - 1.2}
const PLATEAU = {f: (w) => 10 * (1 - Math.exp(-(w ** 2) / 8)), slope: (w) => 2.5 * w * Math.exp(-(w ** 2) / 8)}
const [LOW, HIGH] = [{w: -4.1022, value: -6.8945, curvature: 2.84}, {w: 3.5934, value: -2.2568, curvature: 1.9}]

test("far out on a plateau the slope leads nowhere, though it has not vanished, and nothing is going down", () => {
  const {kind, text} = endingOnFunction(steps([11, 11, 11], PLATEAU.f, PLATEAU.slope), {minima: [{w: 0, value: 0, curvature: 2.5}], bound: null, hessian: false, bend: 1e-5})
  assert.equal(kind, "warning")
  assert.match(text, /plateau after 2 steps.*10\.00.*0\.00 can be reached/)
})

test("close to a valley that is not the lowest it is no plateau, and in it it is said", () => {
  const known = {minima: [LOW, HIGH], bound: null, hessian: false, bend: VALLEYS.bend(3.6)}
  assert.match(endingOnFunction(steps([5, 4, 3.7], VALLEYS.f, VALLEYS.slope), known).text, /^Still going down after 2 steps/)
  const there = steps([5, 3.5934, 3.5934], VALLEYS.f, VALLEYS.slope)
  there.norm.fill(1e-9, 1)
  assert.match(endingOnFunction(there, known).text, /since step 1, but not the lowest: f\(w\) = −2\.26 here, and −6\.89/)
})

test("on a hill where the slope is zero no step leads on", () => {
  const {text} = endingOnFunction(steps([0.4, 0.5164], VALLEYS.f, () => 1e-9), {minima: [LOW, HIGH], bound: null, hessian: true, bend: VALLEYS.bend(0.5)})
  assert.match(text, /On top of a hill/)
})
