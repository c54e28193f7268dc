// The third lesson: a network of any shape. Its parameters are one vector; what is drawn is computed from it at every frame.

import {certainty, drawDecision, drawPoints, edge, gridOf} from "./decision.js"
import {Diagram} from "./diagram.js"
import {loss as lossText, setting as settingText} from "./format.js"
import {clip} from "./geometry.js"
import {Lesson} from "./lesson.js"
import {module} from "./loading.js"
import {metrics} from "./metrics.js"
import {layersOf, unflatten, weightAt} from "./parameters.js"
import {pictures} from "./pictures.js"
import {pathOn, project, thetaOn} from "./planes.js"
import {listen} from "./pointer.js"
import {networkPage} from "./skeleton.js"

// What another network follows from.
const NETWORK_SETTINGS = ["features", "hidden", "activation", "scheme", "weights_seed", "dataset"]
const PLANE_DELAY = 150 // milliseconds

export class Network extends Lesson {
  /**
   * @param {any} facts what `drawing.lesson_json` gives
   * @param {any} formulas the lowered losses and features
   * @param {(message: any) => void} send to the server
   */
  constructor(facts, formulas, send) {
    super(facts, networkPage(facts), send)
    this.formulas = formulas
    Object.assign(this.settings, facts.without)
    this.landscape = facts.landscape
    this.grid = new Float64Array(0)
    /** @type {(theta: any, x: Float64Array) => Float64Array[]} */
    this.units = () => []
    /** @type {import("./parameters.js").Layer[]} */
    this.layers = []
    /** @type {any} sizes, inputs, formula and initial theta */
    this.network = null
    this.theta = new Float64Array(0)
    /** @type {any} the loss surface that is shown */
    this.plane = null
    this.chosen = {layer: 0, unit: 0, from: 0}
    this.wantsChosenPlane = false
    this.planes = 0
    this.asking = 0
    this.pending = false // whether another network is on its way
    this.lastChange = 0 // the commit that it answers
    /** @type {any} the network that arrived last */
    this.newest = null
    this.el.classList.add("no-plane") // until the first surface is there
    this.startsWhenReady = false
    /** @type {{run: any, step: number, theta: Float64Array} | null} the run that the last change has ended */
    this.parked = null
    /** @type {Record<string, any> | null} the settings of the network that is shown */
    this.kept = null
    this.diagram = new Diagram(/** @type {HTMLElement} */ (this.el.querySelector(".diagram")), facts.colors, {
      onChoose: (chosen) => this.choose(chosen),
      onFeature: (name) => this.toggleFeature(name),
      onHidden: (change) => this.set({hidden: change(this.settings.hidden)}),
    })
    this.ready = this.receiveNetwork(facts.network).then(() => {
      if (this.network === null) {
        throw new Error(`${facts.network.formula} could not be loaded`)
      }
    })
  }

  // --- state ---

  /** @returns {Float64Array} the parameters that are shown */
  get shown() {
    const {run, player} = this
    if (run === null) {
      return this.theta
    }
    const count = this.theta.length
    return Float64Array.from(run.theta.subarray(player.step * count, (player.step + 1) * count))
  }

  keepShown() {
    this.theta = this.shown
  }

  request() {
    return {theta: Array.from(this.theta)}
  }

  /** @param {any} message */
  unpack({steps, theta, loss, test_loss: testLoss, ending}) {
    return {
      steps: Int32Array.from(steps),
      theta: Float32Array.from(theta),
      loss: Float64Array.from(loss),
      testLoss: Float64Array.from(testLoss),
      ending,
    }
  }

  get steps() {
    return this.run.steps.length - 1 // the player goes from snapshot to snapshot
  }

  countText(/** @type {number} */ step) {
    return `step ${this.run.steps[step]} / ${this.run.steps.at(-1)}`
  }

  /** Whether the data that are shown are classes. */
  get classes() {
    return this.landscape.classes.length > 0
  }

