// Runs that are compared: pinned ones, and races of all optimizers. What each is and how it did stands in a table; the figures
// draw their paths and curves.

import {dialog, drawing, element, table} from "./dialog.js"
import {loss as lossText, setting as settingText} from "./format.js"
import {OWN} from "./models.js"
import {searched} from "./own.js"
import {emptyRun, lengthen} from "./runs.js"
import {any, equal, sameNumbers, stepCompared} from "./state.js"

const MOST = 4 // runs that can be pinned
const WITHIN = 0.01 // of the lowest loss: a run that has come so near has arrived
const NONE = "–"
const IN_COLUMNS = ["optimizer", "step_size", "n_steps"] // settings that the table has columns for

/** @typedef {import("./state.js").Run} Run */
/** @typedef {import("./state.js").Pin} Pin */
/** @typedef {import("./state.js").State} State */
/** @typedef {{run: Run, slot: number | null}} Row of the table; the run that is shown and not pinned has no slot */

export class Comparing {
  /**
   * @param {HTMLElement} el the lesson's page
   * @param {import("./state.js").Store} store
   * @param {import("./workplace.js").Workplace} workplace
   * @param {any} declaration of the lesson
   * @param {(settings: Record<string, any>, start: Float64Array) => import("./training.js").Order | null} order of a run on the data that
   *   there are; null where the start is another model's
   */
  constructor(el, store, workplace, declaration, order) {
    this.store = store
    this.workplace = workplace
    this.declaration = declaration
    this.order = order
    /** @type {Map<Run, () => void>} runs that are being made, and what ends each */
    this.making = new Map()
    this.el = el
    this.table = /** @type {HTMLElement} */ (el.querySelector(".compared"))
    /** @type {HTMLElement | null} the same in a dialog, where the page has no room for it */
    this.opened = null
    /** @type {Record<string, () => void>} */
    this.actions = {pin: () => this.pin(), compare: () => this.open()}
    /** @type {Record<string, HTMLButtonElement>} */
    this.buttons = Object.fromEntries(["pin", "race", "compare"].map((name) => [name, /** @type {HTMLButtonElement} */ (el.querySelector(`[data-action=${name}]`))]))
    store.subscribe((changed) => changed.has("pins") && this.endOthers())
  }

  // --- what is compared ---

  /** Keeps the run that is shown beside those to come. */
  pin() {
    const {run, pins} = this.store.state
    if (run !== null && this.canPin(this.store.state)) {
      this.store.set({pins: [...pins, {run, slot: free(pins)}]})
    }
  }

  /** @param {State} state */
  canPin({run, phase, pins}) {
    return run !== null && phase !== "running" && run.complete && pins.length < MOST && !pins.some((pin) => pin.run === run)
  }

  /** @param {Run} run */
  unpin(run) {
    this.store.set({pins: this.store.state.pins.filter((pin) => pin.run !== run)})
  }

  /** Lets every other optimizer run from the same start, each with a step size and hyperparameters that suit it, in place of what is pinned. */
  race() {
    const {settings} = this.store.state
    const own = Object.fromEntries(this.rows.filter(({changes, card}) => changes === "run" && card === "optimizer").map(({name, default: value}) => [name, value]))
    const {n_steps, batch_size} = settings
    this.store.set({pins: []})
    this.optimizers
      .filter((optimizer) => optimizer !== settings.optimizer)
      .forEach((optimizer) => this.add({...settings, ...own, n_steps, batch_size, optimizer, step_size: this.declaration.optimizers[optimizer].stepSize}))
  }

  /** Makes a run and pins it. @param {Record<string, any>} settings @param {Float64Array} start */
  add(settings, start = this.store.state.start) {
    const order = this.order(settings, start)
    const {pins} = this.store.state
    if (order === null || pins.length >= this.declaration.pins.length) {
      return
    }
    const run = emptyRun(settings, order)
    this.store.set({pins: [...pins, {run, slot: free(pins)}]})
    const end = this.workplace.ask("run", order, {
      part: (steps) => {
        lengthen(run, steps)
        run.complete && this.making.delete(run)
        run.made < 0 ? this.unpin(run) : this.store.set({pins: [...this.store.state.pins]})
      },
      failed: () => this.unpin(run),
    })
    this.making.set(run, end)
  }

  /** Ends what is made for pins that are gone. */
  endOthers() {
    const {pins} = this.store.state
    for (const [run, end] of this.making) {
      if (!pins.some((pin) => pin.run === run)) {
        end()
        this.making.delete(run)
      }
    }
  }

