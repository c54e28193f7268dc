// What several checks ask.

import {loss as lossText, percent, setting} from "../format.js"

/** @typedef {import("./checks.js").Done} Done */
/** @typedef {import("./checks.js").Seen} Seen */

// settings that two runs have in common of which only the step size may differ; some are not in every lesson
const ALIKE = ["model", "own_model", "loss", "own_loss", "optimizer", "own_optimizer", "own_m", "own_v", "batch_size"]

/** Whether the point is where the learner has put it, and not an optimizer. @param {Done} done */
export const byHand = ({state}) => state.phase === "by hand" && state.run === null

/** The run that is shown, at its end; null while none is. @param {Done} done */
export function atItsEnd({state, ended}) {
  return state.phase === "ended" && !state.stale && ended[0]?.run === state.run ? ended[0].run : null
}

/** Whether the loss that is shown is within a share of the lowest. @param {Done} done @param {number} share @returns {Seen | null} */
export function near({state, measured}, share) {
  const {best} = state
  if (!best?.theta || measured === null) {
    return null
  }
  const above = measured.minimised - best.loss
  const is = above <= share * Math.abs(best.loss)
  const [here, there] = [lossText(measured.minimised), lossText(best.loss)]
  return {passed: is, saw: is ? `${here}, and the lowest there is is ${there}.` : `The loss is ${here}; within ${percent(share)} of the lowest would be ${lossText(best.loss * (1 + share))} or less.`}
}

/** The same where the point was put by hand, without the best fit in sight. @param {Done} done @param {number} share @returns {Seen | null} */
export function nearByHand(done, share) {
  const {theta, view} = done.state
  const seen = byHand(done) && theta.some((value) => value !== 0) ? near(done, share) : null
  if (view.best) {
    return seen?.passed ? {passed: false, saw: "Near enough, but with the best fit in sight: hide it, and find the place without."} : null
  }
  return seen
}

/** Whether a run went up rather than down. @param {import("../state.js").Run} run */
export const failed = (run) => run.divergedAt !== null || !(run.loss[run.made] < run.loss[0])

/**
 * Two runs that differ in the step size alone, close together, of which one fails and one does not.
 * @param {Done} done
 * @param {number} share how close
 * @returns {Seen | null}
 */
export function limitFound({state, ended}, share) {
  const run = state.run
  if (run === null || state.phase !== "ended") {
    return null
  }
  const alike = ended.map((one) => one.run).filter(({settings}) => ALIKE.every((name) => settings[name] === run.settings[name]))
  const good = Math.max(...alike.filter((one) => !failed(one)).map(({settings}) => settings.step_size))
  const bad = Math.min(...alike.filter(failed).map(({settings}) => settings.step_size))
  if (!Number.isFinite(good) || !Number.isFinite(bad)) {
    const seen = Number.isFinite(good) ? `${setting(good)} is stable` : `${setting(bad)} is too large`
    return {passed: false, saw: `${seen}. Now one of the other kind.`}
  }
  if (bad < good) {
    return {passed: false, saw: "A larger step size held and a smaller one did not: give the runs more steps, so that it shows."}
  }
  const is = bad / good - 1 <= share
  const [lower, upper] = [setting(good), setting(bad)]
  return {passed: is, saw: is ? `The limit lies between ${lower} and ${upper}.` : `${lower} is stable and ${upper} is too large: ${percent(bad / good - 1)} apart. Closer.`}
}