  /** How many numbers an example of the data has that the network is made for: 1, 2, or 30. */
  get inputs() {
    const {inputs, sizes} = /** @type {any} */ (this.network)
    return inputs.length > 0 ? 2 : sizes[0]
  }

  /** Whether data and network belong together: of a change, one half arrives before the other. */
  get consistent() {
    const {x, y} = this.landscape
    return this.network !== null && x.length === y.length * this.inputs
  }

  // --- the server's answers ---

  /** @param {any} message */
  receive(message) {
    if (message.kind === "network") {
      this.receiveNetwork(message)
    } else if (message.kind === "plane") {
      this.receivePlane(message)
    } else if (message.plane_id === undefined) {
      super.receive(message)
      if (message.kind === "error" && message.request === this.lastChange) {
        this.notComing()
      }
    } else if (message.plane_id === this.planes) {
      this.say(message.text, "warning")
    }
  }

  /** @param {any} message */
  receiveSettings(message) {
    super.receiveSettings(message)
    const {request, settings, complaints, changed} = message
    if (request >= this.lastChange && NETWORK_SETTINGS.some((name) => name in settings)) {
      this.notComing()
    }
    if (request === this.requests && !changed) {
      this.unpark()
      this.complain(complaints)
    }
  }

  /** The network that was asked for does not come, nor a run of it. */
  notComing() {
    this.pending = false
    this.startsWhenReady = false
    this.busy(false)
  }

  givenUp() {
    this.notComing() // the next run asks with all that is set
  }

  /** The loss on a plane: of a run's path, or of the chosen weight and bias. @param {any} message */
  receivePlane(message) {
    const ofPath = message.run_id !== undefined
    if (ofPath ? message.run_id !== this.runs || this.run === null : message.plane_id !== this.planes) {
      return
    }
    const plane = {...message, ofPath}
    if (ofPath) {
      this.run.plane = plane
    }
    if (ofPath !== this.showsChosenPlane) {
      this.plane = plane
      this.drawPlane()
    }
  }

  /** Whether the surface is that of the chosen weight and bias, and not that of a run's path. */
  get showsChosenPlane() {
    return this.run === null || this.wantsChosenPlane
  }

  /** Another architecture, or other initial weights. @param {any} network */
  async receiveNetwork(network) {
    this.newest = network
    /** @type {any} */
    const formula = await module(network.formula).catch((error) => console.warn(error))
    if (network !== this.newest) {
      return
    }
    if (formula === undefined) {
      this.notComing()
      if (this.kept !== null) {
        this.set(this.kept)
        this.say("The formula of this network could not be loaded: the last network is kept. Check the connection.", "warning")
      }
      return
    }
    this.pending &&= network.request !== this.lastChange
    if (!this.pending) {
      this.kept = Object.fromEntries(NETWORK_SETTINGS.map((name) => [name, this.settings[name]]))
    }
    this.network = network
    this.units = formula.units
    this.layers = layersOf(network.sizes)
    this.initial = Float64Array.from(network.theta)
    this.theta = this.initial.slice()
    const {layer, unit, from} = this.chosen
    const possible = this.layers[layer]
    this.chosen = possible && unit < possible.units && from < possible.inputs ? this.chosen : {layer: 0, unit: 0, from: 0}
    this.plane = null
    this.buildDiagram()
    this.drawChoices()
    this.drawLandscape()
    this.askForPlane()
    if (this.startsWhenReady && !this.pending) {
      this.start()
    }
  }

  start() {
    this.startsWhenReady = this.pending
    this.complain([])
    if (this.pending) {
      this.busy(true)
    } else {
      super.start()
    }
  }

  /** @param {any} message */
  receiveLandscape(message) {
    this.landscape = message
    this.parked = null
    this.drawSettings()
    this.drawLandscape()
    this.askForPlane()
  }

  // --- what the learner does ---