  /** What is being made is no longer wanted; what is there of it stays. */
  cancel() {
    for (const [run, end] of this.making) {
      end()
      run.complete = true
    }
    this.making.clear()
    this.store.set({pins: this.store.state.pins.filter(({run}) => run.made >= 0)})
  }

  /** @returns {any[]} of the settings' table */
  get rows() {
    return this.declaration.settings
  }

  /** Those that there are without a server. @returns {string[]} */
  get optimizers() {
    return this.rows.find(({name}) => name === "optimizer").options.map((/** @type {[string, string]} */ [, name]) => name).filter((/** @type {string} */ name) => name !== OWN)
  }

  // --- the table ---

  /** @param {State} state @param {Set<string>} changed */
  draw(state, changed) {
    if (any(changed, "pins", "run", "made", "phase")) {
      this.drawButtons(state)
    }
    const other = any(changed, "pins", "run", "best", "start", "made")
    if (other) {
      this.table.replaceChildren(...this.tableOf(state, false))
      this.opened?.replaceChildren(...this.tableOf(state, true))
    }
    if (other || any(changed, "step", "beyond", "phase")) {
      this.drawLosses(state)
    }
  }

  /** Where the table stands. @returns {HTMLElement[]} */
  get places() {
    return this.opened === null ? [this.table] : [this.table, this.opened]
  }

  /** @param {State} state */
  drawButtons(state) {
    const {pin, compare, race} = this.buttons
    const {pins, run} = state
    pin.disabled = !this.canPin(state)
    pin.title = pins.length >= MOST ? `${MOST} runs can be pinned at most: take one away first` : "Keeps this run's path and curve beside those to come"
    if (pins.length === 0 && compare === document.activeElement) {
      race.focus()
    }
    compare.hidden = pins.length === 0
    this.el.classList.toggle("has-pins", pins.length > 0)
    this.el.classList.toggle("has-curves", pins.length > 0 || run !== null)
  }

  /** @param {State} state @returns {Row[]} */
  compared({pins, run, phase}) {
    const shown = run === null || phase === "running" || pins.some((pin) => pin.run === run) ? [] : [{run, slot: null}]
    return pins.length === 0 ? [] : [...shown, ...pins]
  }

  /** @param {State} state @param {boolean} each whether each can be taken away @returns {HTMLElement[]} none where nothing is compared */
  tableOf(state, each) {
    const rows = this.compared(state)
    if (rows.length === 0) {
      return []
    }
    const {declaration: {optimizers, hasTest}} = this
    const lowest = lowestOf(rows, state)
    const target = `${state.best?.theta ? `the lowest loss ${searched(state.settings) ? "found" : "there is"}` : "the lowest loss of these runs"}${rows.some(({run}) => run.minimised.length > 0) ? ", penalty included" : ""}`
    const heads = [
      "Optimizer", "Step size", "Steps", {text: "Loss", title: "At the step that is shown, or a run's last before it"},
      ...(hasTest ? [{text: "Test loss", title: "The same, on test data"}] : []),
      {text: "Within 1 %", title: `The step that came within 1 % of ${target}`},
      ...(each ? [""] : []),
    ]
    const body = rows.map(({run, slot}) => {
      const {settings} = run
      const {label} = optimizers[settings.optimizer]
      const details = this.details(run, rows, state)
      const name = element("th", {scope: "row"}, this.swatch(slot), label, ...(details === "" ? [] : [element("small", {}, ` ${details}`)]))
      const cells = [settingText(settings.step_size), run.divergedAt === null ? String(run.made) : `diverged at ${run.divergedAt}`]
      const losses = [run.loss, ...(hasTest ? [run.testLoss] : [])].map((values) => Object.assign(element("td", {className: "now"}), {values, run}))
      const arrived = arrivalOf(run, lowest)
      const away = each ? [element("td", {}, ...(slot === null ? [] : [this.remover(run, label)]))] : []
      return element("tr", {}, name, ...cells.map((text) => element("td", {}, text)), ...losses, element("td", {}, arrived === null ? NONE : `step ${arrived}`), ...away)
    })
    return [table(heads, body, {caption: "Compared runs"})]
  }

  /** Losses at the step that is shown. @param {State} state */
  drawLosses(state) {
    const step = stepCompared(state)
    for (const cell of /** @type {any[]} */ (this.places.flatMap((place) => [...place.querySelectorAll(".now")]))) {
      const text = lossText(cell.values[Math.max(Math.min(step, cell.run.made), 0)])
      if (cell.textContent !== text) {
        cell.textContent = text
      }
    }
  }

