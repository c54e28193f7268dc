// The loss over the steps of a run: all that is there quiet, the part walked so far strong, the run before it dashed, those that
// it is compared with in colours of their own. Two figures, one for each kind of axis.

import {any, stepShown} from "../state.js"
import {linearTicks, logTicks} from "../ticks.js"

const LEAST_SHARE = 1e-16 // of the highest loss, the lowest that the logarithmic axis shows: below is rounding
const TICKS = 4

export class History {
  /** @param {any} declaration of the lesson */
  constructor(declaration) {
    this.declaration = declaration
    /** @type {Record<"log" | "linear", [number, number]>} */
    this.ends = {log: [0.1, 1], linear: [0, 1]}
    this.floor = 0 // what is below it is drawn on it, on the logarithmic axis; 0 where nothing is
    /** @type {"log" | "linear"} */
    this.axis = "log"
  }

  /** @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {Set<string>} changed */
  draw(plots, state, changed) {
    const {run, ghost, view, stale, pins, beside, beyond} = state
    this.axis = view.log ? "log" : "linear"
    if (any(changed, "run", "ghost", "made", "view", "stale", "pins", "beside")) {
      const all = [...pins.map((pin) => pin.run), ...[run, beside].filter((one) => one !== null)]
      if (all.length > 0) {
        const losses = all.flatMap((one) => (one === run || one === beside ? [one.loss, one.testLoss, one.minimised] : [one.loss]).map((of) => of.subarray(0, one.made + 1)))
        this.span(plots, losses, Math.max(...all.map((one) => (one.complete ? one.made : one.total))))
      }
      this.drawPins(plots, pins)
      this.line(plots, "whole", run?.loss, run?.made)
      this.line(plots, "whole_test", run?.testLoss, run?.made)
      this.line(plots, "penalised", run?.minimised, run?.made)
      this.line(plots, "ghost", run === null ? undefined : ghost?.loss, Math.min(ghost?.made ?? 0, run?.total ?? 0))
    }
    if (any(changed, "run", "made", "step", "beyond", "view", "stale")) {
      const at = stepShown(state)
      const shown = run === null || stale ? undefined : run
      this.line(plots, "walked", shown?.loss, at)
      this.line(plots, "walked_test", shown?.testLoss, at)
      this.points(plots, "loss_head", run === null ? [] : [at], run === null ? [] : [run.loss[at]])
      const ends = run === null ? [] : this.ends[this.axis]
      plots.set(`cursor_${this.axis}`, {step: ends.map(() => beyond ?? at), loss: ends})
    }
  }

  /** @param {import("../plots.js").Plots} plots @param {import("../state.js").Pin[]} pins */
  drawPins(plots, pins) {
    const styles = pins.map(({slot}) => this.declaration.pins[slot])
    const losses = pins.map(({run}) => this.floored(run.loss.subarray(0, run.made + 1)))
    const steps = losses.map((loss) => Float64Array.from(loss, (_, step) => step))
    plots.set(`pins_${this.axis}`, {xs: steps, ys: losses, color: styles.map(([color]) => color), dash: styles.map(([, dash]) => dash)})
  }

  /** The axes of a run. @param {import("../plots.js").Plots} plots @param {Float64Array[]} losses whatever they are on @param {number} steps */
  span(plots, losses, steps) {
    let [low, high, least] = [Infinity, -Infinity, 0]
    for (const loss of losses) {
      for (const value of loss) {
        low = value > 0 ? Math.min(low, value) : low
        high = Math.max(high, value)
        least = Math.min(least, value)
      }
    }
    const x = /** @type {[number, number]} */ ([-0.015 * steps, Math.max(1, steps) * 1.015])
    const top = high > 0 ? high : 1
    const floor = Number.isFinite(low) ? Math.max(low, top * LEAST_SHARE) : top / 10
    this.floor = low < floor || losses.some((loss) => loss.includes(0)) ? floor : 0
    const room = Math.max((top / floor) ** 0.08, 1.15)
    this.ends = {log: [floor / room, top * room], linear: [least - 0.06 * (top - least), top + 0.06 * (top - least)]}
    plots.span("loss_log", {x, y: this.ends.log})
    plots.span("loss_linear", {x, y: this.ends.linear})
    plots.views.loss_log.model.left[0].ticker.ticks = logTicks(...this.ends.log, TICKS)
    plots.views.loss_linear.model.left[0].ticker.ticks = linearTicks(least, this.ends.linear[1], TICKS)
  }

  /** @param {import("../plots.js").Plots} plots @param {string} name @param {Float64Array | undefined} loss of every step @param {number} [last] the last step of the line */
  line(plots, name, loss, last = -1) {
    const values = loss === undefined || loss.length === 0 ? new Float64Array(0) : loss.subarray(0, last + 1)
    this.points(plots, name, Float64Array.from(values, (_, step) => step), values)
  }

  /** @param {import("../plots.js").Plots} plots @param {string} name @param {ArrayLike<number>} step @param {ArrayLike<number>} loss */
  points(plots, name, step, loss) {
    if (plots.has(`${name}_${this.axis}`)) {
      plots.set(`${name}_${this.axis}`, {step, loss: this.floored(loss)})
    }
  }

  /** Losses as they are drawn. @template {ArrayLike<number>} T @param {T} loss @returns {T | Float64Array} */
  floored(loss) {
    const {floor} = this
    return this.axis === "log" && floor > 0 ? Float64Array.from(loss, (value) => Math.max(value, floor)) : loss
  }
}