  actions() {
    return {
      "new-data": () => this.set({seed: (this.settings.seed + 1) % 1000}),
      "new-weights": () => this.set({weights_seed: (this.settings.weights_seed + 1) % 1000}),
      "reset-weights": () => this.resetWeights(),
    }
  }

  listen() {
    super.listen()
    for (const select of this.all("[data-choice]")) {
      select.addEventListener("change", () => {
        if (select.dataset.choice === "from") {
          this.choose({...this.chosen, from: Number(select.value)})
        } else {
          this.wantsChosenPlane = select.value === "chosen"
          this.showPlane()
        }
      })
    }
  }

  /** Changes settings as if their controls had been moved and let go. @param {Record<string, any>} settings */
  set(settings) {
    this.complain([])
    this.endRun()
    this.take(settings)
    this.commit(settings)
  }

  /** @param {Record<string, any>} settings */
  commit(settings) {
    const {w, b, ...own} = settings // the sliders of one connection are the browser's own
    if ("dataset" in own && !this.facts.tasks[this.facts.datasets[own.dataset].task].includes(this.settings.loss)) {
      own.loss = this.facts.tasks[this.facts.datasets[own.dataset].task][0]
      this.take({loss: own.loss})
    }
    if (Object.keys(own).length > 0) {
      super.commit(own)
      if (NETWORK_SETTINGS.some((name) => name in own)) {
        this.pending = true
        this.lastChange = this.requests
      }
      if ("loss" in own) {
        this.askForPlane()
      }
    } else {
      this.askForPlane()
    }
  }

  /** @param {{setting: string | null, text: string}[]} complaints */
  complain(complaints) {
    const ofDiagram = complaints.filter(({setting}) => setting === "hidden" || setting === "features")
    super.complain(complaints.filter((complaint) => !ofDiagram.includes(complaint)))
    const place = /** @type {HTMLElement} */ (this.el.querySelector(".diagram .complaint"))
    place.textContent = ofDiagram.map(({text}) => text).join(" ")
    place.hidden = ofDiagram.length === 0
  }

  resetWeights() {
    this.endRun()
    this.theta = /** @type {Float64Array} */ (this.initial).slice()
    this.say("")
    this.draw()
    this.askForPlane()
  }

  reset() {
    if (this.run === null) {
      this.resetWeights()
    } else {
      super.reset()
    }
  }

  /** @param {string} name */
  toggleFeature(name) {
    const {features} = this.settings
    const next = features.includes(name) ? features.filter((/** @type {string} */ on) => on !== name) : [...features, name]
    if (next.length === 0) {
      this.complain([{setting: "features", text: "The network needs at least one input: switch one on."}])
      return
    }
    const order = Object.keys(this.facts.features)
    this.set({features: order.filter((feature) => next.includes(feature))})
  }

  /** Puts a connection and its unit on the sliders. @param {{layer: number, unit: number, from: number}} chosen */
  choose({layer, unit, from}) {
    const same = layer === this.chosen.layer && unit === this.chosen.unit
    this.chosen = {layer, unit, from: from >= 0 ? from : same ? this.chosen.from : 0}
    this.drawChoices()
    this.draw()
    this.askForPlane()
  }

  /** @param {string} name @param {any} value */
  onMove(name, value) {
    if (name === "w" || name === "b") {
      this.moveChosen({[name]: value})
      return
    }
    this.settings[name] = value
    if (["dataset", "noise", "n", "train_share", "seed", "activation", "scheme", "loss"].includes(name)) {
      this.endRun()
    }
    this.drawSettings()
    this.draw()
  }

  /** Moves the chosen weight and bias by hand. @param {{w?: number, b?: number}} values */
  moveChosen({w, b}) {
    this.endRun()
    const [i, j] = this.indices
    this.theta = this.theta.slice()
    this.theta[i] = w ?? this.theta[i]
    this.theta[j] = b ?? this.theta[j]
    this.draw()
  }

  /** Where the chosen weight and bias are in the vector of parameters. @returns {[number, number]} */
  get indices() {
    const {layer, unit, from} = this.chosen
    const shape = this.layers[layer]
    return [weightAt(shape, from, unit), shape.b + unit]
  }

