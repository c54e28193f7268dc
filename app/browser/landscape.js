// Keeps the loss surface and the best fit those of what is set now: asks a worker, the latest question only.

import {any, sameNumbers} from "./state.js"

/**
 * @typedef {{plane: import("./planes.js").Plane, u: [number, number], v: [number, number], side: number}} Wanted
 */

/** Asks one question after the other; of those that come meanwhile the last. */
class Asking {
  /** @param {import("./workplace.js").Workplace} workplace @param {string} kind @param {(answer: any) => void} answered with the order and its answer, null where there is none */
  constructor(workplace, kind, answered) {
    this.workplace = workplace
    this.kind = kind
    this.answered = answered
    /** @type {any} what is being found out; null where nothing is */
    this.asked = null
    this.end = () => {}
    /** @type {any} */
    this.next = null
  }

  /** @param {any} order */
  ask(order) {
    this.next = order
    this.goOn()
  }

  goOn() {
    if (this.asked !== null || this.next === null) {
      return
    }
    const order = this.next
    this.asked = order
    this.next = null
    const answer = (/** @type {any} */ found) => {
      this.asked = null
      this.answered({order, answer: found})
      this.goOn()
    }
    this.end = this.workplace.ask(this.kind, order, {part: answer, failed: () => answer(null)})
  }

  /** Leaves the processor to others, until it is to go on. */
  rest() {
    this.end()
    this.next ??= this.asked
    this.asked = null
  }
}

export class Landscape {
  /**
   * @param {import("./state.js").Store} store
   * @param {import("./workplace.js").Workplace} workplace
   * @param {{wanted: (state: import("./state.js").State) => Wanted | null, seeksBest: boolean,
   *   objective: (state: import("./state.js").State) => any,
   *   bestAtOnce?: (state: import("./state.js").State) => import("./minima.js").BestFit | null | undefined}} lesson bestAtOnce: the best
   *   fit where it takes no time worth speaking of; undefined where it does
   */
  constructor(store, workplace, lesson) {
    this.store = store
    this.lesson = lesson
    /** @type {Wanted | null} */
    this.wanted = null
    this.objective = ""
    /** @type {any} the best fit of what is looked for; null where it is known */
    this.sought = null
    /** @type {Set<string>} what has changed while nothing was looked at */
    this.missed = new Set()
    this.surface = new Asking(workplace, "surface", ({order, answer}) => {
      if (answer !== null && order.model === store.state.model) {
        store.set({surface: {...answer, plane: order.plane}})
      }
    })
    this.best = new Asking(workplace, "best fit", ({order, answer}) => {
      if (order === this.sought) {
        store.set({best: answer})
      }
    })
    store.subscribe((changed, state) => this.look(changed, state))
  }

  /** Whether what is known is still what is wanted. @param {Set<string>} latest changes @param {import("./state.js").State} state */
  look(latest, state) {
    const changed = new Set([...this.missed, ...latest])
    if (state.phase === "running") {
      this.missed = changed
      this.surface.rest() // the first step of a run is waited for: it has the processor to itself
      return
    }
    this.missed = new Set()
    if (!any(changed, "data", "model", "settings", "plane", "run", "made", "chosen", "theta", "phase")) {
      return
    }
    const objective = this.lesson.objective(state)
    const other = any(changed, "data", "model") || this.objective !== JSON.stringify([objective.loss, objective.penalty])
    this.objective = JSON.stringify([objective.loss, objective.penalty])
    const wanted = this.lesson.wanted(state)
    if (wanted !== null && (other || !same(wanted, this.wanted))) {
      this.surface.ask({...objective, ...wanted})
    }
    this.wanted = wanted
    if (other && this.lesson.seeksBest) {
      const best = this.lesson.bestAtOnce?.(state)
      this.sought = best === undefined ? objective : null
      best === undefined && this.best.ask(objective)
      this.store.set({best})
    }
    this.surface.goOn()
  }
}

/** @param {Wanted} a @param {Wanted | null} b */
function same(a, b) {
  return (
    b !== null && a.side === b.side && a.plane.key === b.plane.key && sameNumbers(a.u, b.u) && sameNumbers(a.v, b.v) &&
    sameNumbers(a.plane.origin, b.plane.origin) && sameNumbers(a.plane.directions, b.plane.directions)
  )
}
