// The third lesson: a network of any shape. Its parameters are one vector; what is drawn is computed from it at every frame.

import {Diagram, PICTURE} from "./diagram.js"
import {loss as lossText, setting as settingText} from "./format.js"
import {clip} from "./geometry.js"
import {isoline} from "./isoline.js"
import {Lesson} from "./lesson.js"
import {layersOf, unflatten, weightAt} from "./parameters.js"
import {listen} from "./pointer.js"
import {networkPage} from "./skeleton.js"

// What another network follows from.
const NETWORK_SETTINGS = ["features", "hidden", "activation", "scheme", "weights_seed", "dataset"]
const PLANE_DELAY = 150 // milliseconds
const SIDE = 60 // points along each side of the decision surface; a multiple of PICTURE

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
    this.diagram = new Diagram(/** @type {HTMLElement} */ (this.el.querySelector(".diagram")), facts.colors, {
      onChoose: (chosen) => this.choose(chosen),
      onFeature: (name) => this.toggleFeature(name),
      onHidden: (change) => this.set({hidden: change(this.settings.hidden)}),
    })
    this.receiveNetwork(facts.network)
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
    }
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
    const {units} = await import(new URL(network.formula, document.baseURI).href)
    if (network !== this.newest) {
      return
    }
    this.pending &&= network.request !== this.lastChange
    this.network = network
    this.units = units
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
    this.drawLandscape()
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
    super.complain(complaints)
    const place = /** @type {HTMLElement} */ (this.el.querySelector(".diagram .complaint"))
    const own = complaints.filter(({setting}) => setting === "hidden" || setting === "features")
    place.textContent = own.map(({text}) => text).join(" ")
    place.hidden = own.length === 0
  }

  /** @param {Record<string, any>} settings */
  take(settings) {
    super.take(settings)
    this.pending &&= !NETWORK_SETTINGS.some((name) => name in settings) // taken back: no other network is on its way
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
  moveInPlane({w: u, b: v}) {
    const {origin, directions} = this.plane
    this.endRun()
    const count = origin.length
    this.theta = Float64Array.from(origin, (start, k) => start + u * directions[k] + v * directions[count + k])
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

  endRun() {
    const ended = this.run !== null
    super.endRun()
    if (ended && this.plane?.ofPath) {
      this.drawPath(0)
    }
  }

  // --- drawing ---

  /** Draws everything anew, on new figures. @param {import("./plots.js").Plots} plots */
  drawOn(plots) {
    this.plots = plots
    this.unlisten?.()
    this.unlisten = listen(/** @type {HTMLElement} */ (this.el.querySelector("[data-figure=surface]")), plots, {
      theta: () => this.inPlane(this.shown),
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
    const at = (/** @type {number} */ k) => -span + (2 * span * k) / (SIDE - 1)
    if (inputs === 1) {
      this.grid = Float64Array.from({length: SIDE}, (_, k) => at(k))
    } else {
      const columns = directions === null ? 2 : inputs
      this.grid = new Float64Array(SIDE * SIDE * columns)
      for (let row = 0; row < SIDE; row++) {
        for (let column = 0; column < SIDE; column++) {
          const [u, v] = [at(column), at(row)]
          for (let k = 0; k < columns; k++) {
            this.grid[(row * SIDE + column) * columns + k] =
              directions === null ? (k === 0 ? u : v) : u * directions[k] + v * directions[columns + k]
          }
        }
      }
    }
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
        plots.span("decision", {x: [-span, span], y: [-span, span]})
        plots.axes("decision", ...(directions === null ? ["x₁", "x₂"] : ["1st principal component", "2nd principal component"]))
        this.drawPoints(null)
      }
    }
    this.draw()
  }

  /**
   * The data by class; coloured by what the network says of them where it knows more of them than the picture shows.
   * @param {Float64Array[] | null} outputs on training and test data
   */
  drawPoints(outputs) {
    const {plots, landscape} = this
    for (const [part, at, y, output] of [
      ["train", landscape.at, landscape.y, outputs?.[0]],
      ["test", landscape.test_at, landscape.test_y, outputs?.[1]],
    ]) {
      for (const label of [0, 1]) {
        /** @type {Record<string, number[]>} */
        const columns = {x1: [], x2: [], color: []}
        for (let i = 0; i < y.length; i++) {
          if (y[i] === label) {
            columns.x1.push(at[2 * i])
            columns.x2.push(at[2 * i + 1])
            columns.color.push(output ? sigmoid(output[i]) : label)
          }
        }
        plots?.set(`${part}_${label}`, columns)
      }
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
    diagram.paint(shown, this.chosen, [this.inputPictures(), ...over.map((layer, index) => this.pictures(layer, index))])
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
        this.drawDecision(plots, last)
        if (landscape.directions !== null) {
          this.drawPoints(outputs)
        }
      }
      if (this.plane !== null) {
        plots.point("head", this.inPlane(shown))
      }
      if (this.run !== null) {
        this.drawStep(plots)
      }
    }
    this.drawTransport()
  }

  /** @param {import("./plots.js").Plots} plots @param {Float64Array} logits over the grid */
  drawDecision(plots, logits) {
    const {span} = this.landscape
    const at = (/** @type {number} */ k) => -span + (2 * span * k) / (SIDE - 1)
    const {xs, ys} = isoline(logits, SIDE, 0, at, at)
    plots.image("probability", Float32Array.from(logits, sigmoid), SIDE, {x: [-span, span], y: [-span, span]})
    plots.set("boundary", {xs, ys})
  }

  /** What the inputs look like over the plane; only switches have pictures. */
  inputPictures() {
    const {facts, inputs, grid, landscape} = this
    if (inputs === 30) {
      return Array.from({length: 30}, () => null)
    }
    if (inputs === 1) {
      return [this.stripes(grid.map((x) => x / landscape.span))]
    }
    if (this.pictured !== grid) {
      this.pictured = grid
      this.features = Object.keys(facts.features).map((name) => normalised(sampled(this.formulas.features[name](grid), 1, 0)))
    }
    return this.features ?? []
  }

  /** The units of a layer over the plane, each scaled to -1 to 1. @param {Float64Array} layer @param {number} index */
  pictures(layer, index) {
    const {units} = this.layers[index]
    return Array.from({length: units}, (_, unit) =>
      this.inputs === 1
        ? this.stripes(normalised(layer.filter((_, at) => at % units === unit)))
        : normalised(sampled(layer, units, unit)),
    )
  }

  /** A picture of a function of one input: its values from left to right. @param {Float64Array} values */
  stripes(values) {
    return Float64Array.from({length: PICTURE * PICTURE}, (_, at) => values[(at % PICTURE) * (SIDE / PICTURE)])
  }

  /** @param {Float64Array[]} outputs on training and test data */
  drawMetrics(outputs) {
    const {landscape} = this
    const place = /** @type {HTMLElement} */ (this.el.querySelector("[data-metrics]"))
    const parts = [
      ["Test", landscape.test_y, outputs[1]],
      ["Training", landscape.y, outputs[0]],
    ]
    if (!this.classes) {
      const scores = parts.map(([name, y, output]) => `<tr><th scope="row">${name}</th><td>${r2(y, output).toFixed(3)}</td></tr>`)
      this.html(place, `<table><caption>R²: 1 is perfect, 0 no better than the mean</caption>${scores.join("")}</table>`)
      this.text("metrics-title", `Test: R² ${r2(landscape.test_y, outputs[1]).toFixed(2)}`)
      return
    }
    const tables = parts.map(([name, y, output]) => {
      const counts = confusion(y, output)
      const right = ((counts[0][0] + counts[1][1]) / y.length) * 100
      const rows = [0, 1].map((is) => `<tr><th scope="row">is ${is}</th>${[0, 1].map((said) => `<td class="${is === said ? "right" : "wrong"}">${counts[is][said]}</td>`).join("")}</tr>`)
      return {right, table: `<table><caption>${name}: ${right.toFixed(right > 99.5 && right < 100 ? 1 : 0)} % right</caption><tr><td></td><th scope="col">pred. 0</th><th scope="col">pred. 1</th></tr>${rows.join("")}</table>`}
    })
    this.html(place, tables.map(({table}) => table).join(""))
    this.text("metrics-title", "Confusion matrix")
  }

  /** @param {HTMLElement} place @param {string} html */
  html(place, html) {
    if (this.lastHtml !== html) {
      this.lastHtml = html
      place.innerHTML = html
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
    plots.point("head", this.inPlane(this.shown))
    this.drawPath(run === null ? 0 : this.player.step)
  }

  /** Where parameters fall on the plane that is shown. @param {Float64Array} theta */
  inPlane(theta) {
    if (this.plane === null || this.plane.origin.length !== theta.length) {
      return {w: NaN, b: NaN}
    }
    const {origin, directions} = this.plane
    let [w, b] = [0, 0]
    for (let k = 0; k < theta.length; k++) {
      w += (theta[k] - origin[k]) * directions[k]
      b += (theta[k] - origin[k]) * directions[theta.length + k]
    }
    return {w, b}
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
      const count = this.theta.length
      run.path = Array.from({length: run.steps.length}, (_, k) => this.inPlane(run.theta.subarray(k * count, (k + 1) * count)))
    }
    const walked = run.path.slice(0, last + 1)
    plots.line(["path", "path_edge"], walked.map((/** @type {any} */ {w}) => w), walked.map((/** @type {any} */ {b}) => b))
    plots.point("start", run.path[0])
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
        const steps = Float64Array.from(run.loss, (_, step) => step)
        plots.historySpan(Float64Array.of(...run.loss, ...run.testLoss), run.loss.length - 1)
        plots.history("whole", steps, run.loss)
        plots.history("whole_test", steps, run.testLoss)
      }
    }
    this.draw()
  }

  /** @param {import("./plots.js").Plots} plots */
  drawStep(plots) {
    const {run, player} = this
    const at = run.steps[player.step]
    const steps = Float64Array.from({length: at + 1}, (_, step) => step)
    plots.history("walked", steps, run.loss.subarray(0, at + 1))
    plots.history("walked_test", steps, run.testLoss.subarray(0, at + 1))
    plots.history("loss_head", [at], [run.loss[at]])
    plots.cursor(at)
    this.drawPath(player.step)
    if (player.step === player.steps) {
      this.say(run.ending.text, run.ending.kind)
    }
  }

  drawSettings() {
    const {settings, facts, controls} = this
    const optimizer = facts.optimizers[settings.optimizer]
    for (const name of facts.hyperparameters) {
      controls?.[name].visible(optimizer.hyperparameters.includes(name))
    }
    const {noise: hasNoise} = facts.datasets[settings.dataset]
    controls?.noise.visible(hasNoise)
    controls?.n.visible(hasNoise)
    controls?.penalty_strength.visible(settings.penalty !== "none")
    const {n, noise, hidden, train_share: share} = settings
    const size = hasNoise ? `${n} points · noise ${settingText(noise, 2)} · ` : "569 points · "
    this.text("data-summary", `${size}${Math.round(share * 100)} % train`)
    const {inputs: columns} = facts.datasets[settings.dataset]
    const inputs = columns === 2 ? settings.features.length : columns
    this.text("architecture", `${[inputs, ...hidden, 1].join(" → ")} · ${settings.activation}`)
    this.text("loss-name", `${facts.losses[settings.loss]}:`)
    this.text("loss-summary", settings.penalty === "none" ? "loss function, regularization" : `with ${settings.penalty.toUpperCase()} regularization`)
    controls?.loss.options(facts.tasks[facts.datasets[settings.dataset].task])
    for (const axis of ["log", "linear"]) {
      const shown = axis === (this.show.log ? "log" : "linear")
      this.el.querySelector(`[data-figure=loss_${axis}]`)?.toggleAttribute("hidden", !shown)
    }
  }
}

