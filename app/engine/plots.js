// The figures of one lesson in one theme: data in, pixels out. Every moving source is found by its name.

import {split} from "./arrays.js"
import {clip, contains} from "./geometry.js"
import {paintEveryFrame, skipWithTab} from "./painting.js"
import {linearTicks, logTicks} from "./ticks.js"

const ARROW_LENGTH = 54 // pixels
const ARROW_HEAD = 9
const LEAST_ARROW = 22 // a shorter one would hide behind the point
const LEAST_SHARE = 1e-16 // of the highest loss, the lowest that the logarithmic axis shows: below is rounding
const TICKS = 4 // on the loss axis, at most
const BAR_TICKS = 6 // on the colour bar
const ARROW_MAGNITUDES = 4 // powers of ten from the longest arrow to none

export class Plots {
  /**
   * @param {any[]} views the views of the figures
   */
  constructor(views) {
    /** @type {Record<string, any>} */
    this.views = Object.fromEntries(views.map((view) => [view.model.name.replace("_figure", ""), view]))
    this.document = views[0].model.document
    for (const view of views) {
      paintEveryFrame(view)
      skipWithTab(view)
    }
    /** @type {Record<string, any>} */
    this.sources = {}
    /** @type {Set<string>} the sources that were emptied last */
    this.empty = new Set()
    /** @type {import("./geometry.js").Frame} */
    this.frame = {left: 0, right: 1, bottom: 0, top: 1}
    /** @type {Record<"log" | "linear", [number, number]>} */
    this.historyEnds = {log: [0.1, 1], linear: [0, 1]}
    this.floor = 0 // what is below it is drawn on it, on the logarithmic axis; 0 where nothing is
    /** @type {"log" | "linear"} the axis that is shown */
    this.axis = "log"
  }

  /**
   * New columns for a named source.
   * @param {string} name
   * @param {Record<string, any>} columns
   */
  set(name, columns) {
    const empty = Object.values(columns).every((column) => column.length === 0)
    if (empty && this.empty.has(name)) {
      return // nothing was there, nothing is: no repainting
    }
    this.empty[empty ? "add" : "delete"](name)
    this.sources[name] ??= this.document.get_model_by_name(name)
    this.sources[name].data = columns
  }

  /**
   * Moves the ends of a figure's axes.
   * @param {string} name
   * @param {{x?: [number, number], y?: [number, number]}} ends
   */
  span(name, {x, y}) {
    const figure = this.views[name].model
    for (const [range, ends] of [
      [figure.x_range, x],
      [figure.y_range, y],
    ]) {
      if (ends !== undefined && (range.start !== ends[0] || range.end !== ends[1])) {
        range.setv({start: ends[0], end: ends[1], reset_start: ends[0], reset_end: ends[1]})
        this.views[name].request_layout(true)
      }
    }
  }

  /**
   * Names a figure's axes.
   * @param {string} name
   * @param {string} x
   * @param {string} y
   */
  axes(name, x, y) {
    const {below, left} = this.views[name].model
    below[0].axis_label = x
    left[0].axis_label = y
  }

  /**
   * New values of an image.
   * @param {string} name
   * @param {Float32Array} values row by row, `side` squared
   * @param {number} side
   * @param {{x: number[], y: number[]}} ends where the first and last columns and rows are
   */
  image(name, values, side, {x, y}) {
    const {ndarray} = window.Bokeh.require("core/util/ndarray")
    const [dx, dy] = [(x[1] - x[0]) / (side - 1), (y[1] - y[0]) / (side - 1)]
    this.set(name, {
      image: [ndarray(values, {dtype: "float32", shape: [side, side]})],
      x: [x[0] - dx / 2],
      y: [y[0] - dy / 2],
      dw: [dx * side],
      dh: [dy * side],
    })
  }

  // --- the loss surface ---