  /** Moves to a point of the plane that is shown. @param {{w: number, b: number}} at */
  moveInPlane(at) {
    this.endRun()
    this.theta = thetaOn(this.plane, at)
    this.draw()
  }

  /** Asks for the loss over the chosen weight and bias, all else held where it is; a moment later, as more may change. */
  askForPlane() {
    if (!this.showsChosenPlane) {
      return
    }
    clearTimeout(this.asking)
    this.asking = setTimeout(() => {
      if (this.showsChosenPlane && !this.pending) {
        const [i, j] = this.indices
        this.send({kind: "plane", lesson: this.facts.key, plane_id: ++this.planes, theta: Array.from(this.shown), i, j})
      }
    }, PLANE_DELAY)
  }

  showPlane() {
    if (!this.showsChosenPlane && this.run.plane !== undefined) {
      this.plane = this.run.plane
      this.drawPlane()
    } else {
      this.askForPlane()
    }
  }

  paused() {
    this.askForPlane()
  }

  /** @param {number} step */
  stepTo(step) {
    super.stepTo(step)
    this.askForPlane()
  }

  endRun() {
    this.startsWhenReady = false
    const {run, player} = this
    const {step} = player
    super.endRun()
    if (run !== null) {
      this.parked = {run, step, theta: this.theta}
      if (this.plane?.ofPath) {
        this.drawPath(0)
        this.text("plane-title", "Loss surface · plane of the last run")
      }
    }
  }

  /** Takes up again the run that a change has ended which is refused, if nothing else has changed. */
  unpark() {
    const {run, step, theta} = this.parked ?? {}
    if (run !== undefined && this.run === null && theta === this.theta) {
      this.run = run
      this.player.load(this.steps)
      this.drawRun()
      this.player.seek(step)
      this.showPlane()
    }
    this.parked = null
  }

  // --- drawing ---

  /** Draws everything anew, on new figures. @param {import("./plots.js").Plots} plots */
  drawOn(plots) {
    this.plots = plots
    this.unlisten?.()
    this.unlisten = listen(/** @type {HTMLElement} */ (this.el.querySelector("[data-figure=surface]")), plots, {
      theta: () => project(this.plane, this.shown),
      onMove: (at) => this.plane !== null && this.moveInPlane(at),
      onLetGo: () => {},
    })
    this.drawLandscape()
    if (this.plane !== null) {
      this.drawPlane()
    }
    this.drawRun()
  }

  buildDiagram() {
    const {facts, settings, layers, inputs} = this
    const {sizes} = /** @type {any} */ (this.network)
    const features = inputs !== 2 ? null : Object.entries(facts.features).map(([name, label]) => ({name, label, on: settings.features.includes(name)}))
    this.diagram.build({
      sizes, features, inputNames: this.inputNames(), layers,
      hidden: sizes.slice(1, -1), maxLayers: facts.maxLayers, maxUnits: facts.maxUnits[inputs],
    })
  }

  /** Which connections the chosen unit has. */
  drawChoices() {
    const {layer, unit, from} = this.chosen
    const output = layer === this.layers.length - 1
    const names = layer === 0 ? this.inputNames() : Array.from({length: this.layers[layer].inputs}, (_, i) => `unit ${i + 1}`)
    const select = /** @type {HTMLSelectElement} */ (this.el.querySelector("[data-choice=from]"))
    select.replaceChildren(...names.map((name, index) => new Option(name, String(index), false, index === from)))
    this.text("chosen", output ? "output" : `unit ${unit + 1} of layer ${layer + 1}`)
  }

  inputNames() {
    const {features} = this.facts
    if (this.inputs === 2) {
      return /** @type {any} */ (this.network).inputs.map((/** @type {string} */ name) => features[name])
    }
    const {names} = this.landscape
    return Array.from({length: this.inputs}, (_, i) => (this.inputs === 1 ? "x" : (names[i] ?? `column ${i + 1}`)))
  }

