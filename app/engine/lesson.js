// One lesson in the browser: what is shown now, and what every control does to it.
//
// It is in one of two states. By hand: the learner moves w and b. In a run: the player says which step is shown.
// Moving w or b by hand, new data or another loss ends the run; nothing is ever drawn from two runs at once.

import {Control, nameWidget} from "./controls.js"
import * as format from "./format.js"
import {thin} from "./geometry.js"
import {Player} from "./player.js"
import {listen} from "./pointer.js"
import {previewPath} from "./preview.js"
import {skeleton} from "./skeleton.js"

const CURVE_POINTS = 161
const PREVIEW_LINGERS = 1200 // milliseconds after the last movement
const PATIENCE = 10000 // milliseconds until a silent server is reported

/** @typedef {{w: number, b: number}} Theta */

export class Lesson {
  /**
   * @param {any} facts what `drawing.lesson_json` gives
   * @param {any} formulas the lowered formulas of this lesson
   * @param {(message: any) => void} send to the server
   */
  constructor(facts, formulas, send) {
    this.facts = facts
    this.formulas = formulas
    this.send = send
    /** @type {Record<string, any>} */
    this.settings = Object.fromEntries(facts.settings.map((/** @type {any} */ {name, default: value}) => [name, value]))
    this.landscape = facts.landscape
    this.batches = null
    /** @type {any} */
    this.run = null
    this.requests = 0 // of data and loss: answers to older ones are dropped
    this.runs = 0
    this.waiting = 0
    this.previewing = 0
    /** @type {import("./plots.js").Plots | null} */
    this.plots = null
    this.show = {truth: false, residuals: !facts.classes, squares: false, log: true, best: false}
    this.player = new Player({
      onStep: () => this.draw(),
      onChange: () => {
        this.drawTransport()
        if (!this.player.playing && this.run !== null) {
          this.commit(this.theta)
        }
      },
    })

    this.el = document.createElement("div")
    this.el.className = "lesson"
    this.el.id = `lesson-${facts.key}`
    this.el.setAttribute("role", "tabpanel")
    this.el.setAttribute("aria-label", facts.title)
    this.el.innerHTML = skeleton(facts)
    /** @type {Record<string, HTMLElement>} */
    this.texts = {}
    for (const element of this.el.querySelectorAll("[data-text]")) {
      this.texts[element.dataset.text] = element
    }
    this.scrubber = this.el.querySelector(".scrubber")
    this.buttons = Object.fromEntries(Array.from(this.el.querySelectorAll("[data-action]"), (e) => [e.dataset.action, e]))
    this.listen()
  }

  // --- state ---

  /** @returns {Theta} the parameters that are shown */
  get theta() {
    if (this.run !== null) {
      return {w: this.run.w[this.player.step], b: this.run.b[this.player.step]}
    }
    return {w: this.settings.w, b: this.settings.b}
  }

  /** Moves w and b by hand. @param {Partial<Theta>} theta @param {{preview?: boolean}} options */
  moveTo(theta, {preview = true} = {}) {
    const now = this.theta
    this.endRun()
    Object.assign(this.settings, now, theta)
    if (preview) {
      this.preview()
    }
    this.draw()
  }

  /** Tells the server what was let go. @param {Record<string, any>} settings */
  commit(settings) {
    Object.assign(this.settings, settings)
    this.send({kind: "commit", lesson: this.facts.key, request: ++this.requests, settings})
  }

  endRun() {
    this.runs += 1 // an answer that is still on its way is dropped
    this.busy(false)
    if (this.run !== null) {
      this.run = null
      this.player.load(0)
      this.say("")
      this.drawRun()
    }
  }

  /** *Run gradient descent*: the server trains from where the point is now. */
  start() {
    const theta = this.theta
    this.endRun()
    Object.assign(this.settings, theta)
    clearTimeout(this.previewing)
    this.plots?.line(["preview"], [], [])
    this.busy(true)
    this.send({kind: "run", lesson: this.facts.key, run_id: this.runs, settings: this.settings})
  }

  // --- the server's answers ---