  /** A new surface: image, colours, contour lines. @param {any} landscape */
  surface(landscape) {
    const {w, b, surface, limits} = landscape
    this.frame = {left: w[0], right: w[1], bottom: b[0], top: b[1]}
    this.document.get_model_by_name("surface_colors").setv({low: limits[0], high: limits[1]})
    this.document.get_model_by_name("surface_ticks").ticks = logTicks(limits[0], limits[1], BAR_TICKS)
    this.views.surface.request_layout(true) // the colour bar has other labels
    this.image("surface", Float32Array.from(surface), Math.sqrt(surface.length), {x: w, y: b})
    this.set("contours", {
      xs: split(landscape.contour_w, landscape.contour_ends),
      ys: split(landscape.contour_b, landscape.contour_ends),
    })
    this.span("surface", {x: [w[0], w[1]], y: [b[0], b[1]]})
  }

  /**
   * A line on the surface.
   * @param {string[]} names the sources that show it
   * @param {ArrayLike<number>} w
   * @param {ArrayLike<number>} b
   */
  line(names, w, b) {
    const {x, y} = clip(w, b, this.frame)
    for (const name of names) {
      this.set(name, {w: x, b: y})
    }
  }

  /**
   * A point on the surface, or none.
   * @param {string} name
   * @param {{w: number, b: number} | null} theta
   */
  point(name, theta) {
    const shown = theta !== null && contains(theta.w, theta.b, this.frame)
    this.set(name, shown ? {w: [theta.w], b: [theta.b]} : {w: [], b: []})
  }

  /**
   * The direction of steepest descent, as an arrow. Gradients span many magnitudes: its length follows the logarithm.
   * @param {{w: number, b: number}} theta
   * @param {{w: number, b: number}} gradient
   * @param {number} steepest the size of the gradient that the longest arrow stands for
   */
  arrow(theta, gradient, steepest) {
    const {width, height} = this.views.surface.frame.bbox
    const [perW, perB] = [
      width / (this.frame.right - this.frame.left),
      height / (this.frame.top - this.frame.bottom),
    ]
    // The gradient lives in the plane of (w, b): its direction on the screen follows the axes' scales.
    const [dx, dy] = [-gradient.w * perW, -gradient.b * perB]
    const size = Math.hypot(dx, dy)
    const length = arrowLength(Math.hypot(gradient.w, gradient.b) / steepest)
    if (!(size > 0) || !Number.isFinite(size) || length < LEAST_ARROW || !contains(theta.w, theta.b, this.frame)) {
      for (const name of ["arrow_edge", "arrow"]) {
        this.set(name, {w: [], b: []})
      }
      return
    }
    const [ux, uy] = [dx / size, dy / size]
    const barb = (/** @type {number} */ side) => [
      length * ux - ARROW_HEAD * (ux + side * uy),
      length * uy - ARROW_HEAD * (uy - side * ux),
    ]
    const tip = [length * ux, length * uy]
    const pixels = [[0, 0], tip, barb(1), tip, barb(-1)]
    this.line(
      ["arrow_edge", "arrow"],
      pixels.map(([x]) => theta.w + x / perW),
      pixels.map(([, y]) => theta.b + y / perB),
    )
  }

  /**
   * Where a pointer is on the surface; null outside of its frame unless `clamp`.
   * @param {PointerEvent} event
   * @param {boolean} clamp
   * @returns {{w: number, b: number} | null}
   */
  thetaAt(event, clamp) {
    const view = this.views.surface
    const {left, top} = view.canvas_view.el.getBoundingClientRect()
    const [sx, sy] = [event.clientX - left, event.clientY - top]
    const {bbox, x_scale: scaleX, y_scale: scaleY} = view.frame
    if (!clamp && !bbox.contains(sx, sy)) {
      return null
    }
    const [w, b] = [scaleX.invert(sx), scaleY.invert(sy)]
    return {
      w: Math.min(Math.max(w, this.frame.left), this.frame.right),
      b: Math.min(Math.max(b, this.frame.bottom), this.frame.top),
    }
  }

  /** Pixels from a pointer to a point of the surface. @param {PointerEvent} event @param {{w: number, b: number}} theta */
  distance(event, theta) {
    const view = this.views.surface
    const {left, top} = view.canvas_view.el.getBoundingClientRect()
    return Math.hypot(
      event.clientX - left - view.frame.x_scale.compute(theta.w),
      event.clientY - top - view.frame.y_scale.compute(theta.b),
    )
  }

