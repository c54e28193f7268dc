// What passes the exercises of logistic regression.

import {loss as lossText, parameter, significant} from "../format.js"
import {OWN} from "../models.js"
import {atItsEnd, byHand, near, nearByHand} from "./common.js"

const ENTROPY = "binary_cross_entropy"
const SQUARED = "squared_error_on_probabilities"

/** Whether the model is the lesson's, and none that the learner has written. @param {Record<string, any>} settings */
const ofALine = ({model}) => model !== OWN

/** @type {Record<string, import("./checks.js").Check>} */
export const logisticChecks = {
  border(done) {
    const [w] = done.state.theta
    const [at] = done.lesson.kind.borders?.(done.lesson) ?? []
    if (!byHand(done) || !ofALine(done.state.settings) || at === undefined) {
      return null
    }
    const is = w > 0 && Math.abs(at - 2) <= 0.1
    return {passed: is, saw: w < 0 ? "The curve falls: w is to be above 0." : `The boundary is at ${significant(at)}.`}
  },

  "by-hand": (done) => (done.state.settings.loss === ENTROPY ? nearByHand(done, 0.05) : null),

  "let-it": (done) => (atItsEnd(done) !== null && done.state.settings.loss === ENTROPY ? near(done, 0.01) : null),

  plateau(done) {
    if (atItsEnd(done) === null) {
      return null
    }
    const from = (/** @type {string} */ loss) => done.ended.find(({run, start}) => run.settings.loss === loss && ofALine(run.settings) && start[0] === 0 && start[1] >= 15)
    const [squared, entropy] = [from(SQUARED), from(ENTROPY)]
    if (squared === undefined && entropy === undefined) {
      return null
    }
    if (squared === undefined || entropy === undefined) {
      return {passed: false, saw: `That was the ${squared === undefined ? "cross-entropy" : "squared error"}. Now the other one from the same start.`}
    }
    const fell = (/** @type {import("../state.js").Run} */ {loss, made}) => `${lossText(loss[0])} → ${lossText(loss[made])}`
    return {passed: true, saw: `Squared error: ${fell(squared.run)}, where its gradient has vanished. Cross-entropy: ${fell(entropy.run)}.`}
  },

  separable(done) {
    const {state} = done
    const run = atItsEnd(done)
    if (run === null || !ofALine(state.settings) || state.settings.recipe !== "rounded" || state.settings.noise !== 0) {
      return null
    }
    const w = state.theta[0]
    const is = w > 4 && state.best !== undefined && !state.best?.theta
    return {passed: is, saw: is ? `w = ${parameter(w)} and growing: the loss has no minimum.` : `w = ${parameter(w)}. Go on.`}
  },
}