  /** What tells a run from the others beside its optimizer and step size. @param {Run} run @param {Row[]} rows @param {State} state */
  details({settings, theta}, rows, {start}) {
    const texts = toldApart(this.rows.filter(({name}) => !IN_COLUMNS.includes(name)), settings, rows.map(({run}) => run.settings))
    const moved = theta.length > 0 && !sameNumbers(theta[0], start)
    return [...texts, ...(moved ? ["other start"] : [])].join(", ")
  }

  /** A piece of a run's line. @param {number | null} slot */
  swatch(slot) {
    const [color, dash] = slot === null ? ["var(--model)", "solid"] : this.declaration.pins[slot]
    const line = `<path d="M0 4h30" fill="none" stroke="${color}" stroke-width="3" stroke-dasharray="${dash === "solid" ? "none" : dash}"/>`
    return drawing("0 0 30 8", {"aria-hidden": "true"}, line)
  }

  /** @param {Run} run @param {string} label of its optimizer */
  remover(run, label) {
    const button = element("button", {type: "button", ariaLabel: `Take away: ${label}`, title: "Takes this run away"}, "✕")
    button.addEventListener("click", () => {
      this.unpin(run)
      const next = this.opened?.querySelector("button")
      next ? next.focus() : this.opened?.closest("dialog")?.close() // the focus is never lost
    })
    return button
  }

  /** The table in a dialog, where the page has no room for it. */
  open() {
    this.opened = element("div", {className: "compared"}, ...this.tableOf(this.store.state, true))
    const clear = element("button", {type: "button"}, "Take all away")
    const shown = dialog("Compared runs", [this.opened, clear])
    clear.addEventListener("click", () => {
      this.store.set({pins: []})
      shown.close()
    })
    shown.addEventListener("close", () => (this.opened = null))
    this.drawLosses(this.store.state)
  }
}

/** The first colour that is free. @param {Pin[]} pins */
function free(pins) {
  const taken = new Set(pins.map(({slot}) => slot))
  let slot = 0
  while (taken.has(slot)) {
    slot += 1
  }
  return slot
}

/** What a run makes small, at each step. @param {Run} run */
const objective = ({minimised, loss}) => (minimised.length > 0 ? minimised : loss)

/** The lowest loss that is known. @param {Row[]} rows @param {State} state */
function lowestOf(rows, {best}) {
  const reached = rows.map(({run}) => objective(run).subarray(0, run.made + 1).reduce((least, value) => Math.min(least, value), Infinity))
  return Math.min(best?.theta ? best.loss : Infinity, ...reached)
}

/** The first step that came within 1 % of a loss; null where none did. @param {Run} run @param {number} lowest @returns {number | null} */
function arrivalOf(run, lowest) {
  const step = objective(run).subarray(0, run.made + 1).findIndex((value) => value <= lowest + WITHIN * Math.abs(lowest))
  return step < 0 ? null : step
}

/**
 * What tells some settings from others, in words.
 * @param {any[]} rows of the settings' table
 * @param {Record<string, any>} own
 * @param {Record<string, any>[]} all
 * @param {boolean} alone whether what only these have is said too
 */
export function toldApart(rows, own, all, alone = false) {
  const shown = (/** @type {any} */ {only}, /** @type {Record<string, any>} */ of) => only === null || only[1].includes(of[only[0]])
  const differs = (/** @type {any} */ row) => all.some((of) => (shown(row, of) ? !equal(of[row.name], own[row.name]) : alone))
  return rows.filter((row) => row.changes !== "theta" && shown(row, own) && differs(row)).map((row) => `${row.label.toLowerCase().replace(/ \(.*\)/, "")} ${valueText(row, own[row.name])}`)
}

/** A setting's value as its control says it. @param {any} row @param {any} value */
function valueText({kind, options, name}, value) {
  if (kind === "choice") {
    return options.find((/** @type {[string, any]} */ [, option]) => option === value)?.[0] ?? String(value)
  }
  if (kind === "table") {
    return value === null ? "none" : `with ${value.columns.length} inputs and ${value.values.length / (value.columns.length + 1)} rows`
  }
  if (kind === "points") {
    return value.length === 0 ? "as drawn" : `of your own (${value.length / 2})`
  }
  return name === "batch_size" && value === 0 ? "all" : typeof value === "number" ? settingText(value) : String(value)
}
