// How a run ended, in a sentence; each is computed from that run, and from what is known of its loss.

import {apart, loss as lossText, percent, significant} from "./format.js"

const TOLERANCE = 1e-6 // a gradient norm below this counts as none
const TAIL = 0.2 // share of a run that says how it ended where single steps do not
const UPHILL = "your update leads uphill, or too far"
const NOTABLE = 0.1 // share of the test loss: a gap to the training loss that is worth a word

/**
 * @typedef {{kind: "converged" | "descending" | "diverged" | "warning", text: string, answer?: true}} Ending answer: whether it tells
 *   what the lowest loss is, or where
 *
 * @typedef {object} Known what is known of the loss that was minimised
 * @property {{theta: Float64Array | null, loss: number} | null} best none where it is not sought
 * @property {string | null} reason why there is no minimum
 * @property {number | null} bound the largest stable step size, where there is one
 * @property {boolean} hessian whether the optimizer divides by the curvature
 * @property {boolean} batched whether its steps see a part of the data
 * @property {boolean} searched whether what is known to be lowest is only the lowest that was found
 * @property {boolean} own whether the learner has written the optimizer: nothing is known then of why it does what it does
 */

/** @param {import("./state.js").Run} run @param {Known} known @returns {Ending} */
export function ending(run, known) {
  if (run.divergedAt !== null) {
    return diverged(run, known)
  }
  return run.testLoss.length > 0 ? ofNetwork(run, known) : ofFewParameters(run, known)
}

/** @param {import("./state.js").Run} run @param {Known} known @returns {Ending} */
function diverged({divergedAt, settings}, {reason, bound, hessian, batched, own}) {
  const start = `Diverged at step ${divergedAt}`
  const shown = divergedAt === 1 ? "only its start is shown" : `steps 0 to ${/** @type {number} */ (divergedAt) - 1} are shown`
  const because = (/** @type {string} */ why) => ({kind: /** @type {const} */ ("diverged"), text: `${start} (${shown}): ${why}`})
  if (own) {
    return because("your update leads to where the loss is enormous, or no number. Try a smaller step size, or another update.")
  }
  if (reason !== null) {
    return because(`there is no minimum to arrive at. ${reason}`)
  }
  if (bound !== null && settings.step_size > bound) {
    const [stable, used] = apart(bound, settings.step_size)
    return because(`step size ${used} is above ${stable}, the largest stable one ${batched ? "for all data at once" : "here"}.`)
  }
  if (hessian) {
    return because("far from the minimum this loss has hardly any curvature, and Newton's step divides by it. Start nearer.")
  }
  return because("the loss grew without end. Try a smaller step size.")
}

/** @param {import("./state.js").Run} run @param {Known} known @returns {Ending} */
function ofFewParameters(run, known) {
  const {loss, norm, made: steps, settings} = run
  const {reason, bound, batched, own} = known
  const last = loss[steps]
  const best = known.searched && known.best !== null && last < known.best.loss ? null : known.best
  const lowest = known.searched ? "the lowest loss found" : "the lowest loss"
  if (reason !== null) {
    const falls = last < loss[0] ? "Still going down" : "No lower than at the start"
    return {kind: "descending", text: `${falls} after ${steps} steps. ${reason}`}
  }
  if (batched) {
    return ofBatches(run, own)
  }
  if (bound !== null && settings.step_size > bound && last > loss[steps - 1] && norm[steps] > TOLERANCE) {
    const [stable, used] = apart(bound, settings.step_size)
    return {kind: "diverged", text: `After ${steps} steps the loss is going up: step size ${used} is above ${stable}, the largest stable one here.`}
  }
  if (own && last > loss[0]) {
    return {kind: "diverged", text: `After ${steps} steps the loss is higher than at the start: ${UPHILL}.`}
  }
  const above = best === null ? 0 : last - best.loss
  const span = best === null ? 0 : loss[0] - best.loss
  const far = best !== null && above > 1e-3 * Math.max(best.loss, 1e-3)
  const still = stillSince(norm, steps)
  if (far && (still !== null || flat(run, best, above))) {
    const since = still === null ? `after ${steps} steps` : `since step ${still}`
    const left = `the gradient has all but vanished (its norm is ${significant(norm[steps], 2)})`
    return {kind: "warning", answer: true, text: `On a plateau ${since}: ${left} at a loss of ${lossText(last)}, though ${lossText(best.loss)} can be reached elsewhere. Start elsewhere.`}
  }
  if (still !== null) {
    return {kind: "converged", text: `Converged at step ${still}: the gradient norm is below 10⁻⁶ from there on.`}
  }
  if (best === null) {
    return {kind: "descending", text: `After ${steps} steps: loss ${lossText(last)}.`}
  }
  const share = span > 0 ? above / span : 0
  if (span > 0 && share >= 0 && share < 1e-4) {
    return {kind: "descending", text: `All but there after ${steps} steps: ${significant(above, 2)} above ${lowest}, and the steps have become tiny.`}
  }
  const way = span > 0 && share < 1 ? `${percent(1 - share)} of the way to ${lowest}` : `no nearer to ${lowest} than at the start`
  if (atAStandstill(loss, steps)) {
    return {kind: "descending", text: `No nearer for a while after ${steps} steps, ${way}${own ? "" : ": the steps jump over it. Try a smaller step size"}.`}
  }
  return {kind: "descending", text: `Still ${last > loss[steps - 1] ? "moving" : "going down"} after ${steps} steps: ${way}.`}
}

