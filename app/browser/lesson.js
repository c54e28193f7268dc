// A lesson in the browser: one store; controls and runs change it, figures and words are drawn from it. What the lessons with
// one input and the network do not share is a value that is handed over, a `Kind`.

import {showAbout} from "./about.js"
import {Comparing} from "./comparing.js"
import {Control} from "./controls.js"
import {significant} from "./format.js"
import {described} from "./figures/described.js"
import {History} from "./figures/history.js"
import {measure, Readout} from "./figures/readout.js"
import {Surface} from "./figures/surface.js"
import {Landscape} from "./landscape.js"
import {COMMON, hasConnection, modelOf, numbersOf, OWN} from "./models.js"
import {anyFormulas, optimizersOf, ownText, Refusal, searched} from "./own.js"
import {listen} from "./pointer.js"
import {lessMotion, Runs} from "./runs.js"
import {any, NO_RUN, sameSubject, Store, track} from "./state.js"
import {pathOf} from "./training.js"
import {Transport} from "./transport.js"
import {ending} from "./words.js"

const PREVIEW_LINGERS = 1200 // milliseconds after the last movement
const NOTICE = 400 // milliseconds until a learner is told that something is waited for
const SAID = 300 // milliseconds after the last change until the figures' texts say what is seen
const SETTLE = 60 // milliseconds from a change of the page's size until the figures have theirs
const UNPINNED = "The pinned runs are gone: they were of other data, or of another loss."
const EVERYTHING = new Set(["settings", "data", "model", "theta", "start", "phase", "run", "made", "stale", "ghost", "pins", "beside", "step", "beyond", "surface", "plane", "best", "chosen", "edits", "course", "view", "words", "complaints"])

/**
 * @typedef {import("./state.js").State} State
 *
 * @typedef {object} Kind what one kind of lesson is
 * @property {string} html of its page
 * @property {boolean} seeksBest whether its loss has a best fit that can be found
 * @property {number} snapshots how many steps of a run are kept
 * @property {number} preview steps that are shown of a run while something moves; 0 for none
 * @property {(settings: Record<string, any>) => [number, number]} penalty strengths of l1 and l2
 * @property {(settings: Record<string, any>) => any} data
 * @property {(settings: Record<string, any>, data: any) => import("./models.js").Spec} model
 * @property {(settings: Record<string, any>, model: any, data: any) => Float64Array} initial
 * @property {(settings: Record<string, any>) => number} batchSeed
 * @property {(lesson: Lesson) => number[]} [borders] where the class that is predicted changes, along the one input
 * @property {(name: string, state: State) => number} thetaIndex which of theta's numbers a control moves
 * @property {string} firstPlane which plane is wanted at first
 * @property {(state: State) => string[][]} planes that can be chosen, each with its label; none where there is one only
 * @property {(state: State) => import("./landscape.js").Wanted | null} wanted of the loss surface
 * @property {(lesson: Lesson) => any[]} figures of its own
 * @property {(lesson: Lesson) => Record<string, () => void>} actions of its own buttons
 * @property {(lesson: Lesson, state: State, changed: Set<string>) => void} draw what is no figure
 * @property {(settings: Record<string, any>) => Record<string, any>} [adjust] settings that
 *   follow from others
 * @property {(settings: Record<string, any>, given: Record<string, any>) => Record<string, any>} [implied] settings that a change of others takes with it
 * @property {(lesson: Lesson, name: string, value: any) => boolean} [asks] whether a choice asks for something before it can be made
 * @property {(settings: Record<string, any>) => Promise<any> | null} [missing] what must be fetched before the data can be made
 * @property {(state: State) => import("./minima.js").BestFit | null | undefined} [bestAtOnce] the best fit where it can be had while a point is dragged
 * @property {(before: Record<string, any>, settings: Record<string, any>) => boolean} [begins] whether a change of the data
 *   begins with new parameters
 * @property {(state: State) => Partial<State>} [entered] what else changes with the model
 * @property {(lesson: Lesson, plots: import("./plots.js").Plots) => import("./pointer.js").Grasp} [grasp] how the point is taken hold of, if not
 *   on a loss surface
 * @property {(settings: Record<string, any>) => number} [curvature] of the loss at its minimum, where that is known without a search;
 *   0 where it is not the same everywhere
 * @property {(lesson: Lesson, run: import("./state.js").Run) => import("./words.js").Ending} [ending] what is said of a run's end
 */

