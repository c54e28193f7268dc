// What passes the exercises of the neural network.

import {loss as lossText, percent, significant} from "../format.js"
import {testAccuracy} from "../live.js"
import {atItsEnd, byHand} from "./common.js"
import {turnsWhere} from "./sketched.js"

const ENOUGH = 0.95

/** @param {number[]} hidden widths of the hidden layers */
const unitsOf = (hidden) => hidden.reduce((sum, width) => sum + width, 0)

/** Whether the test loss is so many times the training loss, after a run that has learned. @param {import("../state.js").Run} run @param {(times: number) => boolean} wanted @returns {import("./checks.js").Seen} */
function gapOf({loss, testLoss, made}, wanted) {
  const [train, test] = [loss[made], testLoss[made]]
  const saw = `The test loss is ${lossText(test)}, the training loss ${lossText(train)}: ${significant(test / train, 2)} times.`
  return {passed: wanted(test / train) && train < loss[0], saw}
}

/** Whether enough test points are right after a run on a data set. @param {import("./checks.js").Done} done @param {string} dataset @returns {import("./checks.js").Seen | null} */
function separates(done, dataset) {
  const {state, lesson} = done
  if (state.settings.dataset !== dataset || atItsEnd(done) === null) {
    return null
  }
  const share = testAccuracy(lesson)
  return {passed: share >= ENOUGH, saw: `${percent(share)} of the test points are right${share >= ENOUGH ? "." : `; wanted are ${percent(ENOUGH)}.`}`}
}

/** @type {Record<string, import("./checks.js").Check>} */
export const networkChecks = {
  tune(done) {
    const {state} = done
    if (!byHand(done) || state.theta === state.start && state.theta.every((value, k) => value === done.lesson.kind.initial(state.settings, state.model, state.data)[k])) {
      return null
    }
    return {passed: true, saw: "The unit, and all that depends on it, follows."}
  },

  moons: (done) => separates(done, "moons"),

  xor(done) {
    const {hidden} = done.state.settings
    const seen = separates(done, "xor")
    if (seen === null) {
      return null
    }
    const units = unitsOf(hidden)
    if (hidden.length !== 1 || units > 4) {
      return {passed: false, saw: `These are ${units} units in ${hidden.length} hidden layers; wanted is one with 4 or fewer.`}
    }
    return {...seen, saw: seen.passed ? `${units} units. ${seen.saw}` : seen.saw}
  },

  overfit: turnsWhere,

  gap(done) {
    const run = atItsEnd(done)
    if (run === null) {
      return null
    }
    return gapOf(run, (times) => times >= 2)
  },

  penalty(done) {
    const run = atItsEnd(done)
    if (run === null || run.settings.penalty !== "l2") {
      return null
    }
    const units = unitsOf(run.settings.hidden)
    if (units < 16) {
      return {passed: false, saw: `These are ${units} hidden units; wanted are at least 16.`}
    }
    return gapOf(run, (times) => times < 1.5)
  },
}