/**
 * How a run on a function of one number ended.
 *
 * @param {import("./state.js").Run} run
 * @param {{minima: {w: number, value: number, curvature: number}[], bound: number | null, hessian: boolean, bend: number, own: boolean}} known
 *   all minima, the lowest first; the largest stable step size, where there is one; f″ at the end; whether the learner has written
 *   the optimizer
 * @returns {Ending}
 */
export function endingOnFunction(run, {minima, bound, hessian, bend, own}) {
  const {loss, norm, theta, made: steps, settings} = run
  if (run.divergedAt !== null) {
    return diverged(run, {best: null, reason: null, bound, hessian, batched: false, searched: false, own})
  }
  const [last, [w]] = [loss[steps], theta[theta.length - 1]]
  const nearest = minima.reduce((a, b) => (Math.abs(b.w - w) < Math.abs(a.w - w) ? b : a))
  const still = stillSince(norm, steps)
  if (still !== null && Math.abs(w - nearest.w) < 1e-3) {
    if (nearest === minima[0]) {
      return {kind: "converged", text: `Converged at step ${still}: the slope is below 10⁻⁶ from there on, at w = ${significant(w)}.`}
    }
    return {kind: "warning", answer: true, text: `Down in a valley since step ${still}, but not the lowest: f(w) = ${lossText(last)} here, and ${lossText(minima[0].value)} at w = ${significant(minima[0].w)}. Steps lead down from where they start: start elsewhere.`}
  }
  if (still !== null) {
    const where = bend < -1e-3 ? "On top of a hill" : "On a plateau"
    return {kind: "warning", text: `${where} since step ${still}: the slope has vanished (${significant(norm[steps], 2)}) at f(w) = ${lossText(last)}, and no step leads on. Start elsewhere.`}
  }
  const [way, above] = [Math.abs(w - minima[0].w), last - minima[0].value]
  if (norm[steps] * way < 0.1 * above && Math.abs(bend) * way ** 2 < 0.1 * above) {
    return {kind: "warning", answer: true, text: `On a plateau after ${steps} steps: the slope has all but vanished (${significant(norm[steps], 2)}) at f(w) = ${lossText(last)}, though ${lossText(minima[0].value)} can be reached elsewhere. Start elsewhere.`}
  }
  const turns = theta.slice(2).filter(([at], k) => (at - theta[k + 1][0]) * (theta[k + 1][0] - theta[k][0]) < 0).length
  if (last > loss[0]) {
    const [stable, used] = bound === null ? ["", ""] : apart(bound, settings.step_size)
    const why = bound !== null && settings.step_size > bound ? `step size ${used} is above ${stable}, the largest stable one here` : own ? UPHILL : "the steps are too large"
    return {kind: "diverged", text: `After ${steps} steps f(w) is higher than at the start: ${why}.`}
  }
  const across = turns > steps / 2 ? ", jumping from one side to the other" : ""
  return {kind: "descending", text: `${last < loss[steps - 1] ? "Still going down" : "Still moving"} after ${steps} steps${across}: f(w) = ${lossText(last)}, with a slope of ${significant(norm[steps])} in size.`}
}