export class Lesson {
  /**
   * @param {any} declaration
   * @param {Kind} kind
   * @param {any} common formulas of all models
   * @param {Record<string, any>} modules formulas that are there, by name
   * @param {{runs: import("./workplace.js").Workplace, surveys: import("./workplace.js").Workplace}} workplaces
   */
  constructor(declaration, kind, common, modules, workplaces) {
    this.declaration = declaration
    this.kind = kind
    this.common = common
    /** @type {Record<string, any>} */
    this.modules = {...modules, [COMMON]: common}
    /** @type {(text: string) => void} takes a text that is a lesson as it was, of whatever lesson: the page does */
    this.openState = () => {}
    /** @type {Record<string, any>} rows of the settings' table by name */
    this.rows = Object.fromEntries(declaration.settings.map((/** @type {any} */ row) => [row.name, row]))
    /** @type {import("./plots.js").Plots | null} */
    this.plots = null
    /** @type {(() => Promise<boolean> | null)[]} what is to be done, one after the other */
    this.later = []
    this.busy = false // whether some of it is being done, or waited for
    this.previewing = 0
    this.settling = 0
    this.describing = 0
    /** @type {import("./figures/readout.js").Measured | null} at the point that is shown */
    this.measured = null
    /** @type {Set<string>} what has changed while the lesson was not seen */
    this.missed = new Set()
    this.el = document.createElement("div")
    this.el.className = "lesson"
    this.el.id = `lesson-${declaration.key}`
    this.el.setAttribute("role", "tabpanel")
    this.el.setAttribute("aria-label", declaration.title)
    this.el.innerHTML = kind.html
    /** @type {Record<string, HTMLElement>} */
    this.texts = Object.fromEntries(Array.from(this.all("[data-text]"), (e) => [e.dataset.text, e]))
    /** @type {Record<string, HTMLButtonElement>} */
    this.buttons = Object.fromEntries(Array.from(this.all("[data-action]"), (e) => [e.dataset.action, e]))
    /** @type {Record<string, string>} what each figure is, in words */
    this.labels = Object.fromEntries(Array.from(this.all("[data-figure]"), (e) => [e.dataset.figure, e.ariaLabel]))

    this.store = new Store(this.firstState())
    this.firstView = this.state.view
    this.readout = new Readout(declaration, (name, text) => this.write(name, text))
    this.surface = this.el.querySelector("[data-figure=surface]") === null ? null : new Surface(common, declaration)
    /** @type {Record<string, Control>} */
    this.controls = {}
    for (const row of declaration.settings.filter((/** @type {any} */ {card}) => card !== null)) {
      this.controls[row.name] = new Control(row, /** @type {HTMLElement} */ (this.el.querySelector(`[data-control="${row.name}"]`)), {
        moved: (name, value) => kind.asks?.(this, name, value) ? this.showSettings(this.state) : this.change({[name]: value}),
        complaint: (name, text) => this.store.set({complaints: {...this.state.complaints, [name]: text}}),
      })
    }
    this.runs = new Runs(this.store, workplaces.runs, (state) => this.order(state))
    this.comparing = new Comparing(this.el, this.store, workplaces.runs, declaration, (settings, start) => this.orderOf(settings, start))
    this.transport = new Transport(this.el, this.runs, {start: () => this.start()})
    this.figures = [...kind.figures(this), new History(declaration), ...(this.surface === null ? [] : [this.surface])]
    this.store.subscribe((changed, state) => this.draw(changed, state))
    new Landscape(this.store, workplaces.surveys, {
      seeksBest: kind.seeksBest,
      bestAtOnce: kind.bestAtOnce,
      wanted: (state) => kind.wanted(state),
      objective: ({settings, model, data}) => ({model, loss: settings.loss, train: data.train, penalty: kind.penalty(settings), solver: searched(settings) ? "descent" : declaration.losses[settings.loss].solver}),
    }).look(EVERYTHING, this.state)
    this.listen()
    this.draw(EVERYTHING, this.state)
  }

