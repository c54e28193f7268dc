// The first two lessons: a model of two parameters, so that the whole loss surface is in the picture.

import {parameter, loss as lossText, setting as settingText} from "./format.js"
import {thin} from "./geometry.js"
import {Lesson} from "./lesson.js"
import {listen} from "./pointer.js"
import {previewPath} from "./preview.js"
import {regressionPage} from "./skeleton.js"

const CURVE_POINTS = 161
const PREVIEW_LINGERS = 1200 // milliseconds after the last movement
const MOST_SQUARES = 25
const LEAST_DISTANCE = 0.002 // between drawn steps of a path, as a share of the picture

/** @typedef {{w: number, b: number}} Theta */

export class Regression extends Lesson {
  /**
   * @param {any} facts what `drawing.lesson_json` gives
   * @param {any} formulas the lowered formulas of this lesson
   * @param {(message: any) => void} send to the server
   */
  constructor(facts, formulas, send) {
    super(facts, regressionPage(facts), send)
    this.formulas = formulas
    this.landscape = facts.landscape
    /** @type {Int32Array | null} */
    this.batches = null
    this.previewing = 0
    this.showBest = false
    /** @type {number[]} the steps of the run that are drawn */
    this.kept = []
    /** @type {import("./geometry.js").Frame} of the data */
    this.frame = {left: 0, right: 1, bottom: 0, top: 1}
    this.grid = new Float64Array(0)
  }

  // --- state ---

  /** @returns {Theta} the parameters that are shown */
  get theta() {
    const {run, settings} = this
    const {step} = this.player
    return run === null ? {w: settings.w, b: settings.b} : {w: run.w[step], b: run.b[step]}
  }

  keepShown() {
    Object.assign(this.settings, this.theta)
  }

  /** Moves w and b by hand. @param {Partial<Theta>} theta @param {{preview?: boolean}} options */
  moveTo(theta, {preview = true} = {}) {
    this.endRun()
    Object.assign(this.settings, theta)
    if (preview) {
      this.preview()
    }
    this.draw()
  }

  start() {
    super.start()
    this.hidePreview()
  }

  /** @param {any} message */
  receive(message) {
    if (message.kind === "batches") {
      this.batches = message.indices
    } else {
      super.receive(message)
    }
  }

  /** @param {any} message */
  unpack({w, b, loss, ending}) {
    return {w: Float64Array.from(w), b: Float64Array.from(b), loss: Float64Array.from(loss), ending}
  }

  get steps() {
    return this.run.loss.length - 1
  }

  paused() {
    const within = (/** @type {number} */ value) => Math.min(Math.max(value, -this.facts.largest), this.facts.largest)
    this.commit({w: within(this.theta.w), b: within(this.theta.b)}) // a run that diverged may have left what a learner can set
  }

  // --- what the learner does ---

  actions() {
    return {
      "new-data": () => this.set({seed: (this.settings.seed + 1) % 1000}),
      workshop: () => this.set(this.facts.workshop),
      "bad-guess": () => this.set(this.facts.badGuess),
      "best-fit": () => this.toggleBest(),
    }
  }

  /** Changes settings as if their controls had been moved and let go. @param {Record<string, any>} settings */
  set(settings) {
    this.say("")
    if ("w" in settings || this.changesData(settings)) {
      this.endRun()
    }
    this.take(settings)
    this.draw()
    this.commit(settings)
  }

  /** @param {Record<string, any>} settings */
  changesData(settings) {
    return this.facts.settings.some(
      (/** @type {any} */ {name, card}) => (card === "data" || name === "loss") && name in settings,
    )
  }

  reset() {
    if (this.run !== null) {
      super.reset()
    } else {
      this.set({w: this.startOf("w"), b: this.startOf("b")})
    }
  }

  /** @param {string} wanted */
  startOf(wanted) {
    return this.facts.settings.find((/** @type {any} */ {name}) => name === wanted).default
  }

  toggleBest() {
    this.showBest = !this.showBest && this.landscape.best !== null
    this.buttons["best-fit"].setAttribute("aria-pressed", String(this.showBest))
    this.buttons["best-fit"].textContent = this.showBest ? "Hide best fit" : "Show best fit"
    this.say("")
    this.sayBest()
    this.draw()
  }

