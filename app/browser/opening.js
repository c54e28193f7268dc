// A table of the learner's own becomes the points of a lesson: opened as a file, pasted, or dropped on the page. It is read here,
// and leaves this browser by no way but the learner's own link.

import {MOST_BYTES, numericColumns, pointsOfColumns, tableIn, textOf} from "./csv.js"
import {dialog, element} from "./dialog.js"
import {counted} from "./format.js"
import {TEXT_FIELDS} from "./keyboard.js"
import {LEAST} from "./points.js"

const MOST_TOLD = 8 // problems that are listed
const TOO_LARGE = `This file is larger than ${MOST_BYTES / 1e6} MB: take a part of it.`
const TABLE = /^[^\n\r]*\d[^\n\r]*[\n\r]+[^\n\r]*\d/m // two lines with numbers, one after the other
const SEPARATED = /** @type {Record<string, string>} */ ({",": "commas", ";": "semicolons", "\t": "tabs"})

/** @typedef {{classes: boolean, most: number, largest: number}} Wanted as `pointsOfColumns` takes it */

export class Opening {
  /**
   * @param {HTMLElement} el the lesson's page, on which a file can be dropped
   * @param {Wanted} wanted
   * @param {(points: number[]) => void} use
   */
  constructor(el, wanted, use) {
    this.el = el
    this.wanted = wanted
    this.use = use
    addEventListener("dragover", (event) => this.open && event.dataTransfer?.types.includes("Files") && event.preventDefault())
    addEventListener("drop", (event) => this.dropped(event))
    addEventListener("paste", (event) => this.pasted(event))
  }

  /** Whether the lesson is before the learner, and nothing over it. */
  get open() {
    return !this.el.hidden && document.querySelector("dialog[open]:not(.opening)") === null
  }

  /** @param {DragEvent} event */
  dropped(event) {
    const [file] = event.dataTransfer?.files ?? []
    if (this.open && file !== undefined) {
      event.preventDefault()
      this.ask().read(file)
    }
  }

  /** @param {ClipboardEvent} event */
  pasted(event) {
    const text = event.clipboardData?.getData("text/plain") ?? ""
    const typed = event.target instanceof Element && event.target.closest(TEXT_FIELDS) !== null
    if (this.open && !typed && TABLE.test(text)) {
      event.preventDefault()
      this.ask().show(text)
    }
  }

  /** Asks for a table. @returns {Asking} */
  ask() {
    document.querySelector("dialog.opening")?.remove()
    return new Asking(this.wanted, this.use)
  }
}

class Asking {
  /** @param {Wanted} wanted @param {(points: number[]) => void} use */
  constructor(wanted, use) {
    this.wanted = wanted
    /** @type {number[]} */
    this.points = []
    this.file = /** @type {HTMLInputElement} */ (element("input", {type: "file", accept: ".csv,.tsv,.txt,text/csv,text/plain"}))
    this.text = /** @type {HTMLTextAreaElement} */ (element("textarea", {rows: 7, spellcheck: false, ariaLabel: "The table", placeholder: "x;y\n1;2,5\n2;3,5"}))
    this.columns = ["x", "y"].map((name) => /** @type {HTMLSelectElement} */ (element("select", {ariaLabel: `Column of ${name}`})))
    this.said = element("p", {className: "said"})
    this.said.setAttribute("role", "status")
    this.problems = element("ul", {className: "problems"})
    this.done = /** @type {HTMLButtonElement} */ (element("button", {type: "button", className: "use-points", disabled: true}, "Use these points"))
    this.file.addEventListener("change", () => this.file.files?.[0] !== undefined && this.read(this.file.files[0]))
    this.text.addEventListener("input", () => this.look())
    this.columns.forEach((select) => select.addEventListener("change", () => this.choose()))
    this.done.addEventListener("click", () => {
      this.dialog.close()
      use(this.points)
    })
    const y = wanted.classes ? "y, the class: " : "y: "
    this.dialog = dialog("Open data", [
      element("p", {}, "A table with columns for x and y: a file with commas, semicolons or tabs (CSV), pasted here, or dropped on the page. It is read in this browser and sent nowhere."),
      element("label", {className: "file"}, "File: ", this.file),
      this.text,
      element("p", {className: "columns"}, element("label", {}, "x: ", this.columns[0]), element("label", {}, y, this.columns[1])),
      this.said,
      this.problems,
      this.done,
    ])
    this.dialog.classList.add("opening")
    this.table = tableIn("")
  }

  /** @param {File} file */
  async read(file) {
    if (file.size > MOST_BYTES) {
      this.show("")
      this.said.textContent = TOO_LARGE
    } else {
      this.show(textOf(new Uint8Array(await file.arrayBuffer())))
    }
  }

  /** @param {string} text */
  show(text) {
    this.text.value = text
    this.look()
  }

  /** The table is another one. */
  look() {
    if (this.text.value.length > MOST_BYTES) {
      this.show("")
      this.said.textContent = TOO_LARGE
      return
    }
    this.table = tableIn(this.text.value)
    const {names} = this.table
    const numeric = numericColumns(this.table)
    const [x, y] = numeric.length < 2 || this.wanted.classes ? [numeric[0] ?? 0, numeric[0] === 1 ? 0 : 1] : numeric
    this.columns.forEach((select, k) => {
      select.replaceChildren(...names.map((name, column) => new Option(name, String(column))))
      select.selectedIndex = Math.min([x, y][k], names.length - 1)
    })
    this.choose()
  }

  /** Other columns are chosen. */
  choose() {
    const {table, wanted} = this
    const [x, y] = this.columns.map(({selectedIndex}) => selectedIndex)
    if (table.names.length < 2) {
      this.points = []
      this.said.textContent = this.text.value.trim() === "" ? "" : "Only one column was found: two are needed, with a comma, a semicolon or a tab between them."
      this.problems.replaceChildren()
      this.done.disabled = true
      return
    }
    const {points, missing, more, labels, problems} = pointsOfColumns(table, x, y, wanted)
    const all = [...table.problems, ...problems].sort((a, b) => a.line - b.line)
    const enough = points.length >= 2 * LEAST
    this.points = points
    this.done.disabled = !enough
    this.said.textContent = [
      `Read with ${SEPARATED[table.separator]} between the columns and decimal ${table.decimal === "," ? "commas" : "points"}: ${counted(points.length / 2, "point")}.`,
      missing > 0 ? `${counted(missing, "row")} without x or y left out.` : "",
      more > 0 ? `${counted(more, "row")} beyond the first ${wanted.most} left out.` : "",
      labels === null ? "" : `Class 0 is “${labels[0]}”, class 1 is “${labels[1]}”.`,
      enough ? "" : `At least ${LEAST} are needed.`,
    ].filter(Boolean).join(" ")
    const rest = all.length - MOST_TOLD
    this.problems.replaceChildren(
      ...all.slice(0, MOST_TOLD).map(({line, text}) => element("li", {}, line > 0 ? `Line ${line}: ${text}.` : `${text}.`)),
      ...(rest > 0 ? [element("li", {}, `And ${counted(rest, "line")} more.`)] : []),
    )
  }
}