  /** @returns {State} */
  firstState() {
    const {kind} = this
    const settings = this.firstSettings
    const data = kind.data(settings)
    const model = kind.model(settings, data)
    const theta = kind.initial(settings, model, data)
    return {
      settings, data, model, theta, start: theta, phase: "by hand", ...NO_RUN, made: {steps: 0, complete: true}, stale: false, ghost: null, pins: [], beside: null,
      surface: null, plane: kind.firstPlane, best: undefined, chosen: {layer: 0, unit: 0, from: 0}, edits: {past: [], future: [], at: null}, course: false,
      view: {
        ...Object.fromEntries(Array.from(this.all("[data-toggle]"), (box) => [box.dataset.toggle, box.checked])),
        ...("best-fit" in this.buttons ? {best: false} : {}),
      },
      words: {kind: "", text: ""}, complaints: {},
    }
  }

  /** The settings that a lesson begins with. @returns {Record<string, any>} */
  get firstSettings() {
    return Object.fromEntries(Object.values(this.rows).flatMap(({name, changes, default: value}) => (changes === "theta" ? [] : [[name, value]])))
  }

  get state() {
    return this.store.state
  }

  /** @param {string} selector @returns {NodeListOf<any>} */
  all(selector) {
    return this.el.querySelectorAll(selector)
  }

  // --- changes ---

  /**
   * Settings and parameters as they were set by a control or a button; one change after the other.
   * @param {Record<string, any>} patch values by name, or functions from the value before to the next
   */
  change(patch) {
    this.inTurn(() => {
      const {settings} = this.state
      const named = Object.entries(patch).filter(([name]) => name in this.rows)
      const given = Object.fromEntries(named.map(([name, value]) => [name, typeof value === "function" ? value(settings[name]) : value]))
      const own = Object.fromEntries(Object.entries(given).filter(([name]) => this.rows[name].changes !== "theta"))
      const next = {...settings, ...own, ...this.kind.implied?.(settings, own)}
      const data = next.dataset === settings.dataset ? null : (this.kind.missing?.(next) ?? null)
      if (data !== null) {
        return this.fetched(data, "These data could not be loaded: the last ones are kept. Check the connection.")
      }
      const plan = this.planned(given, next)
      const written = "own_model" in given || (given.model === OWN && given.loss !== OWN) ? "model" : "loss"
      const needed = /** @type {const} */ ([[plan.model.formulas, written], [optimizersOf(plan.settings), "optimizer"]])
      const missing = needed.find(([name]) => !(name in this.modules))
      if (missing !== undefined) {
        const [name, choice] = missing
        const formulas = anyFormulas(name).then((module) => (this.modules[name] = module))
        return this.fetched(formulas, "The formulas of this network could not be loaded: the last one is kept. Check the connection.", this.besideOf(choice, given))
      }
      this.apply(given, plan)
      return null
    })
  }

