// Data and fit: the points, the model's curve, the residuals, and on request the truth and the best fit.

import {crossings} from "../crossings.js"
import {clip} from "../geometry.js"
import {bestFit} from "../minima.js"
import {OWN} from "../models.js"
import {any} from "../state.js"

const CURVE_POINTS = 161
const MOST_SQUARES = 25
const FILLED = 0.5 // of the figure, that own points are to fill at least

/** @typedef {import("../geometry.js").Frame} Frame */

/** Squares are shown of every so many points: those of all would cover one another. @param {number} n */
export const squareStride = (n) => Math.ceil(n / MOST_SQUARES)

export class Fit {
  /** @param {any} declaration @param {any} formulas of the lesson */
  constructor({classes, sideways, truths}, formulas) {
    this.classes = classes
    this.sideways = sideways
    this.truths = truths
    this.formulas = formulas
    /** @type {Frame} */
    this.frame = {left: 0, right: 0, bottom: 0, top: 0}
    this.grid = new Float64Array(0)
  }

  /** @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {Set<string>} changed */
  draw(plots, state, changed) {
    if (changed.has("data")) {
      this.place(state.data)
      this.drawData(plots, state.data)
    }
    if (any(changed, "data", "view")) {
      const {recipe, noise, own} = state.data
      const truths = this.truths.map((/** @type {string} */ name) => state.settings[name])
      this.curve(plots, "truth", state.view.truth && !own ? this.formulas.truth[recipe](this.grid, noise, ...truths) : null)
    }
    if (this.sideways && any(changed, "data", "view")) {
      this.drawSideways(plots, state)
    }
    if (any(changed, "data", "view", "best")) {
      const theta = state.view.best ? state.best?.theta : null
      this.curve(plots, "best_curve", theta ? this.predicted(theta, this.grid, state.data) : null)
    }
    if (any(changed, "data", "theta", "view", "settings")) {
      this.curve(plots, "curve", this.predicted(state.theta, this.grid, state.data))
      this.drawResiduals(plots, state)
    }
    if (this.classes && any(changed, "data", "theta", "model")) {
      const shown = this.borders(state).filter((at) => at >= this.frame.left && at <= this.frame.right)
      plots.set("decision", {x: shown, y: shown.map(() => 0.5)})
    }
  }

  /** Where the model's class changes, in x's own units; of a model of the learner's as far as is in view. @param {import("../state.js").State} state @returns {number[]} */
  borders({settings, theta, data}) {
    if (settings.model === OWN) {
      const values = this.predicted(theta, this.grid, data).slice()
      return crossings(this.grid, values, 0.5, (x) => this.predicted(theta, Float64Array.of(x), data)[0])
    }
    const {scale} = data
    const border = this.formulas.boundary(theta)
    const at = scale === null ? border : this.formulas.scaling.inUnitsOfX(Float64Array.of(border), scale.mean, scale.spread)[0]
    return Number.isFinite(at) ? [at] : []
  }

  /** What the model says of some x, which are in their own units. @param {Float64Array} theta @param {Float64Array} x @param {{scale: {mean: number, spread: number} | null}} data @returns {Float64Array} */
  predicted(theta, x, {scale}) {
    return this.formulas.predict(theta, scale === null ? x : this.formulas.scaling.standardise(x, scale.mean, scale.spread))
  }

  /** Where the figure is to show data. @param {{shown: import("../state.js").Part, own: boolean}} data */
  place({shown: {x, y}, own}) {
    const wanted = frameAround(x, y, this.classes)
    if (!own || !filled(this.frame, wanted, x, y)) {
      this.frame = wanted
    }
    const span = this.frame.right - this.frame.left
    this.grid = Float64Array.from({length: CURVE_POINTS}, (_, i) => this.frame.left + (span * i) / (CURVE_POINTS - 1))
  }

  /** @param {import("../plots.js").Plots} plots @param {{shown: import("../state.js").Part}} data */
  drawData(plots, {shown: {x, y}}) {
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

  /** The line that is fitted sideways, from the lower edge of the figure to the upper one: it may be upright. @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state */
  drawSideways(plots, {data: {shown}, view}) {
    const ends = [this.frame.bottom, this.frame.top]
    const line = view.best && view.sideways ? sidewaysLine(this.formulas, shown) : null
    plots.set("sideways", line === null ? {x: [], y: []} : clip(ends.map((y) => line.slope * y + line.at), ends, this.frame))
  }

  /** @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state */
  drawResiduals(plots, {data, settings, theta, view}) {
    const {x, y} = data.shown
    const squares = view.residuals && view.squares && settings.loss === "mse"
    const lines = view.residuals && !squares
    const none = new Float64Array(0)
    const predicted = lines ? this.predicted(theta, x, data) : none
    plots.set("residual_lines", {
      x0: lines ? x : none,
      x1: lines ? x : none,
      y0: lines ? y : none,
      y1: Array.from(predicted, (/** @type {number} */ value) => between(value, this.frame)),
    })
    const stride = squareStride(x.length)
    const some = (/** @type {Float64Array} */ values) => (squares ? values.filter((_, i) => i % stride === 0) : none)
    plots.set("residual_squares", this.squares(plots, some(x), some(y), squares ? this.predicted(theta, some(x), data) : none))
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

/** The line that says x from y with the least squares: x = slope · y + at; null where all y are the same. @param {any} formulas of a line @param {import("../state.js").Part} points */
export function sidewaysLine(formulas, {x, y}) {
  if (Math.min(...y) === Math.max(...y)) {
    return null
  }
  const order = {loss: "mse", solver: "least_squares", model: {}, train: {x: y, y: x}}
  const {theta} = bestFit(/** @type {any} */ (order), formulas).next().value
  return {slope: theta[0], at: theta[1]}
}

/** The part of the plane that some data are seen on. @param {Float64Array} x @param {Float64Array} y @param {boolean} classes whether y is one @returns {Frame} */
function frameAround(x, y, classes) {
  const [left, right] = [Math.min(...x), Math.max(...x)]
  const margin = 0.06 * (right - left) || 1 // all points may be above one another
  const [low, high] = classes ? [0, 1] : [Math.min(0, ...y), Math.max(0, ...y)]
  const room = (classes ? 0.12 : 0.3) * (high - low) || 1
  return {left: left - margin, right: right + margin, bottom: low - room, top: high + room}
}

/** Whether points can be seen well on a frame that was drawn for others: it does not move under who moves them. @param {Frame} frame @param {Frame} wanted for these points @param {Float64Array} x @param {Float64Array} y */
function filled({left, right, bottom, top}, wanted, x, y) {
  const inside = x.every((value, k) => value >= left && value <= right && y[k] >= bottom && y[k] <= top)
  return inside && wanted.right - wanted.left >= FILLED * (right - left) && wanted.top - wanted.bottom >= FILLED * (top - bottom)
}

/** A height, brought inside the frame. @param {number} value @param {Frame} frame */
function between(value, frame) {
  return Math.min(Math.max(value, frame.bottom), frame.top)
}