  /** Where the best fit lies, if it is shown; why there is none. */
  sayBest() {
    const {best, best_reason: reason, x, y} = this.landscape
    if (best === null) {
      this.say(reason, "warning")
    } else if (this.showBest) {
      const outside = this.plots !== null && !this.plots.inside(best) ? " It lies outside of the picture." : ""
      const least = lossText(this.formulas.loss[this.settings.loss](best, x, y))
      this.say(`Best fit: w = ${parameter(best.w)}, b = ${parameter(best.b)}, with a loss of ${least}.${outside}`)
    }
  }

  /** @param {string} name @param {any} value */
  onMove(name, value) {
    if (name === "w" || name === "b") {
      this.moveTo({[name]: value})
      return
    }
    this.settings[name] = value
    if (this.changesData({[name]: value})) {
      this.moveTo({}, {preview: false})
    } else if (name !== "n_steps" && name !== "batch_size") {
      this.preview()
    }
    this.drawSettings()
  }

  // --- drawing ---

  /** Draws everything anew, on new figures. @param {import("./plots.js").Plots} plots */
  drawOn(plots) {
    this.plots = plots
    this.unlisten?.()
    this.unlisten = listen(/** @type {HTMLElement} */ (this.el.querySelector("[data-figure=surface]")), plots, {
      theta: () => this.theta,
      onMove: (theta) => this.moveTo(theta),
      onLetGo: () => this.commit(this.theta),
    })
    this.drawLandscape()
    this.drawRun()
  }

  /** @param {any} message */
  receiveLandscape(message) {
    this.landscape = message
    this.drawLandscape()
    if (this.showBest) {
      this.sayBest()
    }
  }

  /** Data and surface. */
  drawLandscape() {
    const {plots, landscape, facts} = this
    this.controls?.w.span(landscape.w[0], landscape.w[1])
    this.controls?.b.span(landscape.b[0], landscape.b[1])
    if (plots === null) {
      return
    }
    const {x, y} = landscape
    const [left, right] = [Math.min(...x), Math.max(...x)]
    const margin = 0.06 * (right - left)
    const [low, high] = facts.classes ? [0, 1] : [Math.min(0, ...y), Math.max(0, ...y)]
    const room = (facts.classes ? 0.12 : 0.3) * (high - low)
    this.frame = {left: left - margin, right: right + margin, bottom: low - room, top: high + room}
    const span = this.frame.right - this.frame.left
    this.grid = Float64Array.from({length: CURVE_POINTS}, (_, i) => this.frame.left + (span * i) / (CURVE_POINTS - 1))
    plots.span("fit", {x: [this.frame.left, this.frame.right], y: [this.frame.bottom, this.frame.top]})
    if (facts.classes) {
      for (const label of [0, 1]) {
        const of = (/** @type {Float64Array} */ values) => Float64Array.from(values).filter((_, i) => y[i] === label)
        plots.set(`points_${label}`, {x: of(x), y: of(y)})
      }
    } else {
      plots.set("points", {x, y})
    }
    plots.surface(landscape)
    this.draw()
  }

  drawRun() {
    const {plots, run} = this
    if (plots !== null) {
      plots.axis = this.show.log ? "log" : "linear"
      if (run === null) {
        plots.line(["path", "path_edge"], [], [])
        plots.point("start", null)
        plots.noHistory(["whole", "walked", "cursor", "loss_head"])
      } else {
        this.kept = thin(run.w, run.b, plots.frame, LEAST_DISTANCE)
        plots.point("start", {w: run.w[0], b: run.b[0]})
        plots.historySpan([run.loss])
        plots.history("whole", run.at, run.loss)
      }
    }
    this.draw()
  }

  draw() {
    const {theta, plots, landscape, formulas, settings} = this
    const [loss, gradient] = formulas.gradient[settings.loss](theta, landscape.x, landscape.y)
    this.text("loss", lossText(loss))
    this.text("equation", this.equation(theta))
    this.text("norm", `|∇L| = ${lossText(Math.hypot(gradient.w, gradient.b))}`)
    this.showValues(theta.w, theta.b)
    if (plots !== null) {
      this.drawFit(plots, theta)
      plots.arrow(theta, gradient, this.steepest(plots))
      plots.point("head", theta)
      plots.point("best", this.showBest ? landscape.best : null)
      if (this.run !== null) {
        this.drawStep(plots)
      }
    }
    this.drawTransport()
  }

