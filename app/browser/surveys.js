// What a worker finds out about a loss: its values on a plane with their contour lines, and where it is least.

import {isolines} from "./isoline.js"
import {modelOf} from "./models.js"

const CONTOURS = 16
const FLOOR = 1e-4 // of the highest loss: below it colours and contours make no difference
const SLICE = 10 // milliseconds of work between two looks at the clock

/**
 * @typedef {object} SurfaceOrder
 * @property {import("./models.js").Spec} model
 * @property {string} loss
 * @property {import("./state.js").Part} train
 * @property {[number, number]} penalty strengths of l1 and l2
 * @property {import("./planes.js").Plane} plane
 * @property {[number, number]} u ends of the first coordinate
 * @property {[number, number]} v ends of the second
 * @property {number} side
 */

/**
 * What is minimised, on a grid of a plane.
 * @param {SurfaceOrder} order
 * @param {any} formulas of the model
 * @param {any} common formulas of all models
 * @returns {Generator<import("./state.js").Surface | null>} null while there is more to do
 */
export function* survey({model: spec, loss, train, penalty, plane, u, v, side}, formulas, common) {
  const model = modelOf(spec, formulas)
  const values = new Float32Array(side * side)
  const gradient = new Float64Array(model.count)
  const penalised = penalty.some((strength) => strength > 0)
  const at = (/** @type {[number, number]} */ [low, high], /** @type {number} */ k) => low + ((high - low) * k) / (side - 1)
  let due = performance.now() + SLICE
  for (let k = 0; k < values.length; k++) {
    const theta = common.pointOn(plane.origin, plane.directions, at(u, k % side), at(v, Math.floor(k / side)))
    const value = penalised
      ? model.evaluate(loss, theta, train.x, train.y, penalty, gradient)[0]
      : model.loss(loss, theta, train.x, train.y)
    values[k] = value <= 1e12 ? value : 1e12
    if (performance.now() >= due) {
      yield null
      due = performance.now() + SLICE
    }
  }
  const limits = colorLimits(values)
  /** @type {import("./isoline.js").Lines} */
  const contours = {xs: [], ys: []}
  for (let k = 1; k <= CONTOURS; k++) {
    const level = limits[0] * (limits[1] / limits[0]) ** (k / (CONTOURS + 1)) // evenly spaced in log loss
    const {xs, ys} = isolines(values, side, level, (column) => at(u, column), (row) => at(v, row))
    contours.xs.push(...xs)
    contours.ys.push(...ys)
  }
  yield {plane, u, v, side, loss: values, limits, contours}
}

/** Ends of the logarithmic colour scale: the loss's own, with a floor where it (nearly) reaches zero. @param {Float32Array} loss @returns {[number, number]} */
export function colorLimits(loss) {
  let [low, high] = [Infinity, 1e-12]
  for (const value of loss) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  low = Math.max(low, FLOOR * high)
  return [low, Math.max(high, low * (1 + 1e-6))]
}
