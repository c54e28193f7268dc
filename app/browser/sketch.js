// A curve over the steps of a run that a learner draws before the run shows it: with a pointer, or a handle at a time with the keys.

import {drawing, element} from "./dialog.js"
import {loss as lossText, setting as settingText} from "./format.js"
import {equal} from "./state.js"

const HANDLES = 8 // beside the start, which is given
const FINE = 100 // places that a handle can have
const [WIDTH, HEIGHT] = [300, 150] // of the drawing's own units
const SAME = 0.01 // share of the axis within which two starts are one

/**
 * @typedef {object} Wanted
 * @property {Record<string, any>} run settings of the run
 * @property {"loss" | "testLoss"} of what of it
 * @property {string} label
 * @property {number} first its value at step 0
 * @property {number} low end of the axis
 * @property {number} high end of the axis
 */

export class Sketch {
  /**
   * @param {HTMLElement} place
   * @param {Wanted} wanted
   * @param {(sketch: Sketch) => void} onDrawn called when it is another, or none
   */
  constructor(place, wanted, onDrawn) {
    this.place = place
    this.wanted = wanted
    this.onDrawn = onDrawn
    this.steps = wanted.run.n_steps
    /** @type {import("./state.js").Run | null} the run that was shown when it was drawn, which it does not foretell */
    this.before = null
    /** @type {Float64Array | null} what the run has shown */
    this.truth = null
    this.made = false
    this.picture = drawing(`0 0 ${WIDTH} ${HEIGHT}`, {preserveAspectRatio: "none", "aria-hidden": "true"}, `
      <line class="axis" x1="0" x2="${WIDTH}" y1="${this.y(Math.max(wanted.low, 0))}" y2="${this.y(Math.max(wanted.low, 0))}"/>
      <line class="axis" x1="0" x2="0" y1="0" y2="${HEIGHT}"/>
      <polyline class="drawn"/><polyline class="shown"/>`)
    this.handles = Array.from({length: HANDLES}, (_, k) => this.handle(k + 1))
    const top = Math.max(wanted.low, 0)
    const labels = [wanted.first, top].map((value) => {
      const label = element("span", {className: "at", textContent: settingText(value)})
      label.style.top = `${(100 * this.y(value)) / HEIGHT}%`
      return label
    })
    const pad = element("div", {className: "pad"}, this.picture, ...labels, ...this.handles)
    pad.setAttribute("role", "group")
    pad.setAttribute("aria-label", `Your sketch of ${wanted.label} over the steps`)
    this.legend = element("p", {className: "key", hidden: true})
    this.legend.innerHTML = "<i></i>your sketch <i class=\"shown\"></i>the run"
    place.replaceChildren(pad, element("p", {className: "ends"}, element("span", {}, `${wanted.label} at step 0`), element("span", {}, `step ${this.steps}`)), this.legend)
    this.listen(pad)
    this.clear()
  }

  /** Nothing is drawn yet. */
  clear() {
    this.handles.forEach((handle) => (handle.value = String(FINE * this.share(this.wanted.first))))
    this.made = false
    this.truth = null
    this.draw()
    this.onDrawn(this)
  }

  /** @param {number} k */
  handle(k) {
    const input = element("input", {type: "range", min: "0", max: String(FINE), step: "1"})
    input.style.left = `${(100 * k) / HANDLES}%`
    input.setAttribute("aria-label", `${this.wanted.label} at step ${Math.round((k * this.steps) / HANDLES)}`)
    input.addEventListener("input", () => this.changed())
    return /** @type {HTMLInputElement} */ (input)
  }

  /** A stroke puts every handle that it passes. @param {HTMLElement} pad */
  listen(pad) {
    /** @type {[number, number] | null} the handle and the value that the stroke was at last */
    let last = null
    const put = (/** @type {PointerEvent} */ event) => {
      const box = pad.getBoundingClientRect()
      const k = Math.min(Math.max(Math.round((HANDLES * (event.clientX - box.left)) / box.width), 1), HANDLES)
      const value = Math.round(FINE * Math.min(Math.max(1 - (event.clientY - box.top) / box.height, 0), 1))
      const [from, at] = last ?? [k, value]
      for (let i = Math.min(from, k); i <= Math.max(from, k); i++) {
        this.handles[i - 1].value = String(i === k ? value : at + ((value - at) * (i - from)) / (k - from))
      }
      last = [k, value]
      this.changed()
    }
    pad.addEventListener("pointerdown", (event) => {
      if (event.button === 0) {
        event.preventDefault()
        pad.setPointerCapture(event.pointerId)
        put(event)
      }
    })
    pad.addEventListener("pointermove", (event) => last !== null && put(event))
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      pad.addEventListener(end, () => (last = null))
    }
  }

  changed() {
    this.made = true
    this.truth = null
    this.draw()
    this.onDrawn(this)
  }

  /** The run that it foretells is shown with it, once it has ended. @param {import("./state.js").State} state */
  see({run, phase, stale}) {
    const {of, run: settings, first, low, high} = this.wanted
    if (!this.made || this.truth !== null || run === null || run === this.before || phase !== "ended" || stale) {
      return
    }
    const asked = Object.entries(settings).every(([name, value]) => !(name in run.settings) || equal(run.settings[name], value))
    if (asked && run.divergedAt === null && Math.abs(run[of][0] - first) <= SAME * (high - low)) {
      this.truth = run[of].subarray(0, run.made + 1)
      this.draw()
    }
  }

  /** What was drawn, at every step. @returns {Float64Array} */
  get values() {
    const {first, low, high} = this.wanted
    const at = [first, ...this.handles.map((handle) => low + ((high - low) * Number(handle.value)) / FINE)]
    return Float64Array.from({length: this.steps + 1}, (_, step) => {
      const place = (step / this.steps) * HANDLES
      const k = Math.min(Math.floor(place), HANDLES - 1)
      return at[k] + (at[k + 1] - at[k]) * (place - k)
    })
  }

  /** @param {number} value */
  share(value) {
    const {low, high} = this.wanted
    return Math.min(Math.max((value - low) / (high - low), 0), 1)
  }

  /** @param {number} value */
  y(value) {
    return HEIGHT * (1 - this.share(value))
  }

  draw() {
    const line = (/** @type {Float64Array} */ values) => Array.from(values, (value, step) => `${(WIDTH * step) / this.steps},${this.y(value)}`).join(" ")
    this.picture.querySelector(".drawn")?.setAttribute("points", line(this.values))
    this.picture.querySelector(".shown")?.setAttribute("points", this.truth === null ? "" : line(this.truth))
    this.legend.hidden = this.truth === null
    this.place.classList.toggle("made", this.made)
    this.handles.forEach((handle) => {
      const {low, high} = this.wanted
      handle.setAttribute("aria-valuetext", lossText(low + ((high - low) * Number(handle.value)) / FINE))
    })
  }
}
