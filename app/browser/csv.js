// Tables as people have them: comma, semicolon or tab, decimal point or comma, quotes, any ends of lines. Pure functions; what
// cannot be read is a problem with its line, never a guess.

import {counted, shortened} from "./format.js"
import {nameOf, whyTooFew} from "./own_table.js"

export const MOST_BYTES = 1_000_000
const LOOKED_AT = 20 // lines that say what stands between the columns
const SEPARATORS = ["\t", ";", ","] // the ones before it are never a part of a number
const MISSING = new Set(["", "na", "n/a", "#n/a", "nan", "null", "none", "-", "–", "?", "."])
const WORDS = 30 // characters of a cell that are repeated

/**
 * @typedef {{line: number, text: string}} Problem
 * @typedef {{line: number, cells: string[]}} Row line: where it begins, from 1
 *
 * @typedef {object} Table
 * @property {string[]} names of the columns
 * @property {Row[]} rows
 * @property {string} separator
 * @property {"." | ","} decimal what stands before the fraction of a number
 * @property {boolean} headers whether the first line names the columns
 * @property {Problem[]} problems rows that are not among `rows`
 */

/** Text of a file's bytes, which may be UTF-8, UTF-16 with its mark, or what Windows wrote before. @param {Uint8Array} bytes */
export function textOf(bytes) {
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null
  if (marked !== null) {
    return new TextDecoder(marked).decode(bytes)
  }
  try {
    return new TextDecoder("utf-8", {fatal: true}).decode(bytes)
  } catch {
    return new TextDecoder("windows-1252").decode(bytes)
  }
}

/** Reads a table. @param {string} given @returns {Table} */
export function tableIn(given) {
  const text = given.replace(/^\ufeff/, "")
  const told = /^sep=(.)(\r\n|\n|\r)/.exec(text) // as Excel says it
  const separator = told !== null && SEPARATORS.includes(told[1]) ? told[1] : separatorOf(text)
  /** @type {Problem[]} */
  const problems = []
  const all = rowsOf(text, separator, problems).slice(told === null ? 0 : 1)
  const width = all.length === 0 ? 0 : all[0].cells.length
  const decimal = decimalOf(all, separator)
  const headers = all.length > 0 && !all[0].cells.every((cell) => isMissing(cell) || numberIn(cell, decimal) !== null)
  const names = namesOf(headers ? all[0].cells : Array.from({length: width}, () => ""))
  const rows = all.slice(headers ? 1 : 0).filter(({line, cells}) => {
    const fits = cells.length === width
    fits || problems.push({line, text: `${counted(cells.length, "column")} where the first line has ${width}`})
    return fits
  })
  return {names, rows, separator, decimal, headers, problems: problems.sort((a, b) => a.line - b.line)}
}

