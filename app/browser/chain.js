// The chain rule in a network: one path from the chosen connection to the output, with the numbers of one training point. All
// derivatives are those of lowered formulas; here they are picked, and multiplied along the path.

import {layersOf, unflatten, weightAt} from "./models.js"

/**
 * @typedef {object} Unit on the path
 * @property {number} layer 0 is the first hidden one
 * @property {number} unit
 * @property {number} weight of the connection that leads to it
 * @property {number} z its weighted sum
 * @property {number} h what it gives
 * @property {number} slope of its activation; of the output that of the point's loss
 *
 * @typedef {object} Chain
 * @property {number} point which training point: the one with the largest loss
 * @property {number} loss of this point
 * @property {number} input what comes in over the chosen connection
 * @property {Unit[]} units from the one that it leads to, to the output
 * @property {number} product along the path, from the output to the chosen weight
 * @property {number} derivative of the point's loss by the chosen weight, over all paths
 * @property {number} paths how many there are
 */

/**
 * Of all paths that of the strongest connections: in each later layer the unit for which weight times slope is largest.
 * @param {Float64Array} theta
 * @param {import("./models.js").Layer[]} layers
 * @param {Float64Array[]} slopes of the hidden layers' units
 * @param {{layer: number, unit: number}} first
 * @returns {number[]} units, from the first layer's to the output's
 */
export function strongestPath(theta, layers, slopes, {layer, unit}) {
  const path = [unit]
  for (let k = layer + 1; k < layers.length; k++) {
    const from = path[path.length - 1]
    const strength = (/** @type {number} */ to) => Math.abs(theta[weightAt(layers[k], from, to)] * (slopes[k]?.[to] ?? 1))
    path.push(largest(Float64Array.from({length: layers[k].units}, (_, to) => strength(to))))
  }
  return path
}

/** Where the largest of some numbers is; the first where it is several times there. @param {Float64Array} values */
function largest(values) {
  return values.reduce((best, value, k) => (value > values[best] ? k : best), 0)
}

/**
 * The chain rule from the chosen connection of a network to its output, with the training point whose loss is largest.
 * @param {{state: Pick<import("./state.js").State, "model" | "theta" | "data" | "settings" | "chosen">, modules: Record<string, any>, declaration: any}} lesson
 * @param {Float64Array | null} outputs of the network for the training points, where they are known
 * @returns {Chain}
 */
export function chainOf({state, modules, declaration}, outputs = null) {
  const {model, theta, data: {train}, settings, chosen} = state
  const formulas = modules[model.formulas]
  const layers = layersOf(/** @type {import("./models.js").Network} */ (model).sizes)
  const layered = unflatten(theta, layers)
  const ofEach = modules[`formulas/${declaration.key}.js`].ofEach[settings.loss]
  const [losses, ofOutput] = ofEach(train.y, outputs ?? formulas.units(layered, train.x).at(-1))
  const point = largest(losses)
  const width = layers[0].inputs
  const x = train.x.slice(point * width, (point + 1) * width)
  const [sums, given, slopes, gradient] = formulas.chain(layered, x, ofOutput[point])
  const {layer, unit, from} = chosen
  const path = strongestPath(theta, layers, slopes, chosen)
  const units = path.map((of, k) => {
    const at = layer + k
    const before = k === 0 ? from : path[k - 1]
    return {layer: at, unit: of, weight: theta[weightAt(layers[at], before, of)], z: sums[at][of], h: given[at][of], slope: slopes[at]?.[of] ?? ofOutput[point]}
  })
  const input = (layer === 0 ? x : given[layer - 1])[from]
  return {
    point, input, units,
    loss: losses[point],
    product: input * units.reduce((product, {weight, slope}, k) => product * slope * (k === 0 ? 1 : weight), 1),
    derivative: gradient[layer].w[from * layers[layer].units + unit],
    paths: layers.slice(layer + 1).reduce((count, {units: width}) => count * width, 1),
  }
}