  /**
   * Puts the lesson as it was: as a link says, or a report. What it does is what a learner does, one thing after the other.
   * @param {object} was
   * @param {Record<string, any>} was.settings all of them
   * @param {(initial: Float64Array) => Float64Array} was.start parameters, from those that the lesson would begin with
   * @param {Record<string, number>} [was.theta] some of them, by the names of their controls
   * @param {boolean} was.run whether there was a run
   * @param {number | null} [was.step] that it was shown at; null where it is played
   * @param {Record<string, any>} [was.ran] settings that it was made with and that are others now
   * @param {Record<string, boolean>} [was.view]
   * @param {string | null} [was.plane]
   * @param {any} [was.chosen]
   * @param {{settings: Record<string, any>, theta: Record<string, number>}[]} [was.pins] runs that it is compared with
   */
  restore({settings, start, theta = {}, run, step = null, ran = {}, view = this.firstView, plane = null, chosen = null, pins = []}) {
    /** @type {Record<string, any> | null} */
    let before = null
    this.inTurn(() => {
      before = this.state.settings
      this.store.set({pins: []})
      return null
    })
    this.change({...settings, ...ran})
    this.inTurn(() => {
      const {kind, state, store} = this
      if (state.settings === before) {
        return null // what it needs could not be had, which has been said
      }
      const {model, data} = state
      const planes = kind.planes({...state, run: /** @type {any} */ ({})}).map(([key]) => key)
      const connected = chosen !== null && model.kind === "network" && hasConnection(model.sizes, chosen)
      store.set({
        words: {kind: "", text: ""}, view, plane: plane !== null && planes.includes(plane) ? plane : kind.firstPlane,
        chosen: connected ? chosen : {layer: 0, unit: 0, from: 0},
      })
      const moved = (/** @type {Float64Array} */ from, /** @type {Record<string, number>} */ to) => {
        const at = from.slice()
        Object.entries(to).forEach(([name, value]) => (at[kind.thetaIndex(name, this.state)] = value))
        return at
      }
      this.runs.byHand(moved(start(kind.initial(state.settings, model, data)), theta))
      if (run) {
        this.hidePreview()
        this.runs.start(step ?? undefined)
        Object.keys(ran).length > 0 && this.change(settings)
      }
      this.inTurn(() => {
        pins.forEach((pin) => this.comparing.add(pin.settings, moved(this.state.start, pin.theta)))
        return null
      })
      return null
    })
  }

  /** Does one thing after the other. @param {() => Promise<boolean> | null} act gives null where it is done; else what it waits for, to be called again if that has come */
  inTurn(act) {
    this.later.push(act)
    if (!this.busy) {
      this.goOn()
    }
  }

  goOn() {
    this.busy = true
    while (this.later.length > 0) {
      let coming = null
      try {
        coming = this.later[0]()
      } catch (error) {
        console.error(error) // a change that fails keeps no other one waiting
      }
      if (coming !== null) {
        coming.then((came) => {
          if (!came) {
            this.later.shift()
          }
          this.goOn()
        })
        return
      }
      this.later.shift()
    }
    this.busy = false
  }

  /** Beside which control it is said why what the learner has written cannot be used. @param {"model" | "loss" | "optimizer"} choice that it is for @param {Record<string, any>} given by the change */
  besideOf(choice, given) {
    const boxes = Object.values(this.rows).filter(({kind, only}) => kind === "formula" && only[0] === choice).map(({name}) => name)
    return this.state.settings[choice] === OWN ? (boxes.find((name) => name in given) ?? boxes[0]) : choice
  }

  /** Whether something that a change needs has come. @param {Promise<any>} coming @param {string} otherwise what is said where it has not @param {string} [beside] which control it is said why it was refused */
  async fetched(coming, otherwise, beside = "") {
    const told = "Loading what this needs…"
    const telling = window.setTimeout(() => this.store.set({words: {kind: "", text: told}}), NOTICE)
    const failure = await coming.then(() => null, (/** @type {Error} */ error) => error)
    clearTimeout(telling)
    if (failure === null || failure instanceof Refusal) {
      this.state.words.text === told && this.store.set({words: {kind: "", text: ""}})
    } else {
      this.store.set({words: {kind: "warning", text: otherwise}})
    }
    if (failure instanceof Refusal) {
      this.store.set({complaints: {[beside]: failure.message}})
    }
    if (failure !== null) {
      this.showSettings(this.state)
    }
    return failure === null
  }

  /** What a change comes to, as far as its settings say. @param {Record<string, any>} given @param {Record<string, any>} wanted settings */
  planned(given, wanted) {
    const {kind, rows, state} = this
    const differs = (/** @type {string} */ name) => rows[name].changes === "theta" || wanted[name] !== state.settings[name]
    const follows = new Set(Object.keys(given).filter(differs).map((name) => rows[name].changes))
    const data = follows.has("data") ? kind.data(wanted) : state.data
    const settings = this.adjusted(wanted, given, data)
    const wantedModel = kind.model(settings, data)
    const model = any(follows, "data", "model") || wantedModel.formulas !== state.model.formulas ? wantedModel : state.model
    return {follows, data, settings, model}
  }

