// What passes the exercises of gradient descent in one dimension.

import {loss as lossText, parameter, significant} from "../format.js"
import {atItsEnd, byHand, limitFound} from "./common.js"
import {fallsAsEarly} from "./sketched.js"

/** @typedef {import("./checks.js").Done} Done */

/** A run of plain gradient descent on one function, at its end. @param {Done} done @param {string} name */
function descentOn(done, name) {
  const run = atItsEnd(done)
  return run !== null && run.settings.loss === name && run.settings.optimizer === "gradient_descent" ? run : null
}

/** Where a run starts and ends. @param {import("../state.js").Run} run */
const ends = ({theta}) => [theta[0][0], theta[theta.length - 1][0]]

/** @type {Record<string, import("./checks.js").Check>} */
export const descentChecks = {
  flat(done) {
    const {state, measured} = done
    if (!byHand(done) || state.settings.loss !== "parabola" || measured === null || state.theta[0] === state.start[0] && state.theta[0] === 10) {
      return null
    }
    const is = Math.abs(state.theta[0] + 1.5) <= 0.1
    return {passed: is, saw: is ? `At w = ${parameter(state.theta[0])} the tangent is level.` : `The slope at w = ${parameter(state.theta[0])} is ${significant(measured.gradient[0])}.`}
  },

  fall: fallsAsEarly,

  small(done) {
    const run = descentOn(done, "parabola")
    if (run === null) {
      return null
    }
    const [from, to] = ends(run)
    if (from !== 10 || run.total !== 50) {
      return {passed: false, saw: `This run goes from w = ${parameter(from)} in ${run.total} steps; wanted are 50 steps from w = 10.`}
    }
    const is = run.divergedAt === null && to > 5 && to <= 10
    return {passed: is, saw: is ? `After 50 steps only at w = ${parameter(to)}.` : `It ends at w = ${parameter(to)}.`}
  },

  right(done) {
    const run = descentOn(done, "parabola")
    if (run === null) {
      return null
    }
    const [from, to] = ends(run)
    if (from !== 10 || run.total > 10) {
      return {passed: false, saw: `This run goes from w = ${parameter(from)} in ${run.total} steps; wanted are 10 or fewer from w = 10.`}
    }
    const away = Math.abs(to + 1.5)
    return {passed: away <= 0.01, saw: away <= 0.01 ? `There in ${run.total} steps.` : `It ends at w = ${parameter(to)}, ${significant(away)} from the minimum.`}
  },

  limit: (done) => (done.state.settings.loss === "parabola" && done.state.settings.optimizer === "gradient_descent" ? limitFound(done, 0.01) : null),

  valley(done) {
    const run = descentOn(done, "two_valleys")
    if (run === null) {
      return null
    }
    const [lowest] = done.lesson.declaration.functions.two_valleys.minima
    const [from, to] = ends(run)
    const is = run.divergedAt === null && Math.abs(to - lowest.w) < 0.05
    return {passed: is, saw: is ? `From w = ${parameter(from)} it arrives at the lower one.` : `It ends at w = ${parameter(to)}, with f(w) = ${lossText(run.loss[run.made])}.`}
  },

  plateau(done) {
    const run = descentOn(done, "plateau")
    if (run === null) {
      return null
    }
    const [from, to] = ends(run)
    if (Math.abs(from) > 12 || run.total !== 50) {
      return {passed: false, saw: `Wanted are 50 steps from a start between −12 and 12; this were ${run.total} from ${parameter(from)}.`}
    }
    const is = Math.abs(to - from) < 0.01 && run.loss[0] > 1
    return {passed: is, saw: is ? `50 steps, and it has moved by ${significant(Math.abs(to - from), 2)}.` : run.loss[0] > 1 ? `It moved by ${significant(Math.abs(to - from), 2)}.` : "That is the minimum: look for a place that is not."}
  },

  newton(done) {
    const run = atItsEnd(done)
    if (run === null || run.settings.loss !== "parabola" || run.settings.optimizer !== "newton") {
      return null
    }
    const away = Math.abs(run.theta[1][0] + 1.5)
    const [from] = ends(run)
    const is = away < 1e-6 && Math.abs(from + 1.5) > 0.1
    return {passed: is, saw: is ? "One step, and it is there." : `After the first step it is ${significant(away)} from the minimum.`}
  },
}
