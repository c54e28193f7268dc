// What a network makes of the data: its output over the plane of the data as colours and the line where it is undecided, or
// its curve where there is one input.

import {clip} from "../geometry.js"
import {isolines} from "../isoline.js"
import {any} from "../state.js"

export const SIDE = 60 // points along each side of the grid; a multiple of the diagram's PICTURE

/** Where a column or row of the grid is. @param {number} span half the picture's width @param {number} k */
export const gridPlace = (span, k) => -span + (2 * span * k) / (SIDE - 1)

/** Half the width of the picture: half a cell of the grid stands out on every side. @param {number} span */
const edge = (span) => span * (1 + 1 / (SIDE - 1))

/**
 * @typedef {object} Seen what the network makes of things
 * @property {Float64Array} over its output over the grid
 * @property {Float64Array} train its output on the training data
 * @property {Float64Array} test on the test data
 */

/** Where values lie between two ends, from 0 to 1. @param {Float64Array} values @param {[number, number]} ends */
const sharesOf = (values, [low, high]) => values.map((value) => Math.min(Math.max((value - low) / (high - low), 0), 1))

export class Decision {
  /** @param {any} common formulas of all models */
  constructor(common) {
    this.common = common
  }

  /** @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {Set<string>} changed @param {Seen} seen */
  draw(plots, {data}, changed, seen) {
    if (data.inputs === 1) {
      this.drawCurve(plots, data, changed, seen)
      return
    }
    const {span, task} = data
    const classes = task === "classification"
    const shares = (/** @type {Float64Array} */ values) => (classes ? this.common.probability(values) : sharesOf(values, data.yEnds))
    const unseen = data.inputs > 2 // columns that the picture does not show
    if (changed.has("data")) {
      plots.span("decision", {x: [-edge(span), edge(span)], y: [-edge(span), edge(span)]})
      plots.axes("decision", data.axes[0], data.axes[1])
      plots.tooltips("decision", [...data.short, classes ? "class" : "y", classes ? "p" : "output"])
    }
    if (changed.has("data") || (unseen && any(changed, "theta", "model"))) {
      const colors = (/** @type {Float64Array} */ y, /** @type {Float64Array} */ output) => (unseen ? shares(output) : classes ? y : shares(y))
      this.drawPoints(plots, "train", data.at, data.train.y, colors(data.train.y, seen.train), classes)
      this.drawPoints(plots, "test", data.testAt, data.test.y, colors(data.test.y, seen.test), classes)
    }
    if (any(changed, "data", "theta", "model")) {
      const values = Float32Array.from(shares(seen.over))
      plots.image("probability", values, SIDE, {x: [-span, span], y: [-span, span]}, classes ? values : Float32Array.from(seen.over))
      plots.set("boundary", !classes ? {xs: [], ys: []} : isolines(seen.over, SIDE, 0, (column) => gridPlace(span, column), (row) => gridPlace(span, row)))
    }
  }

  /**
   * The data by class, if they have one.
   * @param {import("../plots.js").Plots} plots
   * @param {string} part
   * @param {Float64Array} at coordinates in the picture
   * @param {Float64Array} y
   * @param {Float64Array} color from 0 to 1: of the target, or of what the network says where it knows more than the picture shows
   * @param {boolean} classes
   */
  drawPoints(plots, part, at, y, color, classes) {
    for (const label of [0, 1]) {
      /** @type {Record<string, number[]>} */
      const columns = {x1: [], x2: [], color: [], y: []}
      for (let i = 0; i < y.length; i++) {
        if (classes ? y[i] === label : label === 0) {
          columns.x1.push(at[2 * i])
          columns.x2.push(at[2 * i + 1])
          columns.color.push(color[i])
          columns.y.push(y[i])
        }
      }
      plots.set(`${part}_${label}`, columns)
    }
  }

  /** @param {import("../plots.js").Plots} plots @param {any} data @param {Set<string>} changed @param {Seen} seen */
  drawCurve(plots, {span, task, axes, yEnds, at, testAt, train, test, grid}, changed, {over}) {
    if (changed.has("data")) {
      plots.span("curve", {x: [-span, span], y: yEnds})
      plots.axes("curve", axes[0], axes[1])
      plots.set("train", {x: at, y: train.y})
      plots.set("test", {x: testAt, y: test.y})
    }
    if (any(changed, "data", "theta", "model")) {
      const curve = task === "classification" ? this.common.probability(over) : over
      plots.set("curve", clip(grid, curve, {left: -span, right: span, bottom: yEnds[0], top: yEnds[1]}))
    }
  }
}