  /** Makes a change; what follows from each setting stands in its declaration. @param {Record<string, any>} given @param {ReturnType<Lesson["planned"]>} plan */
  apply(given, {follows, data, settings, model}) {
    const {kind, rows, store} = this
    const before = this.state
    /** @type {Partial<State>} */
    const next = {settings, complaints: this.remarks(before.settings, settings, given)}
    if (before.words.kind === "warning") {
      next.words = {kind: "", text: ""}
    }
    if (any(follows, "data", "model", "loss")) {
      const begins = follows.has("model") || kind.begins?.(before.settings, settings)
      const theta = begins ? kind.initial(settings, model, data) : this.runs.base
      this.runs.stop()
      Object.assign(next, {data, model, theta, start: theta, ...NO_RUN, ghost: null, stale: false, phase: "by hand"})
      if (begins) {
        Object.assign(next, {surface: null, best: undefined, plane: kind.firstPlane}, kind.entered?.({...before, ...next, settings}))
      }
    } else if (follows.has("run") && before.run !== null) {
      next.stale = true
    }
    if (before.pins.length > 0 && !sameSubject(this.declaration.settings, before.settings, settings)) {
      Object.assign(next, {pins: [], words: {kind: "", text: UNPINNED}})
    }
    store.set(next)
    if (follows.has("theta")) {
      const theta = this.runs.base.slice()
      for (const [name, value] of Object.entries(given).filter(([name]) => rows[name].changes === "theta")) {
        theta[kind.thetaIndex(name, this.state)] = value
      }
      this.runs.byHand(theta)
    }
    if (any(follows, "theta", "run")) {
      this.preview()
    }
  }

  /** What is said beside controls whose setting another one has changed. @param {Record<string, any>} before @param {Record<string, any>} settings @param {Record<string, any>} given @returns {Record<string, string>} */
  remarks(before, settings, given) {
    const size = given.batch_size ?? before.batch_size
    return size > 0 && settings.batch_size === 0 && !("batch_size" in given)
      ? {batch_size: `A batch of ${size} is not less than the training points there are now: all are used.`}
      : {}
  }

  /** What follows from settings for others. @param {Record<string, any>} settings @param {Record<string, any>} patch @param {any} data */
  adjusted(settings, patch, data) {
    const {optimizers} = this.declaration
    let used = settings
    if ("optimizer" in patch && !("step_size" in patch)) {
      used = {...used, step_size: optimizers[settings.optimizer].stepSize}
    }
    if (used.batch_size >= data.train.y.length) {
      used = {...used, batch_size: 0}
    }
    return this.kind.adjust?.(used) ?? used
  }

  /** Moves to a point of the plane that is shown. @param {{w: number, b: number}} at */
  moveTo(at) {
    const {surface, complaints} = this.state
    if (surface !== null && this.surface !== null) {
      if (Object.keys(complaints).length > 0) {
        this.store.set({complaints: {}})
      }
      this.runs.byHand(this.surface.thetaAt(surface.plane, at))
      this.preview()
    }
  }

  /** *Run gradient descent*. @param {number} [at] the step at which it is shown, paused, where it is not to be played */
  start(at) {
    this.inTurn(() => {
      if (matchMedia("(max-width: 900px)").matches && parent === window) {
        const figure = this.el.querySelector(".card.decision, .card.surface, .card.function")
        figure?.scrollIntoView({behavior: lessMotion() ? "instant" : "smooth", block: "start"}) // where there is something to watch
      }
      this.hidePreview()
      this.runs.start(at)
      return null
    })
  }

  /** Lets all optimizers run at once, from one start. */
  race() {
    this.inTurn(() => {
      this.hidePreview()
      this.runs.start()
      this.comparing.race()
      return null
    })
  }

  /** What a run with other settings would be, on the data that there are; null where the start is another model's. @param {Record<string, any>} settings @param {Float64Array} start */
  orderOf(settings, start) {
    const {state} = this
    const model = this.kind.model(settings, state.data)
    return numbersOf(model) === start.length ? this.order({...state, settings, model, start}) : null
  }

