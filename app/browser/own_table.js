// The learner's own table, as a setting of the network holds it: an object that is never changed.

import {exact, parse} from "./format.js"

export const LEAST_OF_A_CLASS = 6 // rows: at every training share there are some to train on, and some to test with
export const LEAST_OF_VALUES = 16 // the same of values, two of each, so that both have a spread
const LONGEST_NAME = 60
const DIGITS = 4 // of a number, where all are too many for a link

/**
 * @typedef {object} OwnTable
 * @property {string[]} columns names of the inputs
 * @property {string} target
 * @property {string[]} classes what target 0 and target 1 are called; none where it is a value
 * @property {number[]} values inputs and target of each row, one row after the other
 */

/** @param {OwnTable} table @returns {import("./state.js").Part} */
export function partOf({columns: {length: inputs}, values}) {
  const width = inputs + 1
  const y = Float64Array.from({length: values.length / width}, (_, row) => values[row * width + inputs])
  const x = Float64Array.from({length: y.length * inputs}, (_, k) => values[Math.floor(k / inputs) * width + (k % inputs)])
  return {x, y}
}

/** Why a network cannot be trained and tested on a table; "" where it can. @param {OwnTable} table */
export function whyTooFew({target, classes, columns, values}) {
  const width = columns.length + 1
  const y = values.filter((_, k) => k % width === width - 1)
  if (classes.length === 0) {
    return y.length < LEAST_OF_VALUES ? `At least ${LEAST_OF_VALUES} rows are needed, to train on and to test with.` : y.every((value) => value === y[0]) ? `“${target}” is the same in all rows.` : ""
  }
  const few = [0, 1].find((label) => y.filter((value) => value === label).length < LEAST_OF_A_CLASS)
  return few === undefined ? "" : `Of class ${few}, “${classes[few]}”, at least ${LEAST_OF_A_CLASS} rows are needed, to train on and to test with.`
}

/** A name as a table holds it: on one line, and not too long. @param {string} name */
export const nameOf = (name) => name.replace(/\s+/g, " ").slice(0, LONGEST_NAME)

/**
 * What a setting takes of what says it is a table; undefined where nothing can be made of it.
 * @param {any} value
 * @param {{most: number, columns: number, low: number, high: number}} bounds columns: how many inputs there can be
 * @returns {OwnTable | null | undefined}
 */
export function admittedTable(value, {most, columns: mostColumns, low, high}) {
  if (value === null) {
    return null
  }
  const {columns, target, classes, values} = typeof value === "object" ? value : /** @type {any} */ ({})
  const isName = (/** @type {any} */ name) => typeof name === "string" && name !== "" && name === nameOf(name)
  const areNames = (/** @type {any} */ names) => Array.isArray(names) && names.every(isName)
  if (!areNames(columns) || columns.length < 1 || columns.length > mostColumns || !isName(target) || !areNames(classes) || ![0, 2].includes(classes.length) || !Array.isArray(values)) {
    return undefined
  }
  const width = columns.length + 1
  const isTarget = (/** @type {number} */ one) => classes.length === 0 || one === 0 || one === 1
  const fits = (/** @type {any} */ one, /** @type {number} */ k) => typeof one === "number" && one >= low && one <= high && (k % width < width - 1 || isTarget(one))
  if (values.length % width !== 0 || values.length > most * width || !values.every(fits)) {
    return undefined
  }
  const table = {columns: [...columns], target, classes: [...classes], values: [...values]}
  return whyTooFew(table) === "" ? table : undefined
}

/** A table as a link holds it: the names of its columns, those of its classes, its rows. @param {OwnTable} table @returns {string} */
export function ownTableText({columns, target, classes, values}) {
  const width = columns.length + 1
  const names = (/** @type {string[]} */ of) => of.map((name) => encodeURIComponent(encodeURIComponent(name))).join(",") // a link is decoded as a whole once
  const rows = Array.from({length: values.length / width}, (_, row) => values.slice(row * width, (row + 1) * width).map(exact).join(","))
  return [names([...columns, target]), names(classes), ...rows].join(":")
}

/** The same with fewer digits. @param {OwnTable} table */
export const shortOwnTableText = (table) => ownTableText({...table, values: table.values.map((value) => Number(value.toPrecision(DIGITS)))})

/** The table in a text, to be admitted; undefined where it cannot be read. @param {string} text @returns {OwnTable | null | undefined} */
export function ownTableIn(text) {
  if (text === "" || text === "none") {
    return null
  }
  try {
    const [head, classes, ...rows] = text.split(":")
    const names = (/** @type {string} */ of) => of.split(",").map(decodeURIComponent)
    const columns = names(head)
    const target = /** @type {string} */ (columns.pop())
    return {columns, target, classes: classes === "" ? [] : names(classes), values: rows.flatMap((row) => row.split(",").map(parse))}
  } catch {
    return undefined
  }
}
