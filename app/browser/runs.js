// Runs: asked for, made elsewhere, shown step by step. The only place that moves between the states of a run:
//
//   by hand → running → playing ⇄ paused → ended        and from each of them back to by hand
//                 ↘ refused

import {Player} from "./player.js"
import {NO_RUN, placeAt, track} from "./state.js"
import {snapshotSteps} from "./training.js"

const NOTICE = 400 // milliseconds until a learner is told that it takes longer
const BETWEEN_WORDS = 1000 // milliseconds: a screen reader says each
const NONE = new Float64Array(0)

/** @typedef {import("./state.js").Run} Run */

/** Whether the learner's system asks for less motion. */
export const lessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches

/** A run of which nothing is there yet. @param {Record<string, any>} settings with which it is made @param {import("./training.js").Order} order @returns {Run} */
export function emptyRun(settings, order) {
  const column = (/** @type {boolean} */ wanted) => (wanted ? new Float64Array(order.steps + 1) : NONE)
  return {
    settings: {...settings}, count: order.theta.length, total: order.steps, wanted: snapshotSteps(order.steps, order.snapshots), steps: [], theta: [], made: -1,
    loss: column(true),
    testLoss: column(order.test !== null),
    minimised: column(order.penalty.some((strength) => strength > 0)),
    norm: column(true),
    complete: false, divergedAt: null, ending: null, plane: null,
  }
}

/** More of a run is there. @param {Run} run @param {import("./training.js").Steps} steps */
export function lengthen(run, {first, loss, testLoss, minimised, norm, kept, theta, complete, divergedAt}) {
  run.loss.set(loss, first)
  run.norm.set(norm, first)
  testLoss.length > 0 && run.testLoss.set(testLoss, first)
  minimised.length > 0 && run.minimised.set(minimised, first)
  run.steps.push(...kept)
  run.theta.push(...theta)
  run.made = first + loss.length - 1
  Object.assign(run, {complete, divergedAt})
}

export class Runs {
  /**
   * @param {import("./state.js").Store} store
   * @param {import("./workplace.js").Workplace} workplace
   * @param {(state: import("./state.js").State) => import("./training.js").Order} order what a run would be now
   */
  constructor(store, workplace, order) {
    this.store = store
    this.workplace = workplace
    this.order = order
    this.end = () => {} // no more of the run under way is wanted
    this.telling = 0
    this.told = ""
    this.awaited = Infinity // the step that is to be shown once it is there
    this.player = new Player({
      onPlace: (place) => this.show(place),
      onChange: () => this.settle(),
    })
    store.subscribe((changed) => changed.has("pins") && this.follow())
  }

  /** The run that is shown, once there is something of it. */
  get run() {
    const {run, phase} = this.store.state
    return phase === "running" ? null : run
  }

  /**
   * *Run gradient descent*: from the marked start, with the settings as they are now.
   * @param {number | null} at the step at which it is shown, paused, once it is there; null where it is played. Who wants less
   *   motion is shown the end
   */
  start(at = lessMotion() ? Infinity : null) {
    const {state} = this.store
    this.stop()
    const last = state.run ?? state.ghost
    const ghost = state.pins.some(({run}) => run === last) ? null : last // what is pinned is drawn already
    const order = this.order(state)
    const run = emptyRun(state.settings, order)
    // What is shown stays until there is something to show of this run: drawing what lasts for a moment would keep it waiting.
    this.store.set({phase: "running", words: {kind: "", text: ""}, complaints: {}})
    this.telling = window.setTimeout(() => {
      this.run === null && this.store.set({...NO_RUN, stale: false, ghost, theta: state.start})
      this.tell(run)
    }, NOTICE)
    this.end = this.workplace.ask("run", order, {
      part: (steps) => this.receive(run, steps, {ghost, at}),
      failed: () => this.refuse("Something went wrong while computing this run. Your settings are kept: try again, or change one."),
    })
  }

  /** From the step that is shown, which becomes the start. */
  goOn() {
    const {state} = this.store
    if (state.run !== null && state.run.divergedAt === null) {
      const [ghost, theta] = [state.run, state.theta.slice()]
      this.byHand(theta)
      this.store.set({ghost})
    }
    this.start()
  }