  /** @param {any} message */
  receive(message) {
    const stale =
      (message.run_id !== undefined && message.run_id !== this.runs) ||
      (message.kind === "landscape" && message.request !== undefined && message.request !== this.requests)
    if (message.kind === "settings") {
      this.say(message.complaints.join(" "), "warning")
      this.take(message.settings)
    } else if (stale) {
      return
    } else if (message.kind === "landscape") {
      this.landscape = message
      this.drawLandscape()
    } else if (message.kind === "batches") {
      this.batches = message.indices
    } else if (message.kind === "run") {
      this.busy(false)
      const {w, b, loss, ending} = message
      this.run = {w: Float64Array.from(w), b: Float64Array.from(b), loss: Float64Array.from(loss), ending}
      this.drawRun()
      this.say("")
      this.player.load(w.length - 1)
      this.player.play()
    } else if (message.kind === "error") {
      this.busy(false)
      this.say(message.text, "warning")
    }
  }

  /** Settings that changed elsewhere: by the server, or by a button. @param {Record<string, any>} settings */
  take(settings) {
    Object.assign(this.settings, settings)
    for (const [name, value] of Object.entries(settings)) {
      this.controls?.[name].set(value)
    }
    this.drawSettings()
  }

  // --- what the learner does ---

  listen() {
    const {player} = this
    const actions = {
      run: () => this.start(),
      "new-data": () => this.set({seed: (this.settings.seed + 1) % 1000}),
      workshop: () => this.set(this.facts.workshop),
      "bad-guess": () => this.set(this.facts.badGuess),
      "best-fit": () => this.toggleBest(),
      reset: () => this.reset(),
      back: () => this.stepTo(player.step - 1),
      forward: () => this.stepTo(player.step + 1),
      play: () => (player.playing ? player.pause() : this.run === null ? this.start() : player.play()),
    }
    for (const [name, button] of Object.entries(this.buttons)) {
      button.addEventListener("click", actions[name])
    }
    for (const box of this.el.querySelectorAll("[data-toggle]")) {
      box.addEventListener("change", () => {
        this.show[box.dataset.toggle] = box.checked
        this.drawSettings()
        this.drawRun()
      })
    }
    this.scrubber.addEventListener("input", () => this.stepTo(Number(this.scrubber.value)))
    this.el.querySelector(".speed").addEventListener("change", (/** @type {any} */ event) => {
      player.speed = Number(event.target.value)
    })
  }

  /** Changes settings as if their controls had been moved and let go. @param {Record<string, any>} settings */
  set(settings) {
    this.say("")
    if ("w" in settings || this.changesData(settings)) {
      this.moveTo({w: settings.w ?? this.theta.w, b: settings.b ?? this.theta.b}, {preview: false})
    }
    this.take(settings)
    this.draw()
    this.commit(settings)
  }

  /** @param {Record<string, any>} settings */
  changesData(settings) {
    return this.facts.settings.some((/** @type {any} */ {name, card}) => (card === "data" || name === "loss") && name in settings)
  }

  reset() {
    this.player.pause()
    if (this.run !== null) {
      this.player.seek(0)
    } else {
      this.set({w: this.defaults("w"), b: this.defaults("b")})
    }
  }

  /** @param {string} wanted */
  defaults(wanted) {
    return this.facts.settings.find((/** @type {any} */ {name}) => name === wanted).default
  }

  /** @param {number} step */
  stepTo(step) {
    if (this.run !== null) {
      this.player.pause()
      this.player.seek(step)
    }
  }

  toggleBest() {
    this.show.best = !this.show.best
    this.buttons["best-fit"].setAttribute("aria-pressed", String(this.show.best))
    this.buttons["best-fit"].textContent = this.show.best ? "Hide best fit" : "Show best fit"
    const {best, best_reason: reason} = this.landscape
    if (!this.show.best) {
      this.say("")
    } else if (best === null) {
      this.say(reason, "warning")
    } else {
      const outside = this.plots !== null && !this.plots.inside(best) ? " It lies outside of the picture." : ""
      const loss = this.formulas.loss[this.settings.loss](best, this.landscape.x, this.landscape.y)
      this.say(`Best fit: w = ${format.parameter(best.w)}, b = ${format.parameter(best.b)}, with a loss of ${format.loss(loss)}.${outside}`)
    }
    this.draw()
  }

  /** A slider or a box moved. @param {string} name @param {any} value */
  onMove(name, value) {
    if (name === "w" || name === "b") {
      this.moveTo({[name]: value})
      return
    }
    this.settings[name] = value
    if (this.changesData({[name]: value})) {
      this.moveTo({}, {preview: false})
    } else if (name !== "n_steps") {
      this.preview()
    }
    this.drawSettings()
  }

  // --- drawing ---