  /** The data, and the grid on which the network is computed. */
  drawLandscape() {
    if (!this.consistent) {
      return
    }
    const {plots, landscape, inputs} = this
    const {span, directions} = landscape
    this.grid = gridOf(landscape, inputs)
    this.drawInputs()
    this.text("decision-title", inputs === 1 ? "Data and fit" : "Data and decision surface")
    this.el.querySelector("[data-figure=decision]")?.toggleAttribute("hidden", inputs === 1)
    this.el.querySelector("[data-figure=curve]")?.toggleAttribute("hidden", inputs !== 1)
    if (plots !== null) {
      if (inputs === 1) {
        const y = [...landscape.y, ...landscape.test_y]
        const [low, high] = [Math.min(...y), Math.max(...y)]
        const room = 0.25 * (high - low || 1)
        this.frame = {left: -span, right: span, bottom: low - room, top: high + room}
        plots.span("curve", {x: [-span, span], y: [this.frame.bottom, this.frame.top]})
        plots.set("train", {x: landscape.at, y: landscape.y})
        plots.set("test", {x: landscape.test_at, y: landscape.test_y})
      } else {
        plots.span("decision", {x: [-edge(span), edge(span)], y: [-edge(span), edge(span)]})
        plots.axes("decision", ...(directions === null ? ["x₁", "x₂"] : ["1st principal component", "2nd principal component"]))
        drawPoints(plots, landscape, null)
      }
    }
    this.draw()
  }

  /** What the inputs look like over the plane: as the data, whatever the network. */
  drawInputs() {
    const {facts, inputs, grid, formulas, diagram} = this
    if (inputs === 1) {
      diagram.paintInputs(pictures(grid, 1, true))
    } else if (inputs === 2) {
      diagram.paintInputs(Object.keys(facts.features).map((name) => pictures(formulas.features[name](grid), 1, false)[0]))
    }
  }

  draw() {
    if (!this.consistent || this.grid.length === 0) {
      return
    }
    const {shown, layers, landscape, settings, formulas, diagram, inputs} = this
    const theta = unflatten(shown, layers)
    const over = this.units(theta, this.grid)
    const outputs = [landscape.x, landscape.test_x].map((x) => /** @type {Float64Array} */ (this.units(theta, x).at(-1)))
    const [i, j] = this.indices
    this.showValues(shown[i], shown[j])
    const made = this.classes ? [...over.slice(0, -1), certainty(/** @type {Float64Array} */ (over.at(-1)))] : over
    const units = made.map((layer, index) => pictures(layer, layers[index].units, inputs === 1))
    diagram.paint(shown, this.chosen, units)
    if (this.facts.tasks[this.classes ? "classification" : "regression"].includes(settings.loss)) {
      const of = formulas.loss[settings.loss]
      this.text("loss", lossText(of(landscape.y, outputs[0])))
      this.text("test-loss", `test ${lossText(of(landscape.test_y, outputs[1]))}`)
    }
    this.drawMetrics(outputs)
    const {plots} = this
    if (plots !== null) {
      const last = /** @type {Float64Array} */ (over.at(-1))
      if (inputs === 1) {
        plots.set("curve", clip(this.grid, last, /** @type {any} */ (this.frame)))
      } else {
        drawDecision(plots, last, landscape.span)
        if (landscape.directions !== null) {
          drawPoints(plots, landscape, outputs)
        }
      }
      if (this.plane !== null) {
        plots.point("head", project(this.plane, shown))
      }
      if (this.run !== null) {
        this.drawStep(plots)
      }
    }
    this.drawTransport()
  }

  /** @param {Float64Array[]} outputs on training and test data */
  drawMetrics([ofTraining, ofTest]) {
    const {landscape} = this
    const {title, tables} = metrics(this.classes, [
      {name: "Test", y: landscape.test_y, output: ofTest},
      {name: "Training", y: landscape.y, output: ofTraining},
    ])
    this.text("metrics-title", title)
    if (this.tables !== tables) {
      this.tables = tables
      this.el.querySelector("[data-metrics]").innerHTML = tables
    }
  }

