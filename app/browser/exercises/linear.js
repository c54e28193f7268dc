// What passes the exercises of linear regression.

import {sidewaysLine} from "../figures/fit.js"
import {loss as lossText, parameter, setting, significant} from "../format.js"
import {atItsEnd, byHand, limitFound, near, nearByHand} from "./common.js"

const FAR = 5 // times the usual residual, from where on a point is an outlier
const STEEPER = 1.2 // times
const UNSCALED = 20 // where x is as far from zero
const THREE = {mse: "squared error", mae: "absolute error", huber: "Huber loss"}

/** Whether there are points of one's own, and one far away among them. @param {import("./checks.js").Done} done */
function hasOutlier({lesson, state: {data, model, best}}) {
  if (!data.own || !best?.theta) {
    return false
  }
  const predicted = lesson.modules[model.formulas].predict(best.theta, data.train.x)
  const sizes = Array.from(predicted, (/** @type {number} */ value, /** @type {number} */ k) => Math.abs(value - data.train.y[k])).sort((a, b) => a - b)
  return sizes[sizes.length - 1] > FAR * sizes[Math.floor(sizes.length / 2)]
}

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

  sideways({lesson, state: {data, view, best}}) {
    if (!view.sideways || !view.best || !best?.theta) {
      return null
    }
    const {x, y} = data.shown
    const lines = [{x, y}, {x: y, y: x}].map((part) => sidewaysLine(lesson.modules["formulas/linear.js"], part))
    const share = lines.reduce((product, line) => product * (line?.slope ?? 0), 1) // the square of the correlation
    const passed = share <= 1 / STEEPER
    return {passed, saw: share > 0.001 ? `x from y is ${significant(1 / share)} times as steep${passed ? "." : ": not much. With more noise it is more."}` : "x says next to nothing of y here: the one is level, the other upright."}
  },

  "by-hand": (done) => nearByHand(done, 0.05),

  "let-it": (done) => (atItsEnd(done) === null ? null : near(done, 0.01)),

  limit: (done) => limitFound(done, 0.01),

  outlier(done) {
    if (done.state.settings.loss !== "mse" || !done.state.data.own) {
      return null
    }
    const seen = nearByHand(done, 0.05)
    return seen !== null && !hasOutlier(done) ? {passed: false, saw: "None of these points is far from the others."} : seen
  },

  "three-losses"(done) {
    const {settings} = done.state
    if (atItsEnd(done) === null || !(settings.loss in THREE) || !done.state.data.own) {
      return null
    }
    const slopes = Object.keys(THREE).map((loss) => {
      const alike = done.ended.find(({run}) => run.settings.loss === loss && run.settings.points === settings.points && run.settings.standardise === settings.standardise)
      return alike?.run.theta.at(-1)?.[0]
    })
    const [mse, mae, huber] = slopes
    if (mse === undefined || mae === undefined || huber === undefined) {
      const missing = Object.values(THREE).filter((_, k) => slopes[k] === undefined)
      return {passed: false, saw: `Now ${missing.join(" and ")}, on the same points.`}
    }
    const saw = `The slopes are ${parameter(mse)} under the squared error, ${parameter(mae)} under the absolute error and ${parameter(huber)} under the Huber loss`
    const is = Math.abs(mse - mae) > 3 * Math.abs(huber - mae)
    return {passed: is, saw: is ? `${saw}: squares give way.` : `${saw}: no outlier among the points, or not all have arrived.`}
  },

  scaling(done) {
    const run = atItsEnd(done)
    const {settings, data} = done.state
    const {x} = data.shown
    if (run === null || settings.loss !== "mse" || settings.optimizer !== "gradient_descent" || !(Math.max(...x) > UNSCALED)) {
      return null
    }
    return run.total > 20 ? {passed: false, saw: `These were ${run.total} steps; 20 are enough.`} : near(done, 0.01)
  },

  absolute(done) {
    const {settings} = done.state
    if (settings.loss !== "mae" || atItsEnd(done) === null) {
      return null
    }
    return settings.noise < 8 || done.state.data.own ? {passed: false, saw: done.state.data.own ? "These points are your own; drawn ones with noise are meant." : `The noise is ${setting(settings.noise)}, and is to be 8 or more.`} : near(done, 0.02)
  },
}
