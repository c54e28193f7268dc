// What a network makes of the plane of its data: the grid that it is computed on, and the picture of its output.

import {isoline} from "./isoline.js"

export const SIDE = 60 // points along each side of the grid; a multiple of the diagram's PICTURE

/**
 * The inputs of a network at every point of the grid, row by row.
 * @param {{span: number, directions: Float64Array | null}} landscape half the picture's width; what spans the plane
 *   where the data have more columns than the picture
 * @param {number} inputs columns of the data: 1, 2, or more
 */
export function gridOf({span, directions}, inputs) {
  if (inputs === 1) {
    return Float64Array.from({length: SIDE}, (_, k) => place(span, k))
  }
  const grid = new Float64Array(SIDE * SIDE * inputs)
  for (let row = 0, at = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const [u, v] = [place(span, column), place(span, row)]
      for (let k = 0; k < inputs; k++, at++) {
        grid[at] = directions === null ? [u, v][k] : u * directions[k] + v * directions[inputs + k]
      }
    }
  }
  return grid
}

/** Where a column or row of the grid is. @param {number} span @param {number} k */
function place(span, k) {
  return -span + (2 * span * k) / (SIDE - 1)
}

/** Half the width of the picture: half a cell of the grid stands out on every side. @param {number} span */
export function edge(span) {
  return span * (1 + 1 / (SIDE - 1))
}

/**
 * The output as colours, and the line where it is undecided.
 * @param {import("./plots.js").Plots} plots
 * @param {Float64Array} logits over the grid
 * @param {number} span half the picture's width
 */
export function drawDecision(plots, logits, span) {
  const probability = new Float32Array(logits.length)
  for (let k = 0; k < logits.length; k++) {
    probability[k] = sigmoid(logits[k])
  }
  plots.image("probability", probability, SIDE, {x: [-span, span], y: [-span, span]})
  const {xs, ys} = isoline(logits, SIDE, 0, (column) => place(span, column), (row) => place(span, row))
  plots.set("boundary", {xs, ys})
}

/**
 * The data by class; coloured by what the network says of them where it knows more of them than the picture shows.
 * @param {import("./plots.js").Plots} plots
 * @param {any} landscape
 * @param {Float64Array[] | null} outputs on training and test data
 */
export function drawPoints(plots, landscape, outputs) {
  for (const [part, at, y, output] of [
    ["train", landscape.at, landscape.y, outputs?.[0]],
    ["test", landscape.test_at, landscape.test_y, outputs?.[1]],
  ]) {
    for (const label of [0, 1]) {
      /** @type {Record<string, number[]>} */
      const columns = {x1: [], x2: [], color: []}
      for (let i = 0; i < y.length; i++) {
        if (y[i] === label) {
          columns.x1.push(at[2 * i])
          columns.x2.push(at[2 * i + 1])
          columns.color.push(output ? sigmoid(output[i]) : label)
        }
      }
      plots.set(`${part}_${label}`, columns)
    }
  }
}

/** From -1, certainly class 0, to 1, certainly class 1. @param {Float64Array} logits */
export function certainty(logits) {
  return logits.map((z) => 2 * sigmoid(z) - 1)
}

/** @param {number} z */
function sigmoid(z) {
  return 1 / (1 + Math.exp(-z))
}
