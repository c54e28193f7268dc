// A network's parameters: one flat vector, in the server's order (layer after layer, b and then w row by row).

/**
 * @typedef {{inputs: number, units: number, b: number, w: number}} Layer
 *   number of inputs and of units, and where the layer's biases and weights begin in the vector
 */

/**
 * @param {number[]} sizes inputs, units of each hidden layer, outputs
 * @returns {Layer[]}
 */
export function layersOf(sizes) {
  let at = 0
  return sizes.slice(1).map((units, index) => {
    const inputs = sizes[index]
    const layer = {inputs, units, b: at, w: at + units}
    at += units + inputs * units
    return layer
  })
}

/**
 * The vector as the lowered formula takes it; views, no copies.
 * @param {Float64Array} theta
 * @param {Layer[]} layers
 */
export function unflatten(theta, layers) {
  return layers.map(({inputs, units, b, w}) => ({
    b: theta.subarray(b, b + units),
    w: theta.subarray(w, w + inputs * units),
  }))
}

/**
 * Where the weight from an input to a unit is in the vector.
 * @param {Layer} layer
 * @param {number} from
 * @param {number} unit
 */
export function weightAt(layer, from, unit) {
  return layer.w + from * layer.units + unit
}