  /** The loss surface. */
  drawPlane() {
    const {plots, plane, run} = this
    this.el.classList.remove("no-plane")
    if (plots === null) {
      return
    }
    plots.surface(plane)
    const {ofPath, share} = plane
    plots.axes("surface", ...(ofPath ? ["1st direction", "2nd direction"] : ["w", "b"]))
    const held = share === null || share === undefined ? "" : ` · plane holds ${Math.floor(share * 100)} % of path`
    this.text("plane-title", ofPath ? `Loss surface${held}` : "Loss surface · w and b, all else held")
    plots.point("head", project(this.plane, this.shown))
    this.drawPath(run === null ? 0 : this.player.step)
  }

  /** The path up to a snapshot. @param {number} last */
  drawPath(last) {
    const {plots, run, plane} = this
    if (plots === null || run === null || plane === null) {
      plots?.line(["path", "path_edge"], [], [])
      plots?.point("start", null)
      return
    }
    if (run.pathOn !== plane) {
      run.pathOn = plane
      run.path = pathOn(plane, run.theta)
    }
    plots.line(["path", "path_edge"], run.path.w.subarray(0, last + 1), run.path.b.subarray(0, last + 1))
    plots.point("start", {w: run.path.w[0], b: run.path.b[0]})
  }

  drawRun() {
    const {plots, run} = this
    this.el.querySelector("[data-choice=plane]")?.toggleAttribute("hidden", run === null)
    if (plots !== null) {
      plots.axis = this.show.log ? "log" : "linear"
      if (run === null) {
        plots.noHistory(["whole", "whole_test", "walked", "walked_test", "cursor", "loss_head"])
        this.drawPath(0)
      } else {
        plots.historySpan([run.loss, run.testLoss])
        plots.history("whole", run.at, run.loss)
        plots.history("whole_test", run.at, run.testLoss)
      }
    }
    this.draw()
  }

  /** @param {import("./plots.js").Plots} plots */
  drawStep(plots) {
    const {run, player} = this
    const at = run.steps[player.step]
    const walked = run.at.subarray(0, at + 1)
    plots.history("walked", walked, run.loss.subarray(0, at + 1))
    plots.history("walked_test", walked, run.testLoss.subarray(0, at + 1))
    plots.history("loss_head", [at], [run.loss[at]])
    plots.cursor(at)
    this.drawPath(player.step)
  }

  drawSettings() {
    super.drawSettings()
    const {settings, facts, controls, landscape} = this
    const {noise: hasNoise} = facts.datasets[settings.dataset]
    controls?.noise.visible(hasNoise)
    controls?.n.visible(hasNoise)
    controls?.penalty_strength.visible(settings.penalty !== "none")
    const {n, noise, hidden, train_share: share} = settings
    const {y, test_y: test} = landscape
    const size = hasNoise ? `${n} points · noise ${settingText(noise, 2)} · ` : `${y.length + test.length} points · `
    this.text("data-summary", `${size}${Math.round(share * 100)} % train`)
    const {inputs: columns} = facts.datasets[settings.dataset]
    const inputs = columns === 2 ? settings.features.length : columns
    const choices = facts.settings.find((/** @type {any} */ {name}) => name === "activation").options
    const [activation] = choices.find((/** @type {[string, string]} */ [, value]) => value === settings.activation)
    this.text("architecture", `${[inputs, ...hidden, 1].join(" → ")} · ${activation}`)
    this.text("loss-name", `${facts.losses[settings.loss]}:`)
    this.text("loss-summary", settings.penalty === "none" ? "loss function, regularization" : `with ${settings.penalty.toUpperCase()} regularization, not counted above`)
    controls?.loss.options(facts.tasks[facts.datasets[settings.dataset].task])
  }
}
