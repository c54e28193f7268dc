// Which columns of a table a lesson takes: x and y, or any inputs and what is to be learned from them.

import {numericColumns, ownTableOf, pointsOfColumns} from "./csv.js"
import {element} from "./dialog.js"
import {counted} from "./format.js"
import {LEAST} from "./points.js"

const MOST_OFFERED = 200 // columns

/** @param {number} missing rows @param {string} what they lack @param {number} more rows @param {number} most */
const leftOut = (missing, what, more, most) => [
  missing > 0 ? `${counted(missing, "row")} without ${what} left out.` : "",
  more > 0 ? `${counted(more, "row")} beyond the first ${most} left out.` : "",
]

/** @param {string} label @returns {HTMLSelectElement} */
const columnSelect = (label) => /** @type {HTMLSelectElement} */ (element("select", {ariaLabel: label}))

/** @param {HTMLSelectElement} select @param {string[]} names of the columns that there are @param {number} chosen */
function fill(select, names, chosen) {
  select.replaceChildren(...names.map((name, column) => new Option(name, String(column))))
  select.selectedIndex = Math.min(chosen, names.length - 1)
}

/** Two columns become points. @param {{classes: boolean, most: number, largest: number}} wanted as `pointsOfColumns` takes it @returns {import("./opening.js").Choosing} */
export const choosePoints = (wanted) => (chosen) => {
  const {classes, most} = wanted
  const columns = ["x", "y"].map((name) => columnSelect(`Column of ${name}`))
  columns.forEach((select) => select.addEventListener("change", chosen))
  return {
    wanted: "A table with columns for x and y",
    use: "Use these points",
    elements: [element("p", {className: "columns"}, element("label", {}, "x: ", columns[0]), element("label", {}, classes ? "y, the class: " : "y: ", columns[1]))],

    offer(table) {
      const numeric = numericColumns(table)
      const [x, y] = numeric.length < 2 || classes ? [numeric[0] ?? 0, numeric[0] === 1 ? 0 : 1] : numeric
      columns.forEach((select, k) => fill(select, table.names, [x, y][k]))
    },

    found(table) {
      const [x, y] = columns.map(({selectedIndex}) => selectedIndex)
      const {points, missing, more, labels, problems} = pointsOfColumns(table, x, y, wanted)
      const enough = points.length >= 2 * LEAST
      const said = [
        `${counted(points.length / 2, "point")}.`,
        ...leftOut(missing, "x or y", more, most),
        labels === null ? "" : `Class 0 is “${labels[0]}”, class 1 is “${labels[1]}”.`,
        enough ? "" : `At least ${LEAST} are needed.`,
      ]
      return {use: enough ? points : null, said, problems}
    },
  }
}

/** Some columns become the inputs of a network, and one its target. @param {{most: number, columns: number, high: number}} setting its declaration @returns {import("./opening.js").Choosing} */
export const chooseTable = ({most, columns: mostColumns, high: largest}) => (chosen) => {
  const target = columnSelect("Column of the target")
  const inputs = element("fieldset", {className: "inputs"})
  /** @type {HTMLInputElement[]} boxes of the columns that can be inputs */
  let boxes = []
  /** The target is no input. */
  const choose = () => {
    boxes.forEach((box) => (box.disabled = box.value === target.value))
    chosen()
  }
  target.addEventListener("change", choose)
  return {
    wanted: `A table with up to ${mostColumns} columns of numbers, and one with what is to be learned: two classes, or a number`,
    use: "Use these data",
    elements: [element("p", {className: "columns"}, element("label", {}, "Target, the class or number to be learned: ", target)), inputs],

    offer(table) {
      const {names, rows} = table
      const numeric = numericColumns(table)
      const isLabel = (/** @type {number} */ column) => new Set(rows.map(({cells}) => cells[column])).size === 2
      const all = Array.from(names.keys())
      const last = all.findLast(isLabel) ?? (numeric.length > 1 ? numeric.at(-1) : all.findLast((column) => !numeric.includes(column))) ?? 0
      fill(target, names, last)
      const offered = numeric.slice(0, MOST_OFFERED)
      const first = offered.filter((column) => column !== last).slice(0, mostColumns)
      boxes = offered.map((column) => /** @type {HTMLInputElement} */ (element("input", {type: "checkbox", value: String(column), checked: first.includes(column), disabled: column === last})))
      boxes.forEach((box) => box.addEventListener("change", chosen))
      inputs.replaceChildren(element("legend", {}, "Inputs"), ...boxes.map((box) => element("label", {className: "toggle"}, box, names[Number(box.value)])))
      inputs.hidden = boxes.length === 0
    },

    found(table) {
      const taken = boxes.filter(({checked, disabled}) => checked && !disabled).map(({value}) => Number(value))
      if (taken.length === 0 || taken.length > mostColumns) {
        return {use: null, said: [taken.length === 0 ? "Choose at least one input, a column of numbers." : `${taken.length} inputs are chosen: ${mostColumns} are possible.`], problems: []}
      }
      const {own, missing, more, why, problems} = ownTableOf(table, taken, target.selectedIndex, {most, largest})
      const count = own === null ? 0 : own.values.length / (taken.length + 1)
      const said = [
        own === null ? "" : `${counted(count, "row")}, ${counted(taken.length, "input")}.`,
        ...leftOut(missing, "a number or a target", more, most),
        own === null ? "" : own.classes.length > 0 ? `Classification: class 0 is “${own.classes[0]}”, class 1 is “${own.classes[1]}”.` : `Regression: “${own.target}” is a number to be predicted.`,
        why,
      ]
      return {use: why === "" ? own : null, said, problems}
    },
  }
}