  /**
   * Puts the pre-drawn controls under their labels.
   * @param {Record<string, any>} widgets the widgets' data models, by name
   */
  adopt(widgets) {
    /** @type {Record<string, Control>} */
    this.controls = {}
    for (const setting of this.facts.settings) {
      const host = this.slot(setting.name)
      this.controls[setting.name] = new Control(setting, widgets[setting.name], host, {
        onMove: (name, value) => this.onMove(name, value),
        onCommit: (name, value) => this.commit(name === "w" || name === "b" ? this.theta : {[name]: value}),
        onComplaint: (text) => this.say(text, "warning"),
      })
      nameWidget(host, setting.label)
    }
    this.drawSettings()
  }

  /** @param {string} name */
  slot(name) {
    return /** @type {HTMLElement} */ (this.el.querySelector(`[data-control="${name}"]`))
  }

  /** Draws everything anew, on new figures. @param {import("./plots.js").Plots} plots */
  drawOn(plots) {
    this.plots = plots
    this.unlisten?.()
    this.unlisten = listen(this.el.querySelector("[data-figure=surface]"), plots, {
      theta: () => this.theta,
      onMove: (theta) => this.moveTo(theta),
      onLetGo: () => this.commit(this.theta),
    })
    this.drawLandscape()
    this.drawRun()
  }

  /** Data and surface. */
  drawLandscape() {
    const {plots, landscape, facts} = this
    this.controls?.w.span(...landscape.w)
    this.controls?.b.span(...landscape.b)
    if (plots === null) {
      return
    }
    const {x, y} = landscape
    const [left, right] = [Math.min(...x), Math.max(...x)]
    const margin = 0.06 * (right - left)
    const [low, high] = facts.classes ? [0, 1] : [Math.min(0, ...y), Math.max(0, ...y)]
    const room = facts.classes ? 0.12 : 0.35 * (high - low)
    this.frame = {left: left - margin, right: right + margin, bottom: low - room, top: high + room}
    this.grid = Float64Array.from({length: CURVE_POINTS}, (_, i) => this.frame.left + ((this.frame.right - this.frame.left) * i) / (CURVE_POINTS - 1))
    plots.span("fit", {x: [this.frame.left, this.frame.right], y: [this.frame.bottom, this.frame.top]})
    if (facts.classes) {
      for (const label of [0, 1]) {
        const of = x.map((/** @type {number} */ _, /** @type {number} */ i) => i).filter((/** @type {number} */ i) => y[i] === label)
        plots.set(`points_${label}`, {x: of.map((/** @type {number} */ i) => x[i]), y: of.map((/** @type {number} */ i) => y[i])})
      }
    } else {
      plots.set("points", {x, y})
    }
    plots.surface(landscape)
    this.draw()
  }

  /** What hangs on the run but not on the step. */
  drawRun() {
    const {plots, run} = this
    this.el.classList.toggle("has-run", run !== null)
    this.scrubber.max = String(run === null ? 0 : run.w.length - 1)
    this.scrubber.disabled = run === null
    if (plots !== null) {
      plots.axis = this.show.log ? "log" : "linear"
      if (run === null) {
        plots.line(["path", "path_edge"], [], [])
        plots.point("start", null)
        for (const name of ["whole", "walked", "cursor", "loss_head"]) {
          plots.history(name, [], [])
        }
      } else {
        const steps = Float64Array.from(run.loss, (_, step) => step)
        this.kept = thin(run.w, run.b, plots.frame, 0.002)
        plots.point("start", {w: run.w[0], b: run.b[0]})
        plots.historySpan(run.loss)
        plots.history("whole", steps, run.loss)
      }
    }
    this.drawTransport()
    this.draw()
  }

  /** Everything that moves: called at every frame of a run and at every movement by hand. */
  draw() {
    const {theta, plots, landscape, formulas, settings} = this
    const {x, y} = landscape
    const [loss, gradient] = formulas.gradient[settings.loss](theta, x, y)
    this.text("loss", format.loss(loss))
    this.text("equation", this.equation(theta))
    this.text("norm", `|∇L| = ${format.loss(Math.hypot(gradient.w, gradient.b))}`)
    this.controls?.w.set(theta.w)
    this.controls?.b.set(theta.b)
    if (plots !== null && this.grid !== undefined) {
      this.drawFit(theta)
      plots.arrow(theta, gradient)
      plots.point("head", theta)
      plots.point("best", this.show.best ? landscape.best : null)
      if (this.run !== null) {
        this.drawStep(plots)
      }
    }
    this.drawCount()
  }

