// The pre-drawn controls of a lesson: a Panel slider or select each, with its label and its typed value above it.

import * as format from "./format.js"

const GLIDE = 100 // milliseconds between movements of a slider while a run plays
const TOUCH = 400 // milliseconds within which a movement of the widget follows from a touch of the learner's

/**
 * @typedef {{name: string, card: string, label: string, doc: string, kind: "number" | "integer" | "select",
 *   default: number | string, start: number, end: number, step: number, log: boolean,
 *   options: [string, string][]}} Setting
 */

export class Control {
  /**
   * @param {Setting} setting
   * @param {any} data the widget's Bokeh model
   * @param {HTMLElement} host the element that holds label, box and widget
   * @param {{onMove: (name: string, value: any) => void, onCommit: (name: string, value: any) => void,
   *   onComplaint: (text: string) => void}} listeners
   */
  constructor(setting, data, host, listeners) {
    this.setting = setting
    this.data = data
    this.host = host
    this.listeners = listeners
    this.value = setting.default
    this.quiet = false // whether the widget is being set by us
    this.touched = 0 // when the learner last touched the widget, in milliseconds
    this.typing = false // whether something is being typed that is not taken yet
    this.followed = 0 // when the slider was last moved by a run
    this.held = false // whether a pointer holds it
    /** @type {HTMLInputElement | null} */
    this.box = host.querySelector("input.value")
    const {value, value_throttled: throttled} = data.properties
    data.connect(value.change, () => this.moved())
    if (throttled !== undefined) {
      data.connect(throttled.change, () => this.letGo())
    }
    this.box?.addEventListener("input", () => (this.typing = true))
    this.box?.addEventListener("blur", () => {
      this.typing = false
      this.show()
    })
    this.box?.addEventListener("change", () => this.typed())
    this.box?.addEventListener("focus", () => {
      this.typing = true
      this.box?.select()
    })
    this.box?.addEventListener("keydown", (event) => this.nudged(event))
    if (setting.kind === "select") {
      host.addEventListener("keydown", (event) => this.openWith(event))
    }
    for (const event of ["pointerdown", "keydown", "input", "change"]) {
      host.addEventListener(event, () => this.touch(event === "pointerdown"), {capture: true})
    }
    for (const event of ["pointerup", "pointercancel"]) {
      window.addEventListener(event, () => this.held && this.touch(false), {capture: true})
    }
    this.show()
  }

  /** The selector opens with a click only; the keys that open any other do so here. @param {KeyboardEvent} event */
  openWith(event) {
    const box = /** @type {Element} */ (event.composedPath()[0])
    if ([" ", "Enter", "ArrowDown", "ArrowUp"].includes(event.key) && box.getAttribute("role") === "combobox") {
      event.preventDefault()
      this.data.dropdown_open = true
    }
  }

  /** @param {boolean} held */
  touch(held) {
    this.held = held
    this.touched = performance.now()
  }

  /** Whether a movement of the widget is the learner's. */
  get inHand() {
    return this.held || performance.now() - this.touched < TOUCH
  }

  /** The widget moved. */
  moved() {
    if (this.quiet) {
      return
    }
    if (this.setting.kind !== "select" && !this.inHand) {
      this.set(this.value) // React gave back an older value than the one that it was last given
      return
    }
    const value = this.fromWidget(this.data.value)
    if (value === null || value === this.value) {
      return
    }
    this.value = value
    this.complain("")
    this.show()
    this.listeners.onMove(this.setting.name, this.value)
    if (this.setting.kind === "select") {
      this.listeners.onCommit(this.setting.name, this.value)
    }
  }

  letGo() {
    if (!this.quiet && this.inHand) {
      this.listeners.onCommit(this.setting.name, this.value)
    }
  }

  /** A value was typed into the box. */
  typed() {
    const box = /** @type {HTMLInputElement} */ (this.box)
    const {label, kind, start, end} = this.setting
    this.typing = false
    let value = /^all$/i.test(box.value.trim()) && this.setting.name === "batch_size" ? start : format.parse(box.value)
    this.complain("")
    if (!Number.isFinite(value)) {
      this.listeners.onComplaint(`${label}: “${box.value}” is not a number; ${this.text()} is kept.`)
      this.show()
      return
    }
    const given = value
    if (kind === "integer") {
      value = Math.round(value)
    }
    const used = Math.min(Math.max(value, start), end)
    this.set(used)
    this.listeners.onMove(this.setting.name, used)
    this.listeners.onCommit(this.setting.name, used)
    if (used !== value) {
      this.listeners.onComplaint(
        `${label}: ${format.setting(given)} is outside ${format.setting(start)} to ${format.setting(end)};` +
          ` ${format.setting(used)} is used.`,
      )
    }
  }

