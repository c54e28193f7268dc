// What tells whether a curve that was drawn beforehand is like the one that the run has shown.

import {loss as lossText} from "../format.js"

/** @typedef {import("./checks.js").Done} Done */
/** @typedef {import("./checks.js").Seen} Seen */

const EARLY = 0.15 // share of the steps by which half of a fall may be earlier or later
const TURN = 0.25 // the same of a lowest point
const RISE = 0.1 // share of the axis that counts as a rise

/** The first step at which half of the way from the first value to the last is over; null where it does not go down. @param {Float64Array} values */
function halfOf(values) {
  const [first, last] = [values[0], values[values.length - 1]]
  return last < first ? values.findIndex((value) => value <= (first + last) / 2) : null
}

/** Whether it falls as early as the run does. @param {Done} done @returns {Seen | null} */
export function fallsAsEarly({sketch}) {
  if (sketch === null || sketch.truth === null) {
    return null
  }
  const {truth, values} = sketch
  const [real, drawn] = [halfOf(truth), halfOf(values)]
  if (real === null) {
    return null
  }
  const half = `Half of the fall is over at step ${real} of ${truth.length - 1}`
  if (drawn === null) {
    return {passed: false, saw: `${half}; your sketch does not end lower than it begins. Draw anew.`}
  }
  const is = Math.abs(drawn - real) <= EARLY * truth.length
  return {passed: is, saw: `${half}; in your sketch at step ${drawn}.${is ? "" : " Draw anew."}`}
}

/** Whether it turns where the run does. @param {Done} done @returns {Seen | null} */
export function turnsWhere({sketch}) {
  if (sketch === null || sketch.truth === null) {
    return null
  }
  const {truth, values, wanted: {low, high}} = sketch
  const lowest = (/** @type {Float64Array} */ of) => of.indexOf(Math.min(...of))
  const rise = (/** @type {Float64Array} */ of) => of[of.length - 1] - of[lowest(of)]
  const [real, drawn] = [lowest(truth), lowest(values)]
  if (rise(truth) < RISE * (high - low)) {
    return null
  }
  const turn = `The lowest, ${lossText(truth[real])}, is at step ${real}; at the end it is ${lossText(truth[truth.length - 1])}`
  if (rise(values) < RISE * (high - low)) {
    return {passed: false, saw: `${turn}. In your sketch it does not rise again. Draw anew.`}
  }
  const is = Math.abs(drawn - real) <= TURN * truth.length
  return {passed: is, saw: `${turn}. Your sketch is lowest at step ${drawn}.${is ? "" : " Draw anew."}`}
}