  // --- data and fit ---

  /**
   * The model's curve, inside the frame.
   * @param {string} name
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys
   * @param {import("./geometry.js").Frame} frame
   */
  curve(name, xs, ys, frame) {
    this.set(name, clip(xs, ys, frame))
  }

  /**
   * Residuals as lines from the data to the curve.
   * @param {ArrayLike<number>} x
   * @param {ArrayLike<number>} y
   * @param {ArrayLike<number>} predicted
   * @param {import("./geometry.js").Frame} frame
   */
  residualLines(x, y, predicted, frame) {
    this.set("residual_lines", {x0: x, x1: x, y0: y, y1: Array.from(predicted, (value) => between(value, frame))})
  }

  /**
   * Residuals as squares on the screen, whose side is the residual.
   * @param {ArrayLike<number>} x
   * @param {ArrayLike<number>} y
   * @param {ArrayLike<number>} predicted
   * @param {import("./geometry.js").Frame} frame
   */
  residualSquares(x, y, predicted, frame) {
    const {width, height} = this.views.fit.frame.bbox
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
    this.set("residual_squares", columns)
  }

  /** Shows no residuals of one kind. @param {"residual_lines" | "residual_squares"} name */
  noResiduals(name) {
    this.set(name, name === "residual_lines" ? {x0: [], x1: [], y0: [], y1: []} : {left: [], right: [], bottom: [], top: []})
  }

  // --- loss over steps: two figures, one per kind of axis ---

  /** The axes of a new run. @param {Float64Array[]} losses of every step, whatever they are on */
  historySpan(losses) {
    const steps = losses[0].length - 1
    let [low, high] = [Infinity, -Infinity]
    for (const loss of losses) {
      for (const value of loss) {
        low = value > 0 ? Math.min(low, value) : low
        high = Math.max(high, value)
      }
    }
    const x = /** @type {[number, number]} */ ([-0.015 * steps, Math.max(1, steps) * 1.015])
    const top = high > 0 ? high : 1
    const floor = Number.isFinite(low) ? Math.max(low, top * LEAST_SHARE) : top / 10
    this.floor = low < floor || losses.some((loss) => loss.includes(0)) ? floor : 0
    const room = Math.max((top / floor) ** 0.08, 1.15)
    this.historyEnds = {log: [floor / room, top * room], linear: [-0.06 * top, top * 1.06]}
    this.span("loss_log", {x, y: this.historyEnds.log})
    this.span("loss_linear", {x, y: this.historyEnds.linear})
    this.views.loss_log.model.left[0].ticker.ticks = logTicks(...this.historyEnds.log, TICKS)
    this.views.loss_linear.model.left[0].ticker.ticks = linearTicks(0, this.historyEnds.linear[1], TICKS)
  }

  /**
   * Columns of one of the elements `whole`, `walked` and `loss_head`.
   * @param {string} name
   * @param {ArrayLike<number>} step
   * @param {ArrayLike<number>} loss
   */
  history(name, step, loss) {
    const {axis, floor} = this
    const shown = axis === "log" && floor > 0 ? Float64Array.from(loss, (value) => Math.max(value, floor)) : loss
    this.set(`${name}_${axis}`, {step, loss: shown})
  }

  /** Shows no run. @param {string[]} names of the elements */
  noHistory(names) {
    for (const name of names) {
      this.history(name, [], [])
    }
  }

  /** The upright line at a step. @param {number} step */
  cursor(step) {
    this.set(`cursor_${this.axis}`, {step: [step, step], loss: this.historyEnds[this.axis]})
  }

  /** Whether a point of the surface is in the picture. @param {{w: number, b: number}} theta */
  inside(theta) {
    return contains(theta.w, theta.b, this.frame)
  }
}

/** A height, brought inside the frame. @param {number} value @param {import("./geometry.js").Frame} frame */
function between(value, frame) {
  return Math.min(Math.max(value, frame.bottom), frame.top)
}

/** @param {number} share of the steepest gradient */
function arrowLength(share) {
  return ARROW_LENGTH * Math.min(Math.max(1 + Math.log10(share) / ARROW_MAGNITUDES, 0), 1)
}
