// The numbers behind each figure, as tables: for who would rather read than look, and to take along.

import {inputNames, layersOf, modelOf, unflatten} from "../models.js"
import {project} from "../planes.js"

/** @typedef {import("../state.js").State} State @typedef {import("../state.js").Run} Run */
/** @typedef {{head: string[], rows: (string | number)[][]}} Table a row's length is that of the head */

/**
 * What is drawn in a figure.
 * @param {string} figure the name of its place
 * @param {import("../lesson.js").Lesson} lesson
 * @returns {Table}
 */
export function tableOf(figure, {state, modules, common, declaration}) {
  const formulas = modules[state.model.formulas]
  switch (figure) {
    case "fit":
      return ofFit(state, formulas)
    case "decision":
    case "curve":
      return ofOutputs(state, formulas, common)
    case "surface":
      return declaration.names === undefined ? ofPath(state, formulas, common) : ofSteps(state, formulas, declaration)
    case "function":
      return {head: ["step", "w", "f(w)"], rows: walked(state, formulas).map(({step, theta, loss}) => [step, theta[0], loss])}
    case "units":
      return ofWeights(state, declaration)
    default:
      return ofHistory(state, declaration)
  }
}

/** @param {State} state @param {any} formulas @returns {Table} */
function ofFit({data: {shown: {x, y}, train}, theta}, formulas) {
  const predicted = formulas.predict(theta, train.x)
  return {head: ["x", "y", "prediction"], rows: Array.from(x, (/** @type {number} */ at, /** @type {number} */ i) => [at, y[i], predicted[i]])}
}

/** What a network makes of its data. @param {State} state @param {any} formulas @param {any} common @returns {Table} */
function ofOutputs({data, model, theta}, formulas, common) {
  const layers = layersOf(/** @type {any} */ (model).sizes)
  const classes = data.task === "classification"
  const across = data.inputs === 1 ? 1 : 2 // coordinates of a point in the picture
  const rows = [["training", data.train, data.at], ["test", data.test, data.testAt]].flatMap(([part, {x, y}, at]) => {
    const output = formulas.units(unflatten(theta, layers), x).at(-1).slice()
    const shown = classes ? common.probability(output) : output
    return Array.from(y, (/** @type {number} */ target, /** @type {number} */ i) => [part, ...at.slice(across * i, across * (i + 1)), target, shown[i]])
  })
  return {head: ["part", ...data.axes.slice(0, across), classes ? "class" : "y", classes ? "probability of class 1" : "prediction"], rows}
}

/** The kept steps of the run; the point alone where there is none. @param {State} state @param {any} formulas */
function walked({run, theta, settings, model, data: {train}}, formulas) {
  return run === null
    ? [{step: 0, theta, loss: modelOf(model, formulas).loss(settings.loss, theta, train.x, train.y)}]
    : run.steps.map((step, k) => ({step, theta: run.theta[k], loss: run.loss[step]}))
}

/** The same with all parameters. @param {State} state @param {any} formulas @param {any} declaration @returns {Table} */
function ofSteps(state, formulas, {names}) {
  const steps = walked(state, formulas)
  return {head: ["step", ...names.slice(0, state.theta.length), "loss"], rows: steps.map(({step, theta, loss}) => [step, ...theta, loss])}
}

/** The same on the plane that is shown. @param {State} state @param {any} formulas @param {any} common @returns {Table} */
function ofPath(state, formulas, common) {
  const {plane} = state.surface ?? {}
  if (plane === undefined) {
    return {head: [], rows: []}
  }
  const steps = walked(state, formulas)
  const {us, vs} = project(common, plane, steps.map(({theta}) => theta))
  return {head: ["step", ...plane.labels, "loss"], rows: steps.map(({step, loss}, k) => [step, us[k], vs[k], loss])}
}

/** The run and those that it is compared with, step by step. @param {State} state @param {any} declaration @returns {Table} */
function ofHistory({run, pins}, {optimizers}) {
  const columns = [
    ...(run === null ? [] : [["loss", run.loss, run], ["test loss", run.testLoss, run], ["loss with penalty", run.minimised, run], ["gradient norm", run.norm, run]]),
    ...pins.map(({run: other}) => [`${optimizers[other.settings.optimizer].label}, step size ${other.settings.step_size}`, other.loss, other]),
  ].filter(([, values]) => /** @type {Float64Array} */ (values).length > 0)
  const most = Math.max(-1, ...columns.map(([, , of]) => /** @type {Run} */ (of).made))
  const rows = Array.from({length: most + 1}, (_, step) => [step, ...columns.map(([, values, of]) => (step <= /** @type {Run} */ (of).made ? /** @type {Float64Array} */ (values)[step] : ""))])
  return {head: ["step", ...columns.map(([name]) => /** @type {string} */ (name))], rows}
}

/** A network's parameters. @param {State} state @param {any} declaration @returns {Table} */
function ofWeights({model, theta, settings, data}, {features}) {
  const layers = layersOf(/** @type {any} */ (model).sizes)
  const names = inputNames(features, settings, data)
  const rows = unflatten(theta, layers).flatMap(({b, w}, layer) => {
    const {inputs, units} = layers[layer]
    const from = (/** @type {number} */ k) => (layer === 0 ? names[k] : `unit ${k + 1} of layer ${layer}`)
    const to = (/** @type {number} */ k) => (layer === layers.length - 1 ? "output" : `unit ${k + 1} of layer ${layer + 1}`)
    return Array.from({length: units}, (_, unit) => [
      ...Array.from({length: inputs}, (_, k) => [to(unit), from(k), w[k * units + unit]]),
      [to(unit), "bias", b[unit]],
    ]).flat()
  })
  return {head: ["to", "from", "weight"], rows}
}