  /** What a run would be now. @param {State} state @returns {import("./training.js").Order} */
  order({settings, model, data, start}) {
    const {hyperparameters, hessian} = this.declaration.optimizers[settings.optimizer]
    return {
      model, loss: settings.loss, penalty: this.kind.penalty(settings), optimizer: settings.optimizer, optimizers: optimizersOf(settings), hessian,
      hyperparameters: Object.fromEntries(hyperparameters.map((/** @type {string} */ name) => [name, settings[name]])),
      stepSize: settings.step_size, steps: settings.n_steps, batchSize: settings.batch_size, seed: this.kind.batchSeed(settings),
      theta: start, train: data.train, test: data.test, snapshots: Math.min(this.kind.snapshots, settings.n_steps + 1),
    }
  }

  // --- drawing ---

  /** Draws everything anew, on new figures. @param {import("./plots.js").Plots} plots */
  drawOn(plots) {
    this.plots = plots
    this.unlisten?.()
    const place = /** @type {HTMLElement} */ (this.el.querySelector("[data-figure=surface], [data-figure=function]"))
    this.unlisten = listen(place, this.kind.grasp?.(this, plots) ?? this.grasp(plots, /** @type {Surface} */ (this.surface)))
    this.draw(EVERYTHING, this.state)
  }

  /** How the point is taken hold of on the surface. @param {import("./plots.js").Plots} plots @param {Surface} surface @returns {import("./pointer.js").Grasp} */
  grasp(plots, surface) {
    const {store} = this
    return {
      at: (event, clamp) => (store.state.surface === null ? null : surface.placeAt(plots, event, clamp)),
      distance: (event) => {
        if (store.state.surface === null) {
          return Infinity
        }
        const {w, b} = surface.place(store.state.surface.plane, store.state.theta)
        return plots.distance("surface", event, w, b)
      },
      move: (at) => this.moveTo(at),
    }
  }

  /** @param {Set<string>} changed @param {State} state */
  draw(changed, state) {
    this.sayEnding(changed, state)
    if (any(changed, "settings", "data", "complaints")) {
      this.showSettings(state)
    }
    if (any(changed, "theta", "chosen")) {
      for (const [name, control] of Object.entries(this.controls)) {
        const place = this.rows[name].changes === "theta" ? this.kind.thetaIndex(name, state) : -1
        if (place in state.theta) {
          control.set(state.theta[place])
        }
      }
    }
    this.transport.draw(state, changed)
    this.comparing.draw(state, changed)
    this.kind.draw(this, state, changed)
    this.showPlanes(state, changed)
    if (changed.has("view")) {
      for (const box of this.all("[data-toggle]")) {
        box.checked = state.view[box.dataset.toggle]
      }
    }
    if (changed.has("words")) {
      const line = /** @type {HTMLElement} */ (this.texts.status.parentElement)
      line.dataset.kind = state.words.kind
      line.toggleAttribute("data-answer", state.words.answer === true)
      this.write("status", state.words.text)
      this.texts.status.title = state.words.text
    }
    if (this.el.hidden) {
      this.missed = new Set([...this.missed, ...changed])
      return
    }
    if (any(changed, "theta", "data", "settings", "model", "surface")) {
      const model = modelOf(state.model, this.modules[state.model.formulas])
      const known = any(changed, "data", "settings", "model", "surface") ? null : (this.measured?.steepest ?? null)
      this.measured = measure(state, model, this.common, this.kind.penalty(state.settings), known)
    }
    const measured = /** @type {import("./figures/readout.js").Measured} */ (this.measured)
    this.readout.draw(state, changed, measured)
    if (this.surface !== null) {
      this.drawTitle(state, measured)
    }
    for (const figure of this.figures) {
      figure.prepare?.(state, changed)
      if (this.plots !== null) {
        figure.draw(this.plots, state, changed, measured)
      }
    }
    clearTimeout(this.describing)
    if (state.phase !== "playing" && state.phase !== "running") {
      this.describing = window.setTimeout(() => this.describe(), SAID)
    }
  }

