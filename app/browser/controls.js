// The controls of the settings: native sliders, boxes and drop-down lists, made from their declarations.
//
// A control moves (every value on the way) and is let go (the value that counts). It never changes anything itself.

import * as format from "./format.js"
import {listenToSlider} from "./pointer.js"

const PAGE = 10 // steps that a Page key goes

/**
 * @typedef {{name: string, card: string | null, changes: string, only: [string, string[]] | null, label: string,
 *   doc: string, kind: "number" | "integer" | "choice" | "list" | "formula" | "switch" | "points" | "table", default: any, low: number, high: number,
 *   start: number, end: number, step: number, log: boolean, options: [string, string][], longest: number, most: number, columns: number}} Setting
 *
 * @typedef {{moved: (name: string, value: any) => void, complaint: (name: string, text: string) => void}} Listeners
 */

/** @param {string} text */
export function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The place of a control as HTML. @param {Setting} setting */
export function controlPlace({name, label, doc, kind, longest}) {
  const [shown, told] = [escape(label), escape(doc)]
  if (kind === "switch") {
    return `<div class="control switch" data-control="${name}"><label class="toggle" title="${told}"><input type="checkbox" class="widget">${shown}</label><p class="complaint" role="alert" hidden></p></div>`
  }
  const box = kind === "choice" || kind === "formula" ? "" : `<input class="value" inputmode="decimal" autocomplete="off" spellcheck="false" aria-label="Exact value of ${shown}">`
  const input =
    kind === "choice"
      ? `<select class="widget" aria-label="${shown}" title="${told}"></select>`
      : kind === "formula"
      ? `<textarea class="widget" rows="2" aria-label="${shown}" title="${told}" maxlength="${longest}" autocomplete="off" autocapitalize="off" spellcheck="false"></textarea>`
      : `<input type="range" class="widget" aria-label="${shown}">`
  return `<div class="control ${kind}" data-control="${name}"><div class="heading"><span title="${told}">${shown}</span></div>${input}${box}<p class="complaint" role="alert" hidden></p></div>`
}