  /** @param {Theta} theta */
  drawFit(theta) {
    const {plots, landscape, formulas, show, frame, grid} = this
    const {x, y} = landscape
    plots.curve("curve", grid, formulas.predict(theta, grid), frame)
    plots.curve("truth", ...(show.truth ? [grid, formulas.predict(landscape.truth, grid)] : [[], []]), frame)
    const squares = show.squares && this.settings.loss === "mse"
    for (const [name, shown] of /** @type {const} */ ([
      ["residual_lines", show.residuals && !squares],
      ["residual_squares", show.residuals && squares],
    ])) {
      if (!shown) {
        plots.noResiduals(name)
      } else if (name === "residual_lines") {
        plots.residualLines(x, y, formulas.predict(theta, x), frame)
      } else {
        plots.residualSquares(x, y, formulas.predict(theta, x), frame)
      }
    }
    if (this.facts.classes) {
      const at = -theta.b / theta.w // where p = 1/2
      const shown = at >= frame.left && at <= frame.right
      plots.set("decision", shown ? {x: [at], y: [0.5]} : {x: [], y: []})
    }
  }

  /** Path and loss curve up to the step. @param {import("./plots.js").Plots} plots */
  drawStep(plots) {
    const {run, kept} = this
    const {step} = this.player
    const walked = kept.filter((/** @type {number} */ at) => at < step).concat(step)
    plots.line(["path", "path_edge"], walked.map((at) => run.w[at]), walked.map((at) => run.b[at]))
    const steps = Float64Array.from({length: step + 1}, (_, at) => at)
    plots.history("walked", steps, run.loss.subarray(0, step + 1))
    plots.history("loss_head", [step], [run.loss[step]])
    plots.cursor(step)
    if (step === this.player.steps && step > 0) {
      this.say(run.ending.text, run.ending.kind)
    }
  }

  drawTransport() {
    const {playing} = this.player
    const name = playing ? "Pause" : "Play"
    this.buttons.play.setAttribute("aria-label", name)
    this.buttons.play.title = name
    this.buttons.play.classList.toggle("playing", playing)
    this.drawCount()
  }

  drawCount() {
    const {step, steps} = this.player
    this.text("count", this.run === null ? "no run yet" : `step ${step} / ${steps}`)
    this.scrubber.value = String(step)
    for (const name of ["back", "forward"]) {
      this.buttons[name].disabled = this.run === null
    }
  }

  /** What follows from the settings: which controls there are, names, summaries. */
  drawSettings() {
    const {settings, facts} = this
    const optimizer = facts.optimizers[settings.optimizer]
    for (const name of facts.hyperparameters) {
      this.controls?.[name].visible(optimizer.hyperparameters.includes(name))
    }
    this.controls?.batch_size.visible(optimizer.batches)
    this.text("loss-name", `${facts.losses[settings.loss]}:`)
    const points = `${settings.n} points · noise ${format.setting(settings.noise, 3)} · seed ${settings.seed}`
    this.text("data-summary", points)
    this.el.querySelector("[data-toggle=squares]")?.parentElement.toggleAttribute("hidden", settings.loss !== "mse")
    this.el.querySelector("[data-figure=loss_log]").hidden = !this.show.log
    this.el.querySelector("[data-figure=loss_linear]").hidden = this.show.log
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
    this.previewing = setTimeout(() => plots.line(["preview"], [], []), PREVIEW_LINGERS)
  }

  /** @param {Theta} theta */
  equation({w, b}) {
    const sign = b < 0 && format.parameter(b) !== "0.00" ? "−" : "+"
    const sum = `${format.parameter(w)}·x ${sign} ${format.parameter(Math.abs(b))}`
    return this.facts.classes ? `p̂ = σ(${sum})` : `ŷ = ${sum}`
  }

  /** @param {boolean} busy */
  busy(busy) {
    clearTimeout(this.waiting)
    this.buttons.run.classList.toggle("busy", busy)
    this.buttons.run.setAttribute("aria-busy", String(busy))
    if (busy) {
      this.waiting = setTimeout(() => {
        this.busy(false)
        this.say("The server has not answered. Check the connection and press Run again; your settings are kept.", "warning")
      }, PATIENCE)
    }
  }

  /** A sentence for the learner. @param {string} text @param {string} kind */
  say(text, kind = "") {
    this.text("status", text)
    this.texts.status.parentElement.dataset.kind = kind
  }

  /** @param {string} name @param {string} text */
  text(name, text) {
    if (this.texts[name].textContent !== text) {
      this.texts[name].textContent = text
    }
  }
}
