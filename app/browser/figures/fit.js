// Data and fit: the points, the model's curve, the residuals, and on request the truth and the best fit.

import {clip} from "../geometry.js"
import {any} from "../state.js"

const CURVE_POINTS = 161
const MOST_SQUARES = 25

/** @typedef {import("../geometry.js").Frame} Frame */

/** Squares are shown of every so many points: those of all would cover one another. @param {number} n */
export const squareStride = (n) => Math.ceil(n / MOST_SQUARES)

export class Fit {
  /** @param {any} declaration @param {any} formulas of the lesson */
  constructor({classes, truths}, formulas) {
    this.classes = classes
    this.truths = truths
    this.formulas = formulas
    /** @type {Frame} */
    this.frame = {left: 0, right: 1, bottom: 0, top: 1}
    this.grid = new Float64Array(0)
  }

  /** @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {Set<string>} changed */
  draw(plots, state, changed) {
    if (changed.has("data")) {
      this.drawData(plots, state.data.train)
    }
    if (any(changed, "data", "view")) {
      const {recipe, noise} = state.data
      const truths = this.truths.map((/** @type {string} */ name) => state.settings[name])
      this.curve(plots, "truth", state.view.truth ? this.formulas.truth[recipe](this.grid, noise, ...truths) : null)
    }
    if (any(changed, "data", "view", "best")) {
      const theta = state.view.best ? state.best?.theta : null
      this.curve(plots, "best_curve", theta ? this.formulas.predict(theta, this.grid) : null)
    }
    if (any(changed, "data", "theta", "view", "settings")) {
      this.curve(plots, "curve", this.formulas.predict(state.theta, this.grid))
      this.drawResiduals(plots, state)
    }
    if (this.classes && any(changed, "data", "theta")) {
      const at = this.formulas.boundary(state.theta)
      const shown = at >= this.frame.left && at <= this.frame.right
      plots.set("decision", shown ? {x: [at], y: [0.5]} : {x: [], y: []})
    }
  }

  /** @param {import("../plots.js").Plots} plots @param {import("../state.js").Part} data */
  drawData(plots, {x, y}) {
    const [left, right] = [Math.min(...x), Math.max(...x)]
    const margin = 0.06 * (right - left)
    const [low, high] = this.classes ? [0, 1] : [Math.min(0, ...y), Math.max(0, ...y)]
    const room = (this.classes ? 0.12 : 0.3) * (high - low)
    this.frame = {left: left - margin, right: right + margin, bottom: low - room, top: high + room}
    const span = this.frame.right - this.frame.left
    this.grid = Float64Array.from({length: CURVE_POINTS}, (_, i) => this.frame.left + (span * i) / (CURVE_POINTS - 1))
    plots.span("fit", {x: [this.frame.left, this.frame.right], y: [this.frame.bottom, this.frame.top]})
    if (this.classes) {
      for (const label of [0, 1]) {
        const of = (/** @type {Float64Array} */ values) => values.filter((_, i) => y[i] === label)
        plots.set(`points_${label}`, {x: of(x), y: of(y)})
      }
    } else {
      plots.set("points", {x, y})
    }
  }

  /** @param {import("../plots.js").Plots} plots @param {string} name @param {Float64Array | null} values over the grid */
  curve(plots, name, values) {
    plots.set(name, values === null ? {x: [], y: []} : clip(this.grid, values, this.frame))
  }

  /** @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state */
  drawResiduals(plots, {data, settings, theta, view}) {
    const {x, y} = data.train
    const squares = view.residuals && view.squares && settings.loss === "mse"
    const lines = view.residuals && !squares
    const none = new Float64Array(0)
    const predicted = lines ? this.formulas.predict(theta, x) : none
    plots.set("residual_lines", {
      x0: lines ? x : none,
      x1: lines ? x : none,
      y0: lines ? y : none,
      y1: Array.from(predicted, (/** @type {number} */ value) => between(value, this.frame)),
    })
    const stride = squareStride(x.length)
    const some = (/** @type {Float64Array} */ values) => (squares ? values.filter((_, i) => i % stride === 0) : none)
    plots.set("residual_squares", this.squares(plots, some(x), some(y), squares ? this.formulas.predict(theta, some(x)) : none))
  }

  /**
   * Residuals as squares on the screen, whose side is the residual.
   * @param {import("../plots.js").Plots} plots
   * @param {Float64Array} x
   * @param {Float64Array} y
   * @param {Float64Array} predicted
   */
  squares(plots, x, y, predicted) {
    const {frame} = this
    const {width, height} = plots.size("fit")
    const aspect = ((frame.right - frame.left) / (frame.top - frame.bottom)) * (height / width)
    /** @type {Record<string, number[]>} */
    const columns = {left: [], right: [], bottom: [], top: []}
    for (let i = 0; i < x.length; i++) {
      const side = (predicted[i] - y[i]) * aspect // to the right of points below the curve, to the left of those above
      columns.left.push(Math.max(Math.min(x[i], x[i] + side), frame.left))
      columns.right.push(Math.min(Math.max(x[i], x[i] + side), frame.right))
      columns.bottom.push(Math.min(y[i], between(predicted[i], frame)))
      columns.top.push(Math.max(y[i], between(predicted[i], frame)))
    }
    return columns
  }
}

/** A height, brought inside the frame. @param {number} value @param {Frame} frame */
function between(value, frame) {
  return Math.min(Math.max(value, frame.bottom), frame.top)
}
