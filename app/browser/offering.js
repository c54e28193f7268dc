// What can be had of a figure: its numbers as a table or a file, its picture.

import {csvText} from "./csv.js"
import {dialog, element, table} from "./dialog.js"
import {tableOf} from "./figures/tables.js"
import {significant} from "./format.js"
import {saveFile} from "./saving.js"

const MOST_ROWS = 500 // that are shown; a file has all

/** @param {import("./lesson.js").Lesson} lesson @param {HTMLElement} card of the figure */
export function offer(lesson, card) {
  const place = /** @type {HTMLElement} */ (card.querySelector("[data-figure]:not([hidden])") ?? card.querySelector(".units"))
  const name = place.dataset.figure ?? "units"
  const title = card.ariaLabel ?? ""
  const numbers = tableOf(name, lesson)
  const file = `${lesson.declaration.key}-${title.toLowerCase().replace(/\W+/g, "-")}`
  const view = lesson.plots?.views[name]
  const save = (/** @type {string} */ label, /** @type {string} */ ending, /** @type {string} */ type, /** @type {() => BlobPart | Promise<BlobPart>} */ make) => {
    const button = element("button", {type: "button"}, label)
    button.addEventListener("click", async () => saveFile(`${file}.${ending}`, type, await make()))
    return button
  }
  const paper = getComputedStyle(card).backgroundColor
  dialog(title, [
    element("p", {className: "buttons"},
      ...(view === undefined ? [] : [save("Save as PNG", "png", "image/png", () => png(view, paper)), save("Save as SVG", "svg", "image/svg+xml", () => svg(view, paper))]),
      ...(numbers.rows.length === 0 ? [] : [save("Save the numbers (CSV)", "csv", "text/csv", () => `\ufeff${csvText(numbers.head, numbers.rows)}`)]),
    ),
    element("p", {}, place.ariaLabel ?? ""),
    ...shown(numbers),
  ])
}

/** @param {import("./figures/tables.js").Table} table @returns {HTMLElement[]} */
function shown({head, rows}) {
  if (rows.length === 0) {
    return [element("p", {}, "There are no numbers yet: run an optimizer.")]
  }
  const text = (/** @type {string | number} */ value) => (typeof value === "number" ? significant(value, 6) : value)
  const body = rows.slice(0, MOST_ROWS).map((row) => element("tr", {}, ...row.map((value) => element("td", {}, text(value)))))
  const rest = rows.length > MOST_ROWS ? [element("p", {}, `The first ${MOST_ROWS} of ${rows.length} rows; the file has all.`)] : []
  return [...rest, element("div", {className: "numbers", tabIndex: 0, role: "group", ariaLabel: "Numbers"}, table(head, body))]
}

/** @param {any} view of a figure @param {string} paper colour @returns {Promise<Blob>} */
function png(view, paper) {
  const {canvas} = view.export("png", true)
  const whole = /** @type {HTMLCanvasElement} */ (element("canvas", {width: canvas.width, height: canvas.height}))
  const context = /** @type {CanvasRenderingContext2D} */ (whole.getContext("2d"))
  context.fillStyle = paper
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(canvas, 0, 0)
  return new Promise((resolve) => whole.toBlob((blob) => resolve(/** @type {Blob} */ (blob)), "image/png"))
}

/** @param {any} view of a figure @param {string} paper colour */
function svg(view, paper) {
  const text = view.export("svg", true).ctx.get_serialized_svg(true)
  return text.replace(/(<svg[^>]*>)/, `$1<rect width="100%" height="100%" fill="${paper}"/>`)
}
