// A table of the learner's own becomes the data of a lesson: opened as a file, pasted, or dropped on the page. It is read here,
// and leaves this browser by no way but the learner's own link.

import {MOST_BYTES, tableIn} from "./csv.js"
import {dialog, element} from "./dialog.js"
import {counted} from "./format.js"
import {TEXT_FIELDS} from "./keyboard.js"
import {isState, textOfFile} from "./state_file.js"

const MOST_TOLD = 8 // problems that are listed
const TOO_LARGE = `This file is larger than ${MOST_BYTES / 1e6} MB: take a part of it.`
const TABLE = /^[^\n\r]*\d[^\n\r]*[\n\r]+[^\n\r]*\d/m // two lines with numbers, one after the other
const SEPARATED = /** @type {Record<string, string>} */ ({",": "commas", ";": "semicolons", "\t": "tabs"})

/**
 * @typedef {import("./csv.js").Table} Table
 * @typedef {{use: any, said: string[], problems: import("./csv.js").Problem[]}} Found what the chosen columns come to: what is used of
 *   them, null while nothing can be; what is said of it, after how it was read
 *
 * @typedef {object} Chooser of columns of a table
 * @property {string} wanted what kind of table it takes
 * @property {string} use what the button says
 * @property {HTMLElement[]} elements to choose with
 * @property {(table: Table) => void} offer what another table has
 * @property {(table: Table) => Found} found
 *
 * @typedef {(chosen: () => void) => Chooser} Choosing makes one, which tells when something is chosen
 */

export class Opening {
  /**
   * @param {import("./lesson.js").Lesson} lesson on whose page a file can be dropped
   * @param {Choosing | null} choosing null where the lesson takes no table
   * @param {(found: any) => void} use
   */
  constructor(lesson, choosing, use) {
    this.lesson = lesson
    this.choosing = choosing
    this.use = use
    addEventListener("dragover", (event) => this.open && event.dataTransfer?.types.includes("Files") && event.preventDefault())
    addEventListener("drop", (event) => this.dropped(event))
    addEventListener("paste", (event) => this.pasted(event))
  }

  /** Whether the lesson is before the learner, and nothing over it. */
  get open() {
    return !this.lesson.el.hidden && document.querySelector("dialog[open]:not(.opening)") === null
  }

  /** @param {DragEvent} event */
  async dropped(event) {
    const [file] = event.dataTransfer?.files ?? []
    if (this.open && file !== undefined) {
      event.preventDefault()
      const text = await textOfFile(file)
      this.choosing === null || isState(text) ? this.lesson.openState(text) : this.ask(this.choosing).take(text, file.size)
    }
  }

  /** @param {ClipboardEvent} event */
  pasted(event) {
    const text = event.clipboardData?.getData("text/plain") ?? ""
    const typed = event.target instanceof Element && event.target.closest(TEXT_FIELDS) !== null
    if (this.open && !typed && this.choosing !== null && TABLE.test(text)) {
      event.preventDefault()
      this.ask(this.choosing).show(text)
    }
  }

  /** Asks for a table. @param {Choosing | null} choosing */
  ask(choosing = this.choosing) {
    document.querySelector("dialog.opening")?.remove()
    return new Asking(/** @type {Choosing} */ (choosing), this.use, (text) => this.lesson.openState(text))
  }
}

class Asking {
  /** @param {Choosing} choosing @param {(found: any) => void} use @param {(text: string) => void} openState */
  constructor(choosing, use, openState) {
    this.openState = openState
    this.chooser = choosing(() => this.choose())
    this.found = /** @type {any} */ (null)
    this.file = /** @type {HTMLInputElement} */ (element("input", {type: "file", accept: ".csv,.tsv,.txt,.json,text/csv,text/plain,application/json"}))
    this.text = /** @type {HTMLTextAreaElement} */ (element("textarea", {rows: 7, spellcheck: false, ariaLabel: "The table", placeholder: "x;y\n1;2,5\n2;3,5"}))
    this.said = element("p", {className: "said"})
    this.said.setAttribute("role", "status")
    this.problems = element("ul", {className: "problems"})
    this.done = /** @type {HTMLButtonElement} */ (element("button", {type: "button", className: "use-points", disabled: true}, this.chooser.use))
    this.file.addEventListener("change", async () => {
      const [file] = this.file.files ?? []
      file !== undefined && this.take(await textOfFile(file), file.size)
    })
    this.text.addEventListener("input", () => this.look())
    this.done.addEventListener("click", () => {
      this.dialog.close()
      use(this.found)
    })
    this.dialog = dialog("Open data", [
      element("p", {}, `${this.chooser.wanted}: a file with commas, semicolons or tabs (CSV), pasted here, or dropped on the page. It is read in this browser and sent nowhere. A file that Save state made opens here too.`),
      element("label", {className: "file"}, "File: ", this.file),
      this.text,
      ...this.chooser.elements,
      this.said,
      this.problems,
      this.done,
    ])
    this.dialog.classList.add("opening")
    this.table = tableIn("")
    this.look()
  }

  /** @param {string} text of a file @param {number} size of the file in bytes */
  take(text, size) {
    if (isState(text)) {
      this.dialog.close()
      this.openState(text)
    } else if (size > MOST_BYTES) {
      this.show("")
      this.said.textContent = TOO_LARGE
    } else {
      this.show(text)
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
    this.chooser.offer(this.table)
    this.choose()
  }

  /** Other columns are chosen. */
  choose() {
    const {table, text} = this
    if (table.names.length < 2) {
      this.tell(null, text.value.trim() === "" ? "" : "Only one column was found: two are needed, with a comma, a semicolon or a tab between them.", [])
      return
    }
    const {use, said, problems} = this.chooser.found(table)
    const read = `Read with ${SEPARATED[table.separator]} between the columns and decimal ${table.decimal === "," ? "commas" : "points"}:`
    this.tell(use, [read, ...said].filter(Boolean).join(" "), [...table.problems, ...problems])
  }

  /** @param {any} found @param {string} said @param {import("./csv.js").Problem[]} problems */
  tell(found, said, problems) {
    const all = problems.sort((a, b) => a.line - b.line)
    const rest = all.length - MOST_TOLD
    this.found = found
    this.done.disabled = found === null
    this.said.textContent = said
    this.problems.replaceChildren(
      ...all.slice(0, MOST_TOLD).map(({line, text}) => element("li", {}, line > 0 ? `Line ${line}: ${text}.` : `${text}.`)),
      ...(rest > 0 ? [element("li", {}, `And ${counted(rest, "line")} more.`)] : []),
    )
  }
}