  /** The figures' texts say what is seen in them. */
  describe() {
    const scores = Array.from(this.all(".metrics :is(h2, caption)"), ({textContent}) => textContent)
    const texts = described(this.state, this.common, (name) => this.texts[name]?.textContent ?? "", scores)
    for (const place of this.all("[data-figure]")) {
      const label = `${this.labels[place.dataset.figure]} ${texts[place.dataset.figure]}`.trim()
      if (place.ariaLabel !== label) {
        place.ariaLabel = label
      }
    }
  }

  /** The lesson is seen again: what has changed meanwhile is drawn. */
  shown() {
    const {missed} = this
    this.missed = new Set()
    if (missed.size > 0) {
      this.draw(missed, this.state)
    }
  }

  /** @param {State} state */
  showSettings(state) {
    const {settings, complaints, data} = state
    for (const [name, control] of Object.entries(this.controls)) {
      const {changes, only} = this.rows[name]
      if (changes !== "theta") {
        control.set(settings[name])
      }
      const there = changes !== "theta" || this.kind.thetaIndex(name, state) in state.theta
      control.visible(there && (only === null || only[1].includes(settings[only[0]])))
      control.complain(complaints[name] ?? "")
    }
    this.controls.batch_size?.most(Math.min(data.train.y.length, this.rows.batch_size.high))
  }

  /** Which planes can be chosen. @param {State} state @param {Set<string>} changed */
  showPlanes(state, changed) {
    if (this.surface !== null && any(changed, "run", "model", "data", "plane")) {
      const select = /** @type {HTMLSelectElement} */ (this.el.querySelector("[data-choice=plane]"))
      const planes = this.kind.planes(state)
      select.hidden = planes.length < 2
      select.replaceChildren(...planes.map(([key, label]) => new Option(label, key, false, key === state.plane)))
    }
  }

  /** What the surface is a picture of, and how far the point is from it. @param {State} state @param {import("./figures/readout.js").Measured} measured */
  drawTitle({surface, theta}, {onPlane, minimised}) {
    const sliced = theta.length > 2
    this.el.classList.toggle("sliced", sliced)
    this.el.classList.toggle("no-plane", surface === null)
    this.write("plane-title", !sliced || surface === null ? "Loss surface and path" : surface.plane.key === "path" ? "Run's plane" : "All else held")
    this.write("off-plane", onPlane === null || Math.abs(Math.log(minimised / onPlane)) < 0.02 ? "" : `${significant(onPlane, 2)} here, really ${significant(minimised, 2)}`)
    const {share} = surface?.plane ?? {}
    const title = share == null ? "" : `The plane holds the run's start and end, and ${Math.floor(share * 100)} % of the way between. A ring around the point says that the loss is another than the plane's beneath it.`
    const heading = /** @type {HTMLElement} */ (this.texts["plane-title"].parentElement)
    if (heading.title !== title) {
      heading.title = title
    }
  }

  /** How a run ended is said as long as its end is shown. @param {Set<string>} changed @param {State} state */
  sayEnding(changed, state) {
    const {run, phase, beyond, words, best} = state
    if (!any(changed, "phase", "best", "run", "step", "beyond") || run === null) {
      return
    }
    if ((phase === "ended" || beyond !== null) && (best !== undefined || !this.kind.seeksBest)) {
      const told = run.ending ?? (run.ending = this.ending(run))
      if (words.text !== told.text) {
        this.store.set({words: told})
      }
    } else if (run.ending !== null && words.text === run.ending.text) {
      this.store.set({words: {kind: "", text: ""}})
    }
  }

  /** @param {import("./state.js").Run} run */
  ending(run) {
    if (this.kind.ending !== undefined) {
      return this.kind.ending(this, run)
    }
    const {settings} = run
    const {best} = this.state
    const {hessian} = this.declaration.optimizers[settings.optimizer]
    return ending(run, {
      best: best?.theta ? best : null,
      reason: this.declaration.reasons?.[best?.reason ?? 0] ?? null,
      bound: this.bound(settings),
      hessian,
      batched: settings.batch_size > 0 && !hessian,
      own: settings.optimizer === OWN,
      searched: searched(settings),
    })
  }

