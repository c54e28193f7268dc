// The lowered formulas of a model under a flat theta: what a run, a surface and a figure ask of any model.

export const OWN = "own" // the name of what the learner has written, among the models, the losses and the optimizers
export const COMMON = "formulas/common.js" // formulas of all models

/**
 * @typedef {{kind: "one_input" | "descent", formulas: string, count: number}} OneInput
 * @typedef {{kind: "network", formulas: string, sizes: number[]}} Network
 * @typedef {OneInput | Network} Spec which model, as it travels to a worker
 *
 * @typedef {object} Model
 * @property {number} count numbers in theta
 * @property {(loss: string, theta: Float64Array, x: Float64Array, y: Float64Array) => number} loss
 * @property {(loss: string, theta: Float64Array, x: Float64Array, y: Float64Array, penalty: [number, number], gradient: Float64Array) => [number, number]}
 *   evaluate what is minimised and the loss in it; writes the gradient
 * @property {any} formulas the module
 */

/**
 * @typedef {{inputs: number, units: number, b: number, w: number}} Layer
 *   number of inputs and of units, and where the layer's biases and weights begin in theta
 */

/** @param {number[]} sizes inputs, units of each hidden layer, outputs @returns {Layer[]} */
export function layersOf(sizes) {
  let at = 0
  return sizes.slice(1).map((units, index) => {
    const inputs = sizes[index]
    const layer = {inputs, units, b: at, w: at + units}
    at += units + inputs * units
    return layer
  })
}

/** The parts of a network's theta; views, no copies. @param {Float64Array} theta @param {Layer[]} layers */
export function unflatten(theta, layers) {
  return layers.map(({inputs, units, b, w}) => ({b: theta.subarray(b, b + units), w: theta.subarray(w, w + inputs * units)}))
}

/** Where the weight from an input to a unit is in theta. @param {Layer} layer @param {number} from @param {number} unit */
export function weightAt(layer, from, unit) {
  return layer.w + from * layer.units + unit
}

/** Whether a network has a connection. @param {number[]} sizes @param {{layer: number, unit: number, from: number}} connection */
export function hasConnection(sizes, {layer, unit, from}) {
  const shape = layersOf(sizes)[layer]
  return shape !== undefined && unit < shape.units && from < shape.inputs
}

/** @param {number[]} sizes */
export function countOf(sizes) {
  return layersOf(sizes).reduce((sum, {inputs, units}) => sum + units + inputs * units, 0)
}

/** Numbers in a model's theta. @param {Spec} spec */
export const numbersOf = (spec) => (spec.kind === "network" ? countOf(spec.sizes) : spec.count)

/** What the inputs of a network are called. @param {Record<string, string>} features labels by name @param {Record<string, any>} settings @param {any} data @returns {string[]} */
export function inputNames(features, settings, data) {
  if (data.inputs === 2) {
    return settings.features.map((/** @type {string} */ name) => features[name])
  }
  return data.columns
}

/** @param {Spec} spec @param {any} formulas the module that it names @returns {Model} */
export function modelOf(spec, formulas) {
  return spec.kind === "network" ? network(spec, formulas) : oneInput(spec, formulas)
}

/** @param {OneInput} spec @param {any} formulas @returns {Model} */
function oneInput({count}, formulas) {
  return {
    count,
    formulas,
    loss: (loss, theta, x, y) => formulas.loss[loss](theta, x, y),
    evaluate(loss, theta, x, y, [l1, l2], gradient) {
      const [[minimised, bare], slope] = formulas.evaluate[loss](theta, x, y, l1, l2)
      gradient.set(slope)
      return [minimised, bare]
    },
  }
}

/** @param {Network} spec @param {any} formulas @returns {Model} */
function network({sizes}, formulas) {
  const layers = layersOf(sizes)
  return {
    count: countOf(sizes),
    formulas,
    loss: (loss, theta, x, y) => formulas.loss[loss](unflatten(theta, layers), x, y),
    evaluate(loss, theta, x, y, [l1, l2], gradient) {
      const [[minimised, bare], slopes] = formulas.evaluate[loss](unflatten(theta, layers), x, y, l1, l2)
      for (let k = 0; k < layers.length; k++) {
        gradient.set(slopes[k].b, layers[k].b)
        gradient.set(slopes[k].w, layers[k].w)
      }
      return [minimised, bare]
    },
  }
}