/** @param {number} z */
function sigmoid(z) {
  return 1 / (1 + Math.exp(-z))
}

/** Every third point of the grid, for one unit of a layer. @param {Float64Array} values @param {number} units @param {number} unit */
function sampled(values, units, unit) {
  const stride = SIDE / PICTURE
  const picture = new Float64Array(PICTURE * PICTURE)
  for (let row = 0; row < PICTURE; row++) {
    for (let column = 0; column < PICTURE; column++) {
      picture[row * PICTURE + column] = values[(row * stride * SIDE + column * stride) * units + unit]
    }
  }
  return picture
}

/** Scaled so that the largest value is 1 or -1. @param {Float64Array} values */
function normalised(values) {
  let largest = 1e-9
  for (const value of values) {
    largest = Math.max(largest, Math.abs(value))
  }
  return values.map((value) => value / largest)
}

/** Counts by what is and what was said. @param {Float64Array} y @param {Float64Array} logits */
function confusion(y, logits) {
  const counts = [[0, 0], [0, 0]]
  y.forEach((is, i) => (counts[is][logits[i] > 0 ? 1 : 0] += 1))
  return counts
}

/** Coefficient of determination. @param {Float64Array} y @param {Float64Array} predicted */
function r2(y, predicted) {
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length
  const residual = y.reduce((sum, value, i) => sum + (value - predicted[i]) ** 2, 0)
  const total = y.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return 1 - residual / (total || 1)
}
