// The small pictures of inputs and units: what each makes of the plane (or the line) of the data, from -1 to 1.

import {PICTURE} from "./diagram.js"
import {SIDE} from "./decision.js"

const STRIDE = SIDE / PICTURE

/**
 * The pictures of a layer's units.
 * @param {Float64Array} layer their outputs over the grid, unit after unit for each point
 * @param {number} units
 * @param {boolean} line whether the grid is a line
 */
export function pictures(layer, units, line) {
  return Array.from({length: units}, (_, unit) => scaled(line ? stripes(layer, units, unit) : sampled(layer, units, unit)))
}

/** Every `STRIDE`-th point of the grid, for one unit of a layer. @param {Float64Array} layer @param {number} units @param {number} unit */
function sampled(layer, units, unit) {
  const picture = new Float64Array(PICTURE * PICTURE)
  for (let row = 0; row < PICTURE; row++) {
    for (let column = 0; column < PICTURE; column++) {
      picture[row * PICTURE + column] = layer[(row * STRIDE * SIDE + column * STRIDE) * units + unit]
    }
  }
  return picture
}

/** The same where the grid is a line: its values from left to right. @param {Float64Array} layer @param {number} units @param {number} unit */
function stripes(layer, units, unit) {
  return Float64Array.from({length: PICTURE * PICTURE}, (_, at) => layer[(at % PICTURE) * STRIDE * units + unit])
}

/** So that the largest value is 1 or -1. @param {Float64Array} values */
function scaled(values) {
  let largest = 1e-9
  for (const value of values) {
    largest = Math.max(largest, Math.abs(value))
  }
  return values.map((value) => value / largest)
}