  /** The gradient's size in a corner of the picture: what the arrow's length is measured by. @param {import("./plots.js").Plots} plots */
  steepest({frame}) {
    const {x, y} = this.landscape
    const [, {w, b}] = this.formulas.gradient[this.settings.loss]({w: frame.left, b: frame.bottom}, x, y)
    return Math.hypot(w, b)
  }

  /** @param {import("./plots.js").Plots} plots @param {Theta} theta */
  drawFit(plots, theta) {
    const {landscape, formulas, show, frame, grid} = this
    const {x, y, truth} = landscape
    plots.curve("curve", grid, formulas.predict(theta, grid), frame)
    const best = this.showBest ? landscape.best : null
    plots.curve("best_curve", best ? grid : [], best ? formulas.predict(best, grid) : [], frame)
    plots.curve("truth", show.truth ? grid : [], show.truth ? formulas.predict(truth, grid) : [], frame)
    const squares = show.squares && this.settings.loss === "mse"
    if (show.residuals && !squares) {
      plots.residualLines(x, y, formulas.predict(theta, x), frame)
    } else {
      plots.noResiduals("residual_lines")
    }
    if (show.residuals && squares) {
      const [some, of] = [every(this.squareStride, x), every(this.squareStride, y)]
      plots.residualSquares(some, of, formulas.predict(theta, some), frame)
    } else {
      plots.noResiduals("residual_squares")
    }
    if (this.facts.classes) {
      const at = -theta.b / theta.w // where p = 1/2
      const shown = at >= frame.left && at <= frame.right
      plots.set("decision", shown ? {x: [at], y: [0.5]} : {x: [], y: []})
    }
  }

  /** Squares are shown of every so many points: those of all would cover one another. */
  get squareStride() {
    return Math.ceil(this.landscape.x.length / MOST_SQUARES)
  }

  /** Path and loss curve up to the step. @param {import("./plots.js").Plots} plots */
  drawStep(plots) {
    const {run, kept} = this
    const {step} = this.player
    const walked = kept.filter((at) => at < step).concat(step)
    plots.line(
      ["path", "path_edge"],
      walked.map((at) => run.w[at]),
      walked.map((at) => run.b[at]),
    )
    plots.history("walked", run.at.subarray(0, step + 1), run.loss.subarray(0, step + 1))
    plots.history("loss_head", [step], [run.loss[step]])
    plots.cursor(step)
  }

  drawSettings() {
    super.drawSettings()
    const {settings, facts} = this
    this.text("loss-name", `${facts.losses[settings.loss]}:`)
    const {n, noise, seed} = settings
    this.text("data-summary", `${n} points · noise ${settingText(noise, 3)} · seed ${seed}`)
    const squares = this.el.querySelector("[data-toggle=squares]")?.parentElement
    squares?.toggleAttribute("hidden", settings.loss !== "mse")
    squares?.setAttribute("title", this.squareStride > 1 ? `Of one point in ${this.squareStride}, so that they can be told apart` : "")
  }

  /** The path that the optimizer would take from here, faintly, while something moves. */
  preview() {
    const {plots, landscape, formulas, settings} = this
    if (plots === null) {
      return
    }
    const path = previewPath(formulas, settings, this.theta, landscape, this.batches, this.facts)
    plots.line(["preview"], path.w, path.b)
    clearTimeout(this.previewing)
    this.previewing = setTimeout(() => this.hidePreview(), PREVIEW_LINGERS)
  }

  hidePreview() {
    clearTimeout(this.previewing)
    this.plots?.line(["preview"], [], [])
  }

  /** @param {Theta} theta */
  equation({w, b}) {
    const sign = b < 0 && parameter(b).startsWith("−") ? "−" : "+"
    const sum = `${parameter(w)}·x ${sign} ${parameter(Math.abs(b))}`
    return this.facts.classes ? `p̂ = σ(${sum})` : `ŷ = ${sum}`
  }
}

/** Every so many of some values. @param {number} stride @param {Float64Array} values */
function every(stride, values) {
  return Float64Array.from(values).filter((_, at) => at % stride === 0)
}