  /** Arrow keys in the box go one step. @param {KeyboardEvent} event */
  nudged(event) {
    const direction = {ArrowUp: 1, ArrowDown: -1}[event.key]
    if (direction === undefined || this.setting.log) {
      return
    }
    event.preventDefault()
    const box = /** @type {HTMLInputElement} */ (this.box)
    box.value = format.setting(Number(this.value) + direction * this.setting.step, 8)
    this.typed()
  }

  /** Says beside the control why a value was not taken; until the next one. @param {string} text */
  complain(text) {
    const place = /** @type {HTMLElement} */ (this.host.querySelector(".complaint"))
    place.textContent = text
    place.hidden = text === ""
    if (text !== "") {
      this.host.closest("details")?.setAttribute("open", "")
    }
  }

  /**
   * Shows a value that did not come from this control.
   * @param {any} value
   */
  set(value) {
    this.value = value
    if (!this.held) {
      this.quiet = true
      this.data.value = this.toWidget(value)
      this.quiet = false
    }
    this.show()
  }

  /** Shows a value of a run that plays: the box at every frame, the slider, which glides by itself, now and then. @param {number} value */
  follow(value) {
    const now = performance.now()
    if (now - this.followed >= GLIDE) {
      this.followed = now
      this.set(value)
    } else {
      this.value = value
      this.show()
    }
  }

  /** Moves the ends of the slider. @param {number} start @param {number} end */
  span(start, end) {
    if (this.setting.start === start && this.setting.end === end) {
      return
    }
    this.setting = {...this.setting, start, end}
    this.quiet = true
    this.data.setv({start, end})
    this.quiet = false
  }

  /** Which choices a select offers. @param {string[]} values */
  options(values) {
    const offered = this.setting.options.filter(([, value]) => values.includes(value)).map(([label]) => label)
    if (this.data.options.join() !== offered.join()) {
      this.quiet = true
      this.data.options = offered
      this.quiet = false
    }
  }

  /** @param {boolean} visible */
  visible(visible) {
    this.host.hidden = !visible
  }

  show() {
    if (this.box !== null && !this.typing) {
      this.box.value = this.text()
    }
    if (this.setting.log) {
      this.data.value_label = this.text() // what a screen reader says of the slider
    }
  }

  text() {
    const {name, kind} = this.setting
    if (name === "batch_size" && this.value === 0) {
      return "all"
    }
    if (kind === "select") {
      return String(this.value)
    }
    const value = Number(this.value)
    if (name === "w" || name === "b") {
      return Math.abs(value) < 1e4 ? value.toFixed(2).replace("-0.00", "0.00") : format.setting(value, 3)
    }
    return format.setting(value, kind === "integer" ? 6 : 3)
  }

  /** @param {any} value */
  fromWidget(value) {
    if (value === null) {
      return null
    }
    if (this.setting.kind === "select") {
      return this.setting.options.find(([label]) => label === value)?.[1] ?? null
    }
    if (this.setting.log) {
      return Number((10 ** value).toPrecision(3))
    }
    return value
  }

  /** @param {any} value */
  toWidget(value) {
    if (this.setting.kind === "select") {
      return this.setting.options.find(([, name]) => name === value)?.[0] ?? null
    }
    const {start, end} = this.setting
    const inside = Math.min(Math.max(value, start), end) // a run may leave the slider's range; the box shows where it is
    return this.setting.log ? Math.log10(inside) : inside
  }
}

/**
 * Gives the widgets the names that a screen reader says: they come from the label above, outside their shadow roots.
 * @param {HTMLElement} host
 * @param {string} label
 */
export function nameWidget(host, label) {
  const find = () => deep(host, "input[type=range], [role=combobox], select")
  const name = () => {
    const found = find()
    found?.setAttribute("aria-label", label)
    return found !== null
  }
  if (!name()) {
    const timer = setInterval(() => name() && clearInterval(timer), 30)
    setTimeout(() => clearInterval(timer), 20000)
  }
}

/**
 * The first match below an element, through shadow roots.
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {Element | null}
 */
function deep(root, selector) {
  const here = root.querySelector(selector)
  if (here !== null) {
    return here
  }
  for (const element of root.querySelectorAll("*")) {
    const found = element.shadowRoot && deep(element.shadowRoot, selector)
    if (found) {
      return found
    }
  }
  return null
}