export class Control {
  /**
   * @param {Setting} setting
   * @param {HTMLElement} host made by `controlPlace`
   * @param {Listeners} listeners
   */
  constructor(setting, host, listeners) {
    this.setting = setting
    this.host = host
    this.listeners = listeners
    this.value = setting.default
    /** @type {any} */
    this.taken = undefined // the value that was shown last
    this.typing = false // whether something is being typed that is not taken yet
    this.input = /** @type {HTMLInputElement & HTMLSelectElement} */ (host.querySelector(".widget"))
    this.box = /** @type {HTMLInputElement | null} */ (host.querySelector("input.value"))
    if (setting.kind === "choice") {
      this.offer(setting.options.map(([, value]) => value))
      this.input.addEventListener("change", () => this.moved(this.input.value))
    } else if (setting.kind === "switch") {
      this.input.addEventListener("change", () => this.moved(this.input.checked))
    } else if (setting.kind === "formula") {
      this.input.addEventListener("change", () => this.moved(this.input.value.trim()))
      this.input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
          event.preventDefault() // a formula is one line, however it is wrapped
          this.moved(this.input.value.trim())
        }
      })
    } else {
      this.span(setting.start, setting.end)
      const slid = () => this.moved(this.ofSlider(Number(this.input.value)))
      listenToSlider(this.input, slid)
      this.input.addEventListener("keydown", (event) => {
        const direction = {PageUp: 1, PageDown: -1}[event.key]
        if (direction !== undefined) {
          event.preventDefault()
          this.input.value = String(Number(this.input.value) + direction * PAGE * Number(this.input.step))
          slid()
        }
      })
      this.listenToBox(/** @type {HTMLInputElement} */ (this.box))
    }
    this.set(setting.default)
  }

  /** @param {HTMLInputElement} box */
  listenToBox(box) {
    box.addEventListener("input", () => (this.typing = true))
    box.addEventListener("change", () => this.typed(box.value))
    box.addEventListener("blur", () => {
      this.typing = false
      this.show()
    })
    box.addEventListener("focus", () => {
      this.typing = true
      box.select()
    })
    box.addEventListener("keydown", (event) => {
      const direction = {ArrowUp: 1, ArrowDown: -1}[event.key]
      if (direction !== undefined) {
        event.preventDefault()
        this.nudge(direction)
      }
    })
  }

  /** @param {any} value */
  moved(value) {
    if (value !== this.value) {
      this.value = value
      this.show()
      this.listeners.moved(this.setting.name, value)
    }
  }

  /** Arrow keys in the box go one step. @param {number} direction */
  nudge(direction) {
    const {log, step} = this.setting
    const value = log ? Number(this.value) * 10 ** (0.02 * direction) : Number(this.value) + direction * step
    this.typed(format.setting(value, log ? 3 : 8))
  }

  /** A value was typed into the box. @param {string} text */
  typed(text) {
    const {name, label, kind, low, high} = this.setting
    this.typing = false
    const given = /^all$/i.test(text.trim()) && name === "batch_size" ? low : format.parse(text)
    if (!Number.isFinite(given)) {
      this.listeners.complaint(name, `${label}: “${text}” is not a number; ${this.text()} is kept.`)
      this.show()
      return
    }
    const whole = kind === "integer" ? Math.round(given) : given
    const used = Math.min(Math.max(whole, low), high)
    this.moved(used)
    this.show()
    if (used !== whole) {
      this.listeners.complaint(name, `${label}: ${format.setting(given, 15)} is outside ${format.setting(low)} to ${format.setting(high)}; ${format.setting(used)} is used.`)
    } else if (whole !== given) {
      this.listeners.complaint(name, `${label}: ${format.setting(given, 15)} is not whole; ${format.setting(used)} is used.`)
    }
  }

  /** Says beside the control why a value was not taken. @param {string} text */
  complain(text) {
    const place = /** @type {HTMLElement} */ (this.host.querySelector(".complaint"))
    if (place.textContent !== text) {
      place.textContent = text
      place.hidden = text === ""
      if (text !== "") {
        this.host.closest("details")?.setAttribute("open", "")
      }
    }
  }

  /** Shows a value that did not come from this control. @param {any} value */
  set(value) {
    if (this.setting.kind === "formula" && value === this.taken) {
      return // what was written since, and could not be taken, stays to be mended
    }
    this.taken = value
    this.value = value
    this.show()
  }

  /** Moves the ends of the slider. @param {number} start @param {number} end @param {number} step */
  span(start, end, step = this.setting.step) {
    const {log} = this.setting
    this.setting = {...this.setting, start, end, step}
    const [min, max] = log ? [Math.log10(start), Math.log10(end)] : [start, end]
    Object.assign(this.input, {min: String(min), max: String(max), step: String(log ? 0.02 : step)})
    this.show()
  }

  /** The largest value that there can be now. @param {number} value */
  most(value) {
    if (this.setting.high !== value) {
      this.setting = {...this.setting, high: value}
      this.span(this.setting.start, value)
    }
  }

  /** Which choices a drop-down list offers. @param {string[]} values */
  offer(values) {
    const offered = this.setting.options.filter(([, value]) => values.includes(value))
    if (offered.map(([, value]) => value).join() !== Array.from(this.input.options ?? [], ({value}) => value).join()) {
      this.input.replaceChildren(...offered.map(([label, value]) => new Option(label, value)))
      this.show()
    }
  }

  /** Gives it another name. @param {string} label */
  call(label) {
    if (this.setting.label !== label) {
      this.setting = {...this.setting, label}
      const heading = /** @type {HTMLElement} */ (this.host.querySelector(".heading span"))
      heading.textContent = this.input.ariaLabel = label
      if (this.box !== null) {
        this.box.ariaLabel = `Exact value of ${label}`
      }
    }
  }

  /** @param {boolean} visible */
  visible(visible) {
    this.host.hidden = !visible
  }

  show() {
    const {input, box, value} = this
    if (this.setting.kind === "switch") {
      input.checked = value
      return
    }
    if (this.setting.kind === "choice" || this.setting.kind === "formula") {
      input.value = value
      return
    }
    const text = this.text()
    const {start, end, log} = this.setting
    const inside = Math.min(Math.max(value, start), end) // a run may leave the slider's range; the box shows where it is
    const [low, high, at] = log ? [start, end, inside].map(Math.log10) : [start, end, inside]
    input.value = String(at)
    input.style.setProperty("--share", String((at - low) / (high - low)))
    if (input.ariaValueText !== text) {
      input.ariaValueText = text
    }
    if (box !== null && !this.typing && box.value !== text) {
      box.value = text
    }
  }

  text() {
    const {name, kind, changes} = this.setting
    if (name === "batch_size" && this.value === 0) {
      return "all"
    }
    const value = Number(this.value)
    if (changes === "theta") {
      return Math.abs(value) < 1e4 ? value.toFixed(2).replace("-0.00", "0.00") : format.setting(value, 3)
    }
    return format.setting(value, kind === "integer" ? 6 : 4)
  }

  /** @param {number} at where the slider stands */
  ofSlider(at) {
    return this.setting.log ? Number((10 ** at).toPrecision(3)) : at
  }
}