/** What stands between the columns: what all of the first lines have as often. @param {string} text */
function separatorOf(text) {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "").slice(0, LOOKED_AT)
  const counts = SEPARATORS.map((separator) => lines.map((line) => line.replace(/"[^"]*"/g, "").split(separator).length - 1))
  const even = counts.findIndex((of) => of[0] > 0 && of.every((count) => count === of[0]))
  const most = counts.findIndex((of) => of[0] > 0)
  return SEPARATORS[even >= 0 ? even : most >= 0 ? most : SEPARATORS.length - 1]
}

/** The rows of a text, but for empty lines. @param {string} text @param {string} separator @param {Problem[]} problems */
function rowsOf(text, separator, problems) {
  /** @type {Row[]} */
  const rows = []
  const field = new RegExp(`[ ]*"((?:[^"]|"")*)"[ ]*(?=${separator}|\\r|\\n|$)|([^${separator}\\r\\n]*)`, "y")
  let [at, line] = [0, 1]
  while (at < text.length) {
    /** @type {Row} */
    const row = {line, cells: []}
    let whole = true
    for (let more = true; more; ) {
      field.lastIndex = at
      const [matched, quoted, plain] = /** @type {RegExpExecArray} */ (field.exec(text))
      const cell = quoted === undefined ? plain.trim() : quoted.replace(/""/g, '"').trim()
      if (quoted === undefined && cell.startsWith('"')) {
        problems.push({line, text: "a quotation mark that is not closed, or something behind it"})
        whole = false
      }
      row.cells.push(cell)
      line += matched.split(/\r\n|\n|\r/).length - 1
      at += matched.length
      more = text[at] === separator
      at += more ? 1 : 0
    }
    if (at < text.length) {
      at += text.startsWith("\r\n", at) ? 2 : 1
      line += 1
    }
    whole && row.cells.some((cell) => cell !== "") && rows.push(row)
  }
  return rows.map(({line, cells}) => ({line, cells: cells.slice(0, widthOf(cells, rows[0].cells.length))}))
}

/** How many cells a row has, without empty ones beyond those of the first line. @param {string[]} cells @param {number} width */
const widthOf = (cells, width) => Math.max(width, cells.findLastIndex((cell) => cell !== "") + 1)

/** Names for columns, each once. @param {string[]} cells @returns {string[]} */
function namesOf(cells) {
  /** @type {string[]} */
  const names = []
  cells.forEach((cell, k) => {
    const name = cell === "" ? `Column ${k + 1}` : cell
    names.push(names.includes(name) ? `${name} (${k + 1})` : name)
  })
  return names
}

/** What stands before fractions: what more of the numbers have. @param {Row[]} rows @param {string} separator @returns {"." | ","} */
function decimalOf(rows, separator) {
  let commas = 0
  for (const cell of rows.flatMap(({cells}) => cells)) {
    if (separator === "," && /^[-+−]?\d{1,3}(,\d{3})+$/.test(cell)) {
      continue // thousands, where commas stand between the columns
    }
    const [, mark] = /^[-+−]?(?:\d{1,3}(?:[., \u00a0\u202f]\d{3})*|\d*)([.,])\d+(?:e[-+]?\d+)?$/i.exec(cell) ?? []
    commas += mark === "," ? 1 : mark === "." ? -1 : 0
  }
  return commas > 0 ? "," : "."
}

/** The columns that hold more numbers than anything else. @param {Table} table @returns {number[]} */
export function numericColumns({names, rows, decimal}) {
  const numeric = (/** @type {number} */ column) => rows.filter(({cells}) => numberIn(cells[column], decimal) !== null).length
  const other = (/** @type {number} */ column) => rows.filter(({cells}) => !isMissing(cells[column]) && numberIn(cells[column], decimal) === null).length
  return Array.from(names.keys()).filter((column) => numeric(column) > other(column))
}

/** @param {string} cell */
export const isMissing = (cell) => MISSING.has(cell.toLowerCase())

/** The number in a cell; null where it is none. @param {string} cell @param {"." | ","} decimal @returns {number | null} */
export function numberIn(cell, decimal) {
  const other = decimal === "," ? "." : ","
  const plain = cell.replace("−", "-").replace(/(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))/g, "")
  const grouped = new RegExp(`^[-+]?\\d{1,3}(?:\\${other}\\d{3})+(?:\\${decimal}\\d*)?$`)
  const text = (grouped.test(plain) ? plain.replaceAll(other, "") : plain).replace(decimal, "p")
  return /^[-+]?(?:\d+p?\d*|p\d+)(?:e[-+]?\d+)?$/i.test(text) ? Number(text.replace("p", ".")) : null
}

/**
 * The points that two columns are.
 * @param {Table} table
 * @param {number} xColumn
 * @param {number} yColumn
 * @param {{classes: boolean, most: number, largest: number}} wanted classes: whether y is one of two; largest: number that there can be
 * @returns {{points: number[], missing: number, more: number, labels: [string, string] | null, problems: Problem[]}} missing: rows
 *   without x or y; more: rows behind those that there is room for; labels: what y = 0 and y = 1 are called, where they are other
 */
export function pointsOfColumns({rows, names, decimal}, xColumn, yColumn, {classes, most, largest}) {
  const valueOf = (/** @type {Row} */ {cells}) => {
    const number = numberIn(cells[yColumn], decimal)
    return number === null ? cells[yColumn] : String(number)
  }
  const there = rows.filter(({cells}) => !isMissing(cells[xColumn]) && !isMissing(cells[yColumn]))
  /** @type {Problem[]} */
  const problems = []
  const pair = classes ? labelsOf(there.map(valueOf)) : null
  if (classes && pair === null) {
    problems.push({line: 0, text: `“${shown(names[yColumn])}” is to have two different values, one for each class`})
  }
  const numberOf = numberReader(decimal, largest, problems)
  const points = there.flatMap((row) => {
    const x = numberOf(row, xColumn)
    const y = pair === null ? (classes ? null : numberOf(row, yColumn)) : pair.indexOf(valueOf(row))
    return x === null || y === null ? [] : [x, y]
  })
  const plain = pair === null || pair.join() === "0,1"
  return {points: points.slice(0, 2 * most), missing: rows.length - there.length, more: Math.max(points.length / 2 - most, 0), labels: plain ? null : pair, problems}
}

