// A function of one number: its curve and its minima, the tangent at the point, the next step, the steps walked so far.

import {clip, contains} from "../geometry.js"
import {any} from "../state.js"

const CURVE_POINTS = 401
const TANGENT = 0.16 // of the picture's width, to either side of the point
const ARROW_HEAD = 9 // pixels
const LEAST_ARROW = 12
const ROOM = 0.08 // of the curve's height, above and below it

export class FunctionFigure {
  /**
   * @param {any} declaration
   * @param {any} formulas of the lesson
   * @param {(state: import("../state.js").State) => number | null} next where the step after the one that is shown leads; null where
   *   there is none
   * @param {(state: import("../state.js").State, slope: number, next: number | null) => void} tell called with what is drawn
   */
  constructor({functions}, formulas, next, tell) {
    this.functions = functions
    this.formulas = formulas
    this.next = next
    this.tell = tell
    /** @type {import("../geometry.js").Frame} */
    this.frame = {left: 0, right: 1, bottom: 0, top: 1}
  }

  /**
   * @param {import("../plots.js").Plots} plots
   * @param {import("../state.js").State} state
   * @param {Set<string>} changed
   * @param {import("./readout.js").Measured} measured of the point that is shown
   */
  draw(plots, state, changed, measured) {
    const {settings, view, run, ghost, step, stale} = state
    if (any(changed, "settings", "data")) {
      this.drawCurve(plots, settings.loss)
    }
    if (any(changed, "settings", "data", "view")) {
      const minima = view.best ? this.functions[settings.loss].minima : []
      plots.set("f_minima", {w: minima.map((/** @type {any} */ {w}) => w), f: minima.map((/** @type {any} */ {value}) => value)})
    }
    if (any(changed, "data", "run", "ghost", "made", "step", "stale", "settings")) {
      const old = stale ? run : ghost
      this.line(plots, "f_ghost", old?.theta.map(([w]) => w) ?? [], old?.loss ?? [])
      const walked = run === null || stale ? [] : run.theta.slice(0, step + 1).map(([w]) => w)
      this.line(plots, "f_trail", walked, run?.loss ?? [])
      this.points(plots, "f_walked", walked.slice(0, -1), run?.loss ?? [])
      const start = run === null ? [] : [state.start[0]]
      this.points(plots, "f_start", start, run === null ? [] : [run.loss[0]])
    }
    if (any(changed, "theta", "data", "settings", "run", "stale", "made", "step")) {
      this.drawPoint(plots, state, measured)
    }
  }

  /** @param {import("../plots.js").Plots} plots @param {string} name of the function */
  drawCurve(plots, name) {
    const [left, right] = this.functions[name].span
    const w = Float64Array.from({length: CURVE_POINTS}, (_, k) => left + ((right - left) * k) / (CURVE_POINTS - 1))
    const f = this.formulas.curve[name](w).slice()
    const [low, high] = [Math.min(...f), Math.max(...f)]
    const room = ROOM * (high - low)
    this.frame = {left, right, bottom: low - room, top: high + room}
    plots.span("function", {x: [left, right], y: [this.frame.bottom, this.frame.top]})
    plots.set("f_curve", {w, f})
  }

  /** The point with its tangent and its next step. @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {import("./readout.js").Measured} measured */
  drawPoint(plots, state, {loss, gradient}) {
    const [[w], [slope], {left, right}] = [state.theta, gradient, this.frame]
    const reach = TANGENT * (right - left)
    const ends = [w - reach, w + reach]
    this.points(plots, "f_head", [w], [loss])
    this.line(plots, "f_tangent", ends, ends.map((at) => loss + slope * (at - w)))
    const next = this.next(state)
    this.tell(state, slope, next)
    const lands = next === null ? NaN : this.formulas.curve[state.settings.loss](Float64Array.of(next))[0]
    this.line(plots, "f_drop", next === null ? [] : [next, next], [loss, lands])
    this.points(plots, "f_next", next === null ? [] : [next], [lands])
    this.drawStep(plots, w, loss, next)
    const inside = contains(w, loss, this.frame)
    const [edge, up] = [Math.min(Math.max(w, left), right), Math.min(Math.max(loss, this.frame.bottom), this.frame.top)]
    const away = w < left ? Math.PI / 2 : w > right ? -Math.PI / 2 : 0
    plots.set("f_edge", inside || !Number.isFinite(loss) ? {w: [], f: [], angle: []} : {w: [edge], f: [up], angle: [away]})
  }

  /** The step that is next, along w, as an arrow. @param {import("../plots.js").Plots} plots @param {number} w @param {number} f @param {number | null} next */
  drawStep(plots, w, f, next) {
    if (next === null || !Number.isFinite(next)) {
      this.line(plots, "f_step", [], [])
      return
    }
    const {width, height} = plots.size("function")
    const perW = width / (this.frame.right - this.frame.left)
    const perF = height / (this.frame.top - this.frame.bottom)
    const way = Math.sign(next - w)
    const head = plots.scale * ARROW_HEAD
    const headed = Math.abs(next - w) * perW >= plots.scale * LEAST_ARROW
    const barb = next - (way * head) / perW
    const [up, down] = [f + (0.6 * head) / perF, f - (0.6 * head) / perF]
    this.line(plots, "f_step", headed ? [w, next, barb, next, barb] : [w, next], headed ? [f, f, up, f, down] : [f, f])
  }

  /** @param {import("../plots.js").Plots} plots @param {string} name @param {ArrayLike<number>} ws @param {ArrayLike<number>} fs */
  line(plots, name, ws, fs) {
    const {x, y} = clip(ws, fs, this.frame)
    plots.set(name, {w: x, f: y})
  }

  /** @param {import("../plots.js").Plots} plots @param {string} name @param {number[]} ws @param {ArrayLike<number>} fs */
  points(plots, name, ws, fs) {
    const shown = ws.flatMap((w, k) => (contains(w, fs[k], this.frame) ? [k] : []))
    plots.set(name, {w: shown.map((k) => ws[k]), f: shown.map((k) => fs[k])})
  }

  // --- where a pointer is ---

  /** The w under a pointer; null outside of the frame unless `clamp`. @param {import("../plots.js").Plots} plots @param {PointerEvent} event @param {boolean} clamp @returns {number | null} */
  placeAt(plots, event, clamp) {
    const {sx, sy, frame} = plots.under("function", event)
    if (!clamp && !frame.bbox.contains(sx, sy)) {
      return null
    }
    return Math.min(Math.max(frame.x_scale.invert(sx), this.frame.left), this.frame.right)
  }
}