/** Steps that see a part of the data are judged by the last fifth of the run: single ones say nothing. @param {import("./state.js").Run} run @param {boolean} own @returns {Ending} */
function ofBatches({loss, made: steps, settings}, own) {
  const length = Math.max(1, Math.round((steps + 1) * TAIL))
  const tail = loss.slice(steps + 1 - length, steps + 1)
  const before = loss.slice(Math.max(0, steps + 1 - 2 * length), steps + 1 - length)
  const [low, high] = [Math.min(...tail), Math.max(...tail)]
  const size = `batches of ${settings.batch_size}`
  if (median(tail) > loss[0]) {
    const why = own ? UPHILL : `${size} throw the point about at this step size. Try a smaller one`
    return {kind: "diverged", text: `After ${steps} steps the loss is mostly higher than at the start: ${why}.`}
  }
  if (before.length > 0 && median(tail) < 0.9 * median(before)) {
    return {kind: "descending", text: `Still going down after ${steps} steps, with ${size}.`}
  }
  if (own) {
    return {kind: "descending", text: `After ${steps} steps, with ${size}: loss ${lossText(low)} to ${lossText(high)} in the last fifth.`}
  }
  return {kind: "descending", text: `After ${steps} steps the mini-batches still push the point about (loss ${lossText(low)} to ${lossText(high)} in the last fifth): no batch sees all data.`}
}

/** @param {import("./state.js").Run} run @param {Known} known @returns {Ending} */
function ofNetwork({loss, testLoss, made: steps}, {own}) {
  const [last, test] = [loss[steps], testLoss[steps]]
  let text = `After ${steps} steps: training loss ${significant(last)}, test loss ${significant(test)}.`
  if (last > Math.max(loss[0], 1e-12)) {
    return {kind: "warning", text: `${text} That is more than at the start: ${own ? UPHILL : "try a smaller step size"}.`}
  }
  const [gap, first] = [test - last, testLoss[0] - loss[0]]
  let lowest = 0
  for (let t = 1; t <= steps; t++) {
    lowest = testLoss[t] < testLoss[lowest] ? t : lowest
  }
  if (gap > NOTABLE * test && gap > 2 * Math.max(first, 0) && gap > 2 * Math.max(testLoss[lowest] - loss[lowest], 0) && test > 1.05 * testLoss[lowest]) {
    text += ` The test loss was lowest at step ${lowest} (${significant(testLoss[lowest])}); since then the gap has grown: it learns the noise (overfitting).`
  } else if (gap > 0.25 * test && gap > 2 * Math.max(first, 0)) {
    text += " The gap has grown: it knows the training points better than new ones (overfitting)."
  } else if (last < 0.99 * loss[Math.floor(0.9 * steps)]) {
    text += " Still going down."
  }
  return {kind: "descending", text}
}

/** The first step from which on the gradient is next to nothing; null where it is not so at the end. @param {ArrayLike<number>} norm @param {number} steps */
function stillSince(norm, steps) {
  let since = steps + 1
  while (since > 0 && norm[since - 1] < TOLERANCE) {
    since -= 1
  }
  return since <= steps ? since : null
}

/**
 * Whether the slope at a run's end, followed all the way to the minimum, would lower the loss by next to nothing of
 * what it is above it. A convex loss is never so: there its height is at most the slope times the way.
 *
 * @param {import("./state.js").Run} run @param {{theta: Float64Array | null}} best @param {number} above
 */
function flat({norm, made, theta}, best, above) {
  const end = theta.at(-1)
  return best.theta !== null && end !== undefined && norm[made] * Math.hypot(...best.theta.map((value, i) => value - end[i])) < 0.1 * above
}

/** Whether the last fifth of a run has gone up and down and come no lower than what was before it. @param {Float64Array} loss @param {number} steps */
function atAStandstill(loss, steps) {
  const late = steps + 1 - Math.floor((steps + 1) * TAIL)
  const rises = loss.subarray(late, steps + 1).some((value, i) => value > loss[late + i - 1])
  return rises && steps >= 20 && Math.min(...loss.subarray(late, steps + 1)) >= Math.min(...loss.subarray(0, late)) * (1 - 1e-6)
}

/** @param {Float64Array} values */
function median(values) {
  const sorted = values.slice().sort()
  return sorted[sorted.length >> 1]
}
