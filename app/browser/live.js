// The live numbers of the course's sentences: each a name in the text and what is shown for it, computed from the lesson.

import {loss as lossText, parameter, percent, setting, significant} from "./format.js"
import {layersOf, OWN, unflatten} from "./models.js"

/** @typedef {import("./lesson.js").Lesson} Lesson */

/** Which of theta's numbers is called so. @param {Lesson} lesson @param {string} name */
function at({declaration}, name) {
  return declaration.names === undefined ? 0 : declaration.names.indexOf(name)
}

/** @param {string} name @returns {(lesson: Lesson) => string} */
const theta = (name) => (lesson) => parameter(lesson.state.theta[at(lesson, name)])

/** @param {string} name @returns {(lesson: Lesson) => string} */
const slope = (name) => (lesson) => significant(lesson.measured?.gradient[at(lesson, name)] ?? NaN)

/** Where one step of gradient descent leads. @param {string} name @returns {(lesson: Lesson) => string} */
const next = (name) => (lesson) => parameter(lesson.state.theta[at(lesson, name)] - lesson.state.settings.step_size * (lesson.measured?.gradient[at(lesson, name)] ?? NaN))

/** @param {string} name @returns {(lesson: Lesson) => string} */
const set = (name) => (lesson) => setting(lesson.state.settings[name])

/** @param {string} name @returns {(lesson: Lesson) => string} */
const best = (name) => (lesson) => (lesson.state.best?.theta ? parameter(lesson.state.best.theta[at(lesson, name)]) : "none")

/** Where the class that is predicted changes. @param {Lesson} lesson */
function border(lesson) {
  const found = lesson.kind.borders?.(lesson) ?? []
  const none = lesson.state.settings.model === OWN ? "nowhere in view" : "nowhere"
  return found.length === 0 ? none : found.map((at) => significant(at)).join(" and ")
}

/** The share of the test points that a network of two classes takes for the right one. @param {Lesson} lesson */
export function testAccuracy({state: {theta, model, data}, modules, common}) {
  const {sizes, formulas} = /** @type {import("./models.js").Network} */ (model)
  const outputs = modules[formulas].units(unflatten(theta, layersOf(sizes)), data.test.x)
  return common.accuracy(data.test.y, outputs[outputs.length - 1])
}

/** @type {Record<string, (lesson: Lesson) => string>} */
export const live = {
  w: theta("w"),
  b: theta("b"),
  w1: theta("w1"),
  w2: theta("w2"),
  "slope-w": slope("w"),
  "slope-b": slope("b"),
  "next-w": next("w"),
  "next-b": next("b"),
  "best-w": best("w"),
  "best-b": best("b"),
  "best-loss": ({state}) => (state.best?.theta ? lossText(state.best.loss) : "none"),
  "w-true": set("w_true"),
  "b-true": set("b_true"),
  noise: set("noise"),
  n: set("n"),
  steps: set("n_steps"),
  "step-size": set("step_size"),
  loss: ({measured}) => lossText(measured?.loss ?? NaN),
  norm: ({measured}) => significant(measured?.norm ?? NaN),
  "test-loss": ({measured}) => (measured?.testLoss == null ? "none" : lossText(measured.testLoss)),
  "loss-name": ({declaration, state}) => declaration.losses[state.settings.loss].label.toLowerCase(),
  optimizer: ({declaration, state}) => declaration.optimizers[state.settings.optimizer].label,
  bound: (lesson) => (lesson.bound() === null ? "none" : significant(/** @type {number} */ (lesson.bound()), 3)),
  border,
  parameters: ({state}) => String(state.theta.length),
  layers: ({state}) => String(state.settings.hidden.length),
  accuracy: (lesson) => (lesson.state.data.task === "classification" ? percent(testAccuracy(lesson)) : "none"),
}
