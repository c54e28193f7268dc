// What is seen in the figures, in words: for who does not see them. Said anew when something is let go, never while a run plays.

import {loss as lossText, significant} from "../format.js"
import {project} from "../planes.js"
import {stepShown} from "../state.js"

/**
 * @param {import("../state.js").State} state
 * @param {any} common formulas of all models
 * @param {(name: string) => string} text that stands on the page under a name; "" where there is none
 * @param {string[]} scores how well a network does, in words
 * @returns {Record<string, string>} by the figures' names
 */
export function described(state, common, text, scores) {
  const loss = `${text("loss-name")} ${text("loss")}`
  const data = sentence(text("data-summary"), text("equation"), loss, text("test-loss"))
  const history = [describedRun(state), describedPins(state)].join(" ").trim()
  return {
    fit: data,
    curve: data,
    decision: sentence(text("data-summary"), loss, text("test-loss"), ...scores),
    function: sentence(text("formula"), `w = ${significant(state.theta[0])}`, loss, text("slope"), text("rule")),
    surface: describedPlane(state, common),
    loss_log: history,
    loss_linear: history,
  }
}

/** @param {string[]} parts those that are empty are left out */
const sentence = (...parts) => `${parts.filter((part) => part.trim() !== "").join("; ")}.`

/** @param {import("../state.js").State} state */
function describedRun(state) {
  const {run} = state
  if (run === null) {
    return "No run yet."
  }
  const at = stepShown(state)
  const test = run.testLoss.length > 0 ? `, on test data ${lossText(run.testLoss[at])}` : ""
  return `${lossText(run.loss[0])} at step 0; ${lossText(run.loss[at])} at step ${at}${test}; the run has ${run.made} steps.`
}

/** @param {import("../state.js").State} state */
function describedPins({pins}) {
  const each = pins.filter(({run}) => run.made >= 0).map(({run: {settings, loss, made}}) => `${settings.optimizer.replace(/_/g, " ")}, step size ${significant(settings.step_size)}: ${lossText(loss[made])} at step ${made}`)
  return each.length === 0 ? "" : `Compared with ${sentence(...each)}`
}

/** @param {import("../state.js").State} state @param {any} common */
function describedPlane({surface, theta, run, start, view, best}, common) {
  if (surface === null || surface.plane.origin.length !== theta.length) {
    return ""
  }
  const {plane, limits} = surface
  const at = (/** @type {Float64Array} */ where) => {
    const {us, vs} = project(common, plane, [where])
    return `${plane.labels[0]} = ${significant(us[0])}, ${plane.labels[1]} = ${significant(vs[0])}`
  }
  return sentence(
    `The point: ${at(theta)}`,
    run === null ? "" : `the path began at ${at(start)}`,
    view.best && best?.theta ? `the minimum: ${at(best.theta)}` : "",
    `colours from ${significant(limits[0], 2)} to ${significant(limits[1], 2)}`,
  )
}