  /** The largest stable step size of an optimizer at the minimum; null where there is none, or no curvature. */
  bound(settings = this.state.settings) {
    const {optimizers, losses} = this.declaration
    const stability = this.common.stability[settings.optimizer]
    const curvature = this.kind.curvature?.(settings) ?? (losses[settings.loss].smooth ? (this.state.best?.curvature ?? 0) : 0)
    const {hyperparameters} = optimizers[settings.optimizer]
    return stability !== undefined && curvature > 0 ? stability(...hyperparameters.map((/** @type {string} */ name) => settings[name])) / curvature : null
  }

  /** The path that the optimizer would take from here, faintly, while something moves. */
  preview() {
    const {plots, kind, state} = this
    if (plots === null || this.surface === null || kind.preview === 0 || state.run !== null || this.el.hidden) {
      return
    }
    const order = {...this.order(state), theta: state.theta, test: null}
    const steps = Math.min(order.steps, kind.preview)
    const path = this.pathOf({...order, steps, snapshots: steps + 1})
    this.surface.preview(plots, state, path)
    clearTimeout(this.previewing)
    this.previewing = window.setTimeout(() => this.hidePreview(), PREVIEW_LINGERS)
  }

  /** Theta along a short run. @param {import("./training.js").Order} order */
  pathOf(order) {
    return pathOf(order, this.modules[order.model.formulas], this.modules[order.optimizers ?? COMMON])
  }

  hidePreview() {
    clearTimeout(this.previewing)
    if (this.plots !== null && this.surface !== null) {
      this.surface.preview(this.plots, this.state, [])
    }
  }

  /** @param {string} name @param {string} text */
  write(name, text) {
    if (this.texts[name].textContent !== text) {
      this.texts[name].textContent = text
    }
  }

  // --- what the learner does ---

  listen() {
    /** @type {Record<string, () => void>} */
    const actions = {
      run: () => this.start(),
      continue: () => {
        this.hidePreview()
        this.runs.goOn()
      },
      cancel: () => {
        this.runs.cancel()
        this.comparing.cancel()
      },
      race: () => this.race(),
      ...this.comparing.actions,
      ...this.transport.actions,
      ...this.kind.actions(this),
    }
    for (const [name, button] of Object.entries(this.buttons)) {
      button.addEventListener("click", actions[name])
    }
    for (const box of this.all("[data-toggle]")) {
      box.addEventListener("change", () => this.store.set({view: {...this.state.view, [box.dataset.toggle]: box.checked}}))
    }
    for (const button of this.all("[data-about]")) {
      const {about} = button.dataset
      button.addEventListener("click", () => showAbout(this.declaration.key, about, this.state.settings[about], ownText(about, this.state.settings, this.declaration.classes)).catch((error) => console.warn(error)))
    }
    this.el.querySelector("[data-choice=plane]")?.addEventListener("change", (/** @type {any} */ event) => this.store.set({plane: event.target.value}))
    for (const axis of ["log", "linear"]) {
      const place = /** @type {HTMLElement} */ (this.el.querySelector(`[data-figure=loss_${axis}]`))
      place.addEventListener("click", (event) => this.seekAt(axis, event))
    }
    const observer = new ResizeObserver(() => this.resized())
    for (const place of this.all(".plot")) {
      observer.observe(place)
    }
  }

  /** A click on the loss curve goes to a step. @param {string} axis @param {MouseEvent} event */
  seekAt(axis, event) {
    const {run, pins} = this.state
    if (run !== null && this.plots !== null) {
      const {sx, frame} = this.plots.under(`loss_${axis}`, event)
      const at = frame.x_scale.invert(sx)
      const played = track(run, pins)
      const place = played.findIndex((step) => step >= at)
      this.runs.seek(place < 0 ? played.length - 1 : place)
    }
  }

  /** The figures have another size, or are seen again: what is placed by pixels is placed anew. */
  resized() {
    clearTimeout(this.settling)
    this.settling = window.setTimeout(() => !this.el.hidden && this.draw(new Set(["theta", "surface", "step", "data"]), this.state), SETTLE)
  }
}
