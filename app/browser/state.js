// All that a lesson is: one object, changed in one way. Controls, figures, words and runs read it; nothing else holds state.

/**
 * @typedef {{x: Float64Array, y: Float64Array}} Part examples: x flat, row by row
 * @typedef {"by hand" | "running" | "playing" | "paused" | "ended" | "refused"} Phase of the run that is shown
 *
 * @typedef {object} Run
 * @property {Record<string, any>} settings with which it was made
 * @property {number} count numbers in theta
 * @property {number} total steps that were asked for
 * @property {number[]} wanted steps that are kept, if it comes so far
 * @property {number[]} steps that were kept
 * @property {Float64Array[]} theta at these steps
 * @property {Float64Array} loss of every step, as far as `made`
 * @property {Float64Array} testLoss the same on the test data; empty where there are none
 * @property {Float64Array} minimised the same with the penalty; empty where there is none
 * @property {Float64Array} norm of the gradient at every step; NaN where it is not known
 * @property {number} made the last step whose losses are there
 * @property {boolean} complete whether all of it is there
 * @property {number | null} divergedAt the step that is not there because it diverged
 * @property {{kind: string, text: string} | null} ending once it is known
 * @property {import("./planes.js").Plane | null} plane that it defines, once it was asked for
 *
 * @typedef {{run: Run, slot: number}} Pin a run that is compared, and which colour and dash it has
 *
 * @typedef {object} Surface the loss over a part of a plane
 * @property {import("./planes.js").Plane} plane
 * @property {[number, number]} u ends of the first coordinate
 * @property {[number, number]} v ends of the second
 * @property {number} side points along each side
 * @property {Float32Array} loss row by row, rows along v
 * @property {[number, number]} limits of the colours
 * @property {{xs: Float64Array[], ys: Float64Array[]}} contours
 *
 * @typedef {object} State
 * @property {Record<string, any>} settings
 * @property {any} data what the settings give, made by the lesson: `train`, `test` and what it draws
 * @property {import("./models.js").Spec} model
 * @property {Float64Array} theta the parameters that are shown
 * @property {Float64Array} start where a run starts
 * @property {Phase} phase
 * @property {Run | null} run
 * @property {boolean} stale whether a setting of the optimizer has changed since the run was made
 * @property {Run | null} ghost the run before it, from the same start
 * @property {Pin[]} pins runs that are compared with it
 * @property {Run | null} beside the run of the lesson that stands beside this one: curves of both are drawn on one scale
 * @property {{steps: number, complete: boolean}} made how much of the run is there
 * @property {number} step which of the run's kept steps is shown
 * @property {number | null} beyond the step of the optimizer at which runs that are compared with it are shown, once it has ended before them
 * @property {Surface | null} surface
 * @property {string} plane which plane is wanted
 * @property {import("./minima.js").BestFit | null | undefined} best the best fit: undefined until it is known, null where it cannot be
 * @property {any} chosen the connection of a network that is on the sliders
 * @property {{past: number[][], future: number[][], at: number | null}} edits of own points: those before, those undone, which one is chosen
 * @property {boolean} course whether the course stands beside the lesson
 * @property {Record<string, boolean>} view what is switched on
 * @property {{kind: string, text: string, answer?: true}} words answer: whether they tell where the minimum is
 * @property {Record<string, string>} complaints by setting: why a value was not taken
 */

/** @typedef {(changed: Set<string>, state: State) => void} Listener */

export class Store {
  /** @param {State} state */
  constructor(state) {
    this.state = state
    /** @type {Listener[]} */
    this.listeners = []
  }

  /** @param {Listener} listener called after each change with the names of what has changed, in the order of subscription */
  subscribe(listener) {
    this.listeners.push(listener)
  }

  /** The only way to change anything. @param {Partial<State>} patch */
  set(patch) {
    const state = /** @type {Record<string, any>} */ (this.state)
    const changed = new Set(Object.entries(patch).flatMap(([name, value]) => (state[name] === value ? [] : [name])))
    if (changed.size > 0) {
      Object.assign(state, patch)
      for (const listener of this.listeners) {
        listener(changed, this.state)
      }
    }
  }
}

/** Whether some of these have changed. @param {Set<string>} changed @param {string[]} names */
export function any(changed, ...names) {
  return names.some((name) => changed.has(name))
}

/** As long as there is no run. */
export const NO_RUN = {run: null, step: 0, beyond: null}

export const SUBJECT = ["loss", "own_loss"] // what a loss is a loss of, with the data

/** Whether two values of a setting are the same. @param {any} a @param {any} b */
export const equal = (a, b) => a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b))

/** Whether two rows of numbers are the same. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export const sameNumbers = (a, b) => a === b || (a.length === b.length && Array.prototype.every.call(a, (value, k) => value === b[k]))

/** Whether losses under some settings can be compared with those under others: same data, same loss. @param {import("./controls.js").Setting[]} rows of the settings' table @param {Record<string, any>} a @param {Record<string, any>} b */
export const sameSubject = (rows, a, b) => rows.every(({name, changes}) => equal(a[name], b[name]) || !(changes === "data" || SUBJECT.includes(name)))

/** Whether runs under some settings walk over the loss surface of others: same subject, model and penalty. @param {import("./controls.js").Setting[]} rows of the settings' table @param {Record<string, any>} a @param {Record<string, any>} b */
export const sameSurface = (rows, a, b) => rows.every(({name, changes}) => equal(a[name], b[name]) || changes === "run" || changes === "theta")

/** The last of a run's kept steps that is not after a step of the optimizer: its place among them; 0 where all are after it. @param {{steps: number[]}} run @param {number} step */
export function placeAt({steps}, step) {
  let [low, high] = [0, steps.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (steps[middle] <= step) {
      low = middle
    } else {
      high = middle - 1
    }
  }
  return low
}

/** The steps that are played: a run's own; where it has diverged, then those that runs compared with it have beyond. @param {Run} run @param {Pin[]} pins */
export function track({steps, wanted, complete, divergedAt}, pins) {
  if (!complete || divergedAt === null) {
    return steps
  }
  const longest = Math.max(...pins.map(({run}) => run.made))
  return [...steps, ...wanted.filter((step) => step >= divergedAt && step <= longest)]
}

/** The step up to which runs are shown: that of the run under way; all of each once all have ended, or where there is none. @param {State} state */
export const stepCompared = (state) => (state.run === null || state.phase === "ended" ? Infinity : (state.beyond ?? stepShown(state)))

/** The step of the optimizer that is shown. @param {State} state */
export function stepShown({run, step}) {
  return run === null ? 0 : run.steps[step]
}
