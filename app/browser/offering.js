// What can be had of a figure: its numbers as a table or a file, its picture. By its button, or by a right click.

import {dialog, element} from "./dialog.js"
import {csvOf, tableOf} from "./figures/tables.js"
import {significant} from "./format.js"

const MOST_ROWS = 500 // that are shown; a file has all

/** @param {import("./lesson.js").Lesson} lesson */
export function offerFigures(lesson) {
  for (const card of /** @type {NodeListOf<HTMLElement>} */ (lesson.all(".figure"))) {
    const button = /** @type {HTMLElement | null} */ (card.querySelector("[data-more]"))
    button?.addEventListener("click", () => offer(lesson, card))
    if (button !== null) {
      card.addEventListener("contextmenu", (event) => {
        if (/** @type {Element} */ (event.target).closest(".plot") !== null) {
          event.preventDefault()
          event.stopPropagation() // Bokeh has a menu of its own
          offer(lesson, card)
        }
      }, {capture: true})
    }
  }
}

/** @param {import("./lesson.js").Lesson} lesson @param {HTMLElement} card of the figure */
function offer(lesson, card) {
  const place = /** @type {HTMLElement} */ (card.querySelector("[data-figure]:not([hidden])") ?? card.querySelector(".units"))
  const name = place.dataset.figure ?? "units"
  const title = card.ariaLabel ?? ""
  const table = tableOf(name, lesson)
  const file = `${lesson.declaration.key}-${title.toLowerCase().replace(/\W+/g, "-")}`
  const view = lesson.plots?.views[name]
  const save = (/** @type {string} */ label, /** @type {() => Promise<Blob>} */ make, /** @type {string} */ ending) => {
    const button = element("button", {type: "button"}, label)
    button.addEventListener("click", async () => download(await make(), `${file}.${ending}`))
    return button
  }
  const paper = getComputedStyle(card).backgroundColor
  dialog(title, [
    element("p", {className: "buttons"},
      ...(view === undefined ? [] : [save("Save as PNG", () => png(view, paper), "png"), save("Save as SVG", async () => svg(view, paper), "svg")]),
      ...(table.rows.length === 0 ? [] : [save("Save the numbers (CSV)", async () => new Blob(["\ufeff", csvOf(table)], {type: "text/csv"}), "csv")]),
    ),
    element("p", {}, place.ariaLabel ?? ""),
    ...shown(table),
  ])
}

/** @param {import("./figures/tables.js").Table} table @returns {HTMLElement[]} */
function shown({head, rows}) {
  if (rows.length === 0) {
    return [element("p", {}, "There are no numbers yet: run an optimizer.")]
  }
  const text = (/** @type {string | number} */ value) => (typeof value === "number" ? significant(value, 6) : value)
  const body = rows.slice(0, MOST_ROWS).map((row) => element("tr", {}, ...row.map((value) => element("td", {}, text(value)))))
  const made = element("table", {}, element("thead", {}, element("tr", {}, ...head.map((name) => element("th", {scope: "col"}, name)))), element("tbody", {}, ...body))
  const rest = rows.length > MOST_ROWS ? [element("p", {}, `The first ${MOST_ROWS} of ${rows.length} rows; the file has all.`)] : []
  return [...rest, element("div", {className: "numbers", tabIndex: 0, role: "group", ariaLabel: "Numbers"}, made)]
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
  return new Blob([text.replace(/(<svg[^>]*>)/, `$1<rect width="100%" height="100%" fill="${paper}"/>`)], {type: "image/svg+xml"})
}

/** Lets the browser keep a file. @param {Blob} blob @param {string} name */
function download(blob, name) {
  const href = URL.createObjectURL(blob)
  element("a", {href, download: name}).click()
  setTimeout(() => URL.revokeObjectURL(href), 1000)
}
