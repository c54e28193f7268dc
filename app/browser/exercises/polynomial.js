// What passes the exercises of polynomial regression.

import {loss as lossText} from "../format.js"
import {atItsEnd, byHand, near} from "./common.js"

/** @type {Record<string, import("./checks.js").Check>} */
export const polynomialChecks = {
  line(done) {
    const {state, measured} = done
    if (!byHand(done) || state.settings.loss !== "mse" || measured === null || state.theta.every((value) => value === 0)) {
      return null
    }
    if (state.theta[1] !== 0) {
      return {passed: false, saw: "w₂ is not 0: that is no line."}
    }
    const is = measured.loss < 27
    return {passed: is, saw: is ? `${lossText(measured.loss)} with a line; the lowest with a curve is ${lossText(state.best?.loss ?? NaN)}.` : `The loss is ${lossText(measured.loss)}, and is to be below 27.`}
  },

  curve: (done) => (atItsEnd(done) === null ? null : near(done, 0.02)),

  faster(done) {
    const run = atItsEnd(done)
    if (run === null) {
      return null
    }
    if (run.total > 60) {
      return {passed: false, saw: `These were ${run.total} steps; wanted are at most 60.`}
    }
    return done.ended[0].start.some((value, k) => Math.abs(value - (done.state.best?.theta?.[k] ?? 0)) > 0.5)
      ? near(done, 0.02)
      : {passed: false, saw: "That run began at the minimum: start at 0."}
  },
}
