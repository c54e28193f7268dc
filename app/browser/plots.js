// The figures of one lesson in one theme: data in, pixels out. Every moving source is found by its name.

import {paintEveryFrame, skipWithTab} from "./painting.js"

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
    this.scale = 1 // how much larger all is drawn than it was declared
    /** @type {Set<string>} the sources that were emptied last */
    this.empty = new Set()
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
    if (below[0].axis_label !== x || left[0].axis_label !== y) {
      below[0].axis_label = x
      left[0].axis_label = y
      setTimeout(() => this.relayout(name)) // Bokeh makes the new label in a task of its own
    }
  }

  /** Names what a figure's tooltips tell: of each the name of its place. @param {string} name @param {string[]} names */
  tooltips(name, names) {
    for (const tool of this.views[name].model.toolbar.tools.filter((/** @type {any} */ {tooltips}) => Array.isArray(tooltips))) {
      tool.tooltips = tool.tooltips.map((/** @type {[string, string]} */ [, what], /** @type {number} */ k) => [k < 2 || !what.startsWith("@output") ? names[k] : names[3], what])
    }
  }

  /**
   * New values of an image.
   * @param {string} name
   * @param {Float32Array} values row by row, `side` squared
   * @param {number} side
   * @param {{x: number[], y: number[]}} ends where the first and last columns and rows are
   * @param {Float32Array} output what tooltips say, where it is not the values
   */
  image(name, values, side, {x, y}, output = values) {
    const {ndarray} = window.Bokeh.require("core/util/ndarray")
    const table = (/** @type {Float32Array} */ of) => [ndarray(of, {dtype: "float32", shape: [side, side]})]
    const [dx, dy] = [(x[1] - x[0]) / (side - 1), (y[1] - y[0]) / (side - 1)]
    this.set(name, {
      image: table(values),
      output: table(output),
      x: [x[0] - dx / 2],
      y: [y[0] - dy / 2],
      dw: [dx * side],
      dh: [dy * side],
    })
  }

  /** Whether there is a source of this name. @param {string} name */
  has(name) {
    this.sources[name] ??= this.document.get_model_by_name(name)
    return this.sources[name] !== null
  }

  /** @param {string} name of a figure @returns {{width: number, height: number}} its frame in pixels */
  size(name) {
    const {width, height} = this.views[name].frame.bbox
    return {width, height}
  }

  /** Where a pointer is on a figure, in pixels of its canvas, and the frame that it is measured by. @param {string} name of a figure @param {MouseEvent} event */
  under(name, event) {
    const {canvas_view: canvas, frame} = this.views[name]
    const {left, top} = canvas.el.getBoundingClientRect()
    return {sx: event.clientX - left, sy: event.clientY - top, frame}
  }

  /** Pixels from a pointer to a place of a figure. @param {string} name of a figure @param {PointerEvent} event @param {number} x @param {number} y */
  distance(name, event, x, y) {
    const {sx, sy, frame} = this.under(name, event)
    return Math.hypot(sx - frame.x_scale.compute(x), sy - frame.y_scale.compute(y))
  }

  /** @param {string} name of a model */
  model(name) {
    return this.document.get_model_by_name(name)
  }

  /** Asks for a new layout: the labels of an axis or of a colour bar have changed. @param {string} name of a figure */
  relayout(name) {
    this.views[name].request_layout(true)
  }
}