  /**
   * More of a run is there.
   * @param {import("./state.js").Run} run
   * @param {import("./training.js").Steps} steps
   * @param {{ghost: import("./state.js").Run | null, at: number | null}} begin the run before it, and the step that is wanted
   */
  receive(run, steps, {ghost, at}) {
    const begins = this.run !== run
    lengthen(run, steps)
    if (run.steps.length === 0) {
      this.refuse("The loss or its gradient is not a finite number where this run would start. Start nearer to the middle.")
      return
    }
    const {complete} = run
    if (begins && !complete && run.steps[run.steps.length - 1] < (at ?? 0)) {
      return // the step that is to be shown is not there yet
    }
    if (begins) {
      this.player.load(run.wanted.length - 1)
    }
    const played = track(run, this.store.state.pins)
    this.player.grow(played.length - 1, complete)
    if (complete) {
      this.quiet()
    }
    const made = {steps: run.made, complete}
    if (begins) {
      const {settings} = this.store.state
      const stale = Object.entries(run.settings).some(([name, value]) => settings[name] !== value)
      const place = at === null ? this.player.begin() : placeAt({steps: played}, at)
      const step = Math.min(place, run.steps.length - 1)
      this.store.set({run, made, stale, ghost, step, beyond: null, theta: run.theta[step], phase: at === null ? "playing" : "paused"})
      if (at === null) {
        this.player.play()
      } else {
        this.player.seek(place)
        this.awaited = at
      }
    } else {
      this.store.set({made})
      this.settle()
    }
  }

  /** Says how far a run is that takes longer. @param {import("./state.js").Run} run */
  tell(run) {
    this.told = `Training: step ${Math.max(run.made, 0)} of ${run.total}`
    this.store.set({words: {kind: "", text: this.told}})
    this.telling = window.setTimeout(() => this.tell(run), BETWEEN_WORDS)
  }

  /** Nothing is waited for any more. */
  quiet() {
    clearTimeout(this.telling)
    if (this.store.state.words.text === this.told) {
      this.store.set({words: {kind: "", text: ""}})
    }
  }

  /** The runs that are compared with it are others, or longer. */
  follow() {
    const {run, player, awaited} = this
    const {pins, made} = this.store.state
    const played = run === null ? [] : track(run, pins)
    if (run === null || !run.complete || played.length - 1 === player.last) {
      return
    }
    const atEnd = !player.playing && player.place === player.last
    player.grow(played.length - 1, true)
    if (atEnd || player.place > player.last) {
      player.seek(placeAt({steps: played}, awaited))
      this.awaited = awaited
    }
    this.store.set({made: {...made}})
  }

  /** @param {number} place among the steps that are played */
  show(place) {
    const {run} = this
    if (run !== null) {
      const step = Math.min(place, run.steps.length - 1)
      this.awaited = Infinity
      this.store.set({step, beyond: place === step ? null : track(run, this.store.state.pins)[place], theta: run.theta[step]})
      this.settle()
    }
  }

  /** @param {number} place */
  seek(place) {
    if (this.run !== null) {
      this.player.pause()
      this.player.seek(place)
    }
  }

  /** Which state follows from where the player is. */
  settle() {
    const {run, player} = this
    if (run !== null) {
      const atEnd = run.complete && player.place === player.last
      this.store.set({phase: player.playing ? "playing" : atEnd ? "ended" : "paused"})
    }
  }

  /** The parameters are moved by hand: nothing is ever drawn from two runs at once. @param {Float64Array} theta */
  byHand(theta) {
    this.stop()
    this.store.set({theta, start: theta, ...NO_RUN, ghost: null, stale: false, phase: "by hand"})
  }

  /** What by hand moves on from: what is shown, unless that is what a diverged run has blown up. */
  get base() {
    const {run, theta, start} = this.store.state
    return run !== null && run.divergedAt !== null ? start : theta
  }

  /** The run under way is no longer wanted; what is there of it stays. */
  cancel() {
    const {run} = this
    const {phase} = this.store.state
    const under = run !== null && !run.complete
    this.end()
    this.quiet()
    const text = under ? `Cancelled at step ${run.made}; what is there can be played.` : "Cancelled; your settings are kept."
    if (under) {
      Object.assign(run, {complete: true, ending: {kind: "", text}})
      this.player.grow(run.steps.length - 1, true)
      this.store.set({made: {steps: run.made, complete: true}})
    }
    const nothing = phase === "running" ? {phase: /** @type {const} */ ("by hand"), ...NO_RUN, theta: this.store.state.start} : {}
    this.store.set({...nothing, words: {kind: "", text}})
  }

  /** @param {string} text */
  refuse(text) {
    this.stop()
    this.store.set({phase: "refused", ...NO_RUN, theta: this.store.state.start, words: {kind: "warning", text}})
  }

  /** No more of the run under way is wanted, and nothing plays. */
  stop() {
    this.end()
    this.quiet()
    this.player.pause()
  }
}
