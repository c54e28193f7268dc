// The checks of all exercises: what passes them, by lesson and id.

import {descentChecks} from "./descent.js"
import {linearChecks} from "./linear.js"
import {logisticChecks} from "./logistic.js"
import {networkChecks} from "./network.js"
import {polynomialChecks} from "./polynomial.js"

/**
 * @typedef {{run: import("../state.js").Run, start: Float64Array}} Ended a run that has ended, and its start
 *
 * @typedef {object} Done what a check looks at
 * @property {import("../lesson.js").Lesson} lesson
 * @property {import("../state.js").State} state
 * @property {import("../figures/readout.js").Measured | null} measured at the point that is shown
 * @property {Ended[]} ended the last runs, the last one first
 * @property {import("../sketch.js").Sketch | null} sketch what was drawn for the exercise, where there is something to draw
 *
 * @typedef {{passed: boolean, saw: string}} Seen what was seen of it, in a sentence
 * @typedef {(done: Done) => Seen | null} Check null where nothing was done that it is about
 */

/** @type {Record<string, Record<string, Check>>} */
export const checks = {
  linear: linearChecks,
  descent: descentChecks,
  polynomial: polynomialChecks,
  logistic: logisticChecks,
  network: networkChecks,
}
