// What passes the exercises of linear regression.

import {loss as lossText, setting} from "../format.js"
import {atItsEnd, byHand, limitFound, near, nearByHand} from "./common.js"

/** @type {Record<string, import("./checks.js").Check>} */
export const linearChecks = {
  simulate({state, lesson}) {
    const {w_true: w, b_true: b} = state.settings
    const same = [w === lesson.rows.w_true.default && "w", b === lesson.rows.b_true.default && "b"].filter(Boolean)
    if (same.length === 2) {
      return null
    }
    return {passed: same.length === 0, saw: same.length === 0 ? `The truth is y = ${setting(w)}·x + ${setting(b)}, and only you know it.` : `${same[0]} is still the one that was there.`}
  },

  "bad-guess"(done) {
    const {state, measured} = done
    if (!byHand(done) || state.settings.loss !== "mse" || measured === null || state.theta.every((value) => value === 0)) {
      return null
    }
    const is = measured.loss > 500
    return {passed: is, saw: is ? `An error of ${lossText(measured.loss)}: bad indeed.` : `The error is ${lossText(measured.loss)}, and is to be above 500.`}
  },

  "by-hand": (done) => nearByHand(done, 0.05),

  "let-it": (done) => (atItsEnd(done) === null ? null : near(done, 0.01)),

  limit: (done) => limitFound(done, 0.01),

  absolute(done) {
    const {settings} = done.state
    if (settings.loss !== "mae" || atItsEnd(done) === null) {
      return null
    }
    return settings.noise < 8 ? {passed: false, saw: `The noise is ${setting(settings.noise)}, and is to be 8 or more.`} : near(done, 0.02)
  },
}