/** What reads the numbers of cells, and says of those that are none. @param {"." | ","} decimal @param {number} largest @param {Problem[]} problems @returns {(row: Row, column: number) => number | null} */
const numberReader = (decimal, largest, problems) => ({line, cells}, column) => {
  const value = numberIn(cells[column], decimal)
  const fits = value !== null && Math.abs(value) <= largest
  fits || problems.push({line, text: value === null ? `“${shown(cells[column])}” is not a number` : `${shown(cells[column])} is beyond ${largest}: take other units`})
  return fits ? value : null
}

/**
 * The table that some columns are: inputs, and a target that is one of two classes or a value.
 * @param {Table} table
 * @param {number[]} inputs
 * @param {number} target
 * @param {{most: number, largest: number}} wanted
 * @returns {{own: import("./own_table.js").OwnTable | null, missing: number, more: number, why: string, problems: Problem[]}} own: null where
 *   the target can be neither; missing: rows without one of them; why: what it is null for
 */
export function ownTableOf({rows, names, decimal}, inputs, target, {most, largest}) {
  const there = rows.filter(({cells}) => [...inputs, target].every((column) => !isMissing(cells[column])))
  /** @type {Problem[]} */
  const problems = []
  const read = {missing: rows.length - there.length, more: 0, problems}
  const numeric = there.map(({cells}) => numberIn(cells[target], decimal))
  const isNumeric = 2 * numeric.filter((value) => value !== null).length > there.length
  const labelOf = (/** @type {Row} */ {cells}, /** @type {number} */ k) => (isNumeric ? String(numeric[k]) : cells[target])
  const labels = there.map(labelOf).filter((_, k) => !isNumeric || numeric[k] !== null)
  const pair = labelsOf(labels)
  const different = new Set(labels).size
  if (pair === null && (!isNumeric || different < 2)) {
    return {...read, own: null, why: there.length === 0 ? "" : different < 2 ? `“${shown(names[target])}” is the same in all rows.` : `“${shown(names[target])}” has ${different} different values that are no numbers. The network has one output: it tells two classes apart, or gives a number.`}
  }
  const numberOf = numberReader(decimal, largest, problems)
  const found = there.flatMap((row, k) => {
    const y = pair === null ? numberOf(row, target) : isNumeric && numeric[k] === null ? numberOf(row, target) : pair.indexOf(labelOf(row, k))
    const values = y === null ? [] : [...inputs.map((column) => numberOf(row, column)), y]
    return y === null || values.includes(null) ? [] : [/** @type {number[]} */ (values)]
  })
  const classes = (pair ?? []).map(nameOf)
  const own = {columns: inputs.map((column) => nameOf(names[column])), target: nameOf(names[target]), classes, values: found.slice(0, most).flat()}
  return {...read, own, more: Math.max(found.length - most, 0), why: whyTooFew(own)}
}

/** The two values of a column, the lower one first; null where there are not two. @param {string[]} values @returns {[string, string] | null} */
function labelsOf(values) {
  const different = [...new Set(values)]
  const order = different.some((value) => Number.isNaN(Number(value))) ? different.toSorted() : different.toSorted((a, b) => Number(a) - Number(b))
  return order.length === 2 ? [order[0], order[1]] : null
}

/** @param {string} cell as it is repeated to a person */
const shown = (cell) => shortened(cell, WORDS)

/** A table as text, numbers as exactly as they are (RFC 4180). @param {string[]} head @param {(string | number)[][]} rows */
export function csvText(head, rows) {
  return [head, ...rows].map((row) => `${row.map((cell) => quoted(String(cell))).join(",")}\r\n`).join("")
}

/** @param {string} cell */
const quoted = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
