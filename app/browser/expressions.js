// Formulas that learners write: evaluated and judged as in Python, on the same samples and with the same sentences.

import {ExpressionError, filled, parse} from "./parsing.js"

export {ExpressionError, parse}

/**
 * @typedef {import("./parsing.js").Expression} Expression
 * @typedef {import("./parsing.js").Language} Language
 *
 * @typedef {number | Float64Array} Value one number, or one for each example
 *
 * @typedef {Record<string, number | number[]>} Sample
 *
 * @typedef {object} Task
 * @property {Record<string, string>} names
 * @property {string} result "scalar" or "examples"
 * @property {string} reference
 * @property {Sample[]} samples
 * @property {{text: string, sentence: string}[]} known
 *
 * @typedef {Language & {tolerance: {relative: number, absolute: number}, tasks: Record<string, Task>}} Table
 *
 * @typedef {{inputs: Sample, given: number | number[], right: number | number[]}} Example
 *
 * @typedef {{right: boolean, sentence: string, example: Example | null}} Verdict
 */

/** @type {Record<string, (...parts: number[]) => number>} */
const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => (b === undefined ? -a : a - b),
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "**": power,
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
}

/** @type {Record<string, (...parts: number[]) => number>} */
const FUNCTIONS = {
  exp: Math.exp, log: Math.log, log1p: Math.log1p, expm1: Math.expm1, sqrt: Math.sqrt, abs: Math.abs, sign: Math.sign,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, tanh: Math.tanh, maximum: Math.max, minimum: Math.min,
  // of e^z / (1 + e^z) and 1 / (1 + e^-z) the one whose power is below 1
  sigmoid: (z) => Math.exp(Math.min(z, 0)) / (1 + Math.exp(-Math.abs(z))),
  clip: (a, low, high) => Math.min(Math.max(a, low), high),
  where: (condition, a, b) => (condition !== 0 ? a : b),
}

/** As in Python, where 1 to any power is 1. @param {number} a @param {number} b */
function power(a, b) {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b
}

/** @type {Record<string, (value: Value) => number>} */
const REDUCTIONS = {
  len: (value) => (typeof value === "number" ? 1 : value.length),
  sum: (value) => (typeof value === "number" ? value : value.reduce((total, part) => total + part, 0)),
  mean: (value) => REDUCTIONS.sum(value) / REDUCTIONS.len(value),
}

/**
 * The value of a formula: infinite or NaN where it has none, and never an error.
 *
 * @param {Expression} tree
 * @param {Record<string, Value>} values a number, or an array of as many as there are examples, for each name
 * @returns {Value}
 */
export function evaluate(tree, values) {
  if (tree.kind === "number") {
    return tree.value
  }
  if (tree.kind === "name") {
    return values[tree.name]
  }
  const parts = (tree.kind === "call" ? tree.arguments : tree.operands).map((part) => evaluate(part, values))
  if (tree.kind === "call" && tree.function in REDUCTIONS) {
    return REDUCTIONS[tree.function](parts[0])
  }
  return broadcast(tree.kind === "call" ? FUNCTIONS[tree.function] : OPERATIONS[tree.sign], parts)
}

/** @param {(...parts: number[]) => number} f @param {Value[]} parts @returns {Value} */
function broadcast(f, parts) {
  const array = parts.find((part) => typeof part !== "number")
  const at = (/** @type {number} */ i) => f(...parts.map((part) => (typeof part === "number" ? part : part[i])))
  return array === undefined ? at(0) : Float64Array.from(array, (_, i) => at(i))
}

/**
 * Judges a learner's formula by its values on the samples of a task.
 *
 * @param {string} key a task of the table
 * @param {string} text
 * @param {Table} table
 * @returns {Verdict}
 */
export function verdict(key, text, table) {
  const {sentences, tolerance} = table
  const task = table.tasks[key]
  const values = (/** @type {string} */ formula) => {
    const tree = parse(formula, Object.keys(task.names), table)
    return task.samples.map((sample) => evaluate(tree, inputs(sample)))
  }
  let given
  try {
    given = values(text)
  } catch (error) {
    if (error instanceof ExpressionError) {
      return {right: false, sentence: error.message, example: null}
    }
    throw error
  }
  const right = values(task.reference)
  const wrong = given.findIndex((value, k) => !agree(value, right[k], tolerance))
  if (wrong < 0) {
    return {right: true, sentence: sentences.right, example: null}
  }
  const example = {inputs: task.samples[wrong], given: plain(given[wrong]), right: plain(right[wrong])}
  const known = task.known.find((mistake) => values(mistake.text).every((value, k) => agree(given[k], value, tolerance)))
  const formed = typeof given[wrong] === typeof right[wrong]
  const sentence = known?.sentence ?? (formed ? differs(example, sentences) : sentences[task.result === "examples" ? "scalar" : "examples"])
  return {right: false, sentence, example}
}

/** @param {Sample} sample @returns {Record<string, Value>} */
function inputs(sample) {
  return Object.fromEntries(Object.entries(sample).map(([name, value]) => [name, typeof value === "number" ? value : Float64Array.from(value)]))
}

/** @param {Value} value */
function plain(value) {
  return typeof value === "number" ? value : [...value]
}

/** Whether values are the same, in form too, but for rounding. @param {Value} one @param {Value} other @param {Table["tolerance"]} tolerance */
function agree(one, other, {relative, absolute}) {
  const [ones, others] = [plain(one), plain(other)].map((value) => (typeof value === "number" ? [value] : value))
  const size = Math.max(0, ...others.map(Math.abs).filter(Number.isFinite))
  const near = (/** @type {number} */ a, /** @type {number} */ b) => Object.is(a, b) || a === b || Math.abs(a - b) <= absolute + relative * size
  return typeof one === typeof other && ones.every((value, i) => near(value, others[i]))
}

/** The sentence of an input on which a formula is wrong, with as many digits as tell the values apart. @param {Example} example @param {Record<string, string>} sentences */
function differs(example, sentences) {
  const parts = Object.entries(example.inputs).map(([name, value]) => `${name} = ${shown(value, 6, sentences)}`)
  const both = (/** @type {number} */ digits) => [example.given, example.right].map((value) => shown(value, digits, sentences))
  const [given, right] = both([4, 6, 9, 12].find((digits) => both(digits)[0] !== both(digits)[1]) ?? 12)
  return filled(sentences.differs, {inputs: parts.join(parts.length === 2 ? " and " : ", "), given, right})
}

/** A number as Python's format "g" writes it, or a list. @param {number | number[]} value @param {number} digits @param {Record<string, string>} sentences @returns {string} */
function shown(value, digits, sentences) {
  if (typeof value !== "number") {
    const parts = value.map((part) => shown(part, digits, sentences))
    return parts.length === 1 ? parts[0] : `[${parts.join(", ")}]`
  }
  if (Number.isNaN(value)) {
    return sentences.nan
  }
  if (!Number.isFinite(value)) {
    return `${value < 0 ? "-" : ""}${sentences.infinite}`
  }
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e")
  if (value === 0 || (Number(exponent) >= -4 && Number(exponent) < digits)) {
    return String(Number(value.toPrecision(digits)))
  }
  return `${Number(mantissa)}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`
}
