// Numbers as Python reads them: exactly, and in lines that are not too long.

import {layersOf} from "./models.js"

const WIDTH = 100 // of a line of code
const DATA_WIDTH = 90 // of a line of numbers

/** A call on one line, or with one argument a line where that would be too long. @param {string} head @param {string[]} given */
export function call(head, given) {
  const line = `${head}(${given.join(", ")})`
  return line.length <= WIDTH ? line : `${head}(\n${given.map((argument) => `    ${argument},\n`).join("")})`
}

/** A float in Python, exactly. @param {number} value */
export function number(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new RangeError(`a script needs a finite number, not ${value}`)
  }
  const text = Object.is(value, -0) ? "-0" : String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** A whole number in Python. @param {number} value */
export function whole(value) {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`a script needs a whole number, not ${value}`)
  }
  return String(value)
}

const UNARY = 4 // how strongly a sign before a value binds
const FUNCTIONS = /** @type {Record<string, string>} */ ({sigmoid: "jax.nn.sigmoid", len: "jnp.size"}) // all others are jnp's

/**
 * A learner's formula in Python with jnp.
 * @param {import("./parsing.js").Expression} tree
 * @param {Record<string, number>} binds how strongly signs bind
 * @param {number} within how strongly what is around it binds
 * @returns {string}
 */
export function expression(tree, binds, within = 0) {
  if (tree.kind === "number") {
    return Number.isSafeInteger(tree.value) ? whole(tree.value) : number(tree.value)
  }
  if (tree.kind === "name") {
    return tree.name
  }
  if (tree.kind === "call") {
    const name = FUNCTIONS[tree.function] ?? `jnp.${tree.function}`
    return `${name}(${tree.arguments.map((part) => expression(part, binds)).join(", ")})`
  }
  const [first, second] = tree.operands
  const own = second === undefined ? UNARY : binds[tree.sign]
  const power = tree.sign === "**" // binds to the right, and more than a sign before it
  const space = power && [first, second].every((part) => part.kind === "name" || part.kind === "number") ? "" : " " // as formatters have it
  const text =
    second === undefined
      ? `-${expression(first, binds, UNARY)}`
      : [expression(first, binds, power ? own + 1 : own), tree.sign, expression(second, binds, power ? UNARY : own + 1)].join(space)
  return own < within ? `(${text})` : text
}

/**
 * A formula with other names in it.
 * @param {import("./parsing.js").Expression} tree
 * @param {Record<string, string>} called what some names are called
 * @returns {import("./parsing.js").Expression}
 */
export function renamed(tree, called) {
  const within = (/** @type {import("./parsing.js").Expression[]} */ parts) => parts.map((part) => renamed(part, called))
  if (tree.kind === "name") {
    return {...tree, name: called[tree.name] ?? tree.name}
  }
  return tree.kind === "number" ? tree : tree.kind === "call" ? {...tree, arguments: within(tree.arguments)} : {...tree, operands: within(tree.operands)}
}

/**
 * Items in brackets: on one line, or on several.
 * @param {string[]} items
 * @param {string} indent of the line where it begins
 * @param {number} around characters that stand on that line beside it
 */
export function list(items, indent, around = 40) {
  const inner = `${indent}    `
  if (indent.length + items.join(", ").length + around <= DATA_WIDTH) {
    return `[${items.join(", ")}]`
  }
  const lines = [""]
  for (const item of items) {
    const last = lines.length - 1
    if (lines[last] !== "" && inner.length + lines[last].length + item.length + 2 > DATA_WIDTH) {
      lines.push("")
    }
    lines[lines.length - 1] += `${lines[lines.length - 1] === "" ? "" : " "}${item},`
  }
  return `[\n${lines.map((line) => `${inner}${line}\n`).join("")}${indent}]`
}

/** @param {Float64Array} values @param {boolean} classes whether they are 0 and 1 @param {"jnp" | "np"} module whose array it is */
export function vector(values, classes, module = "jnp") {
  return classes ? `${module}.array(${list(Array.from(values, whole), "")}, dtype=float)` : `${module}.array(${list(Array.from(values, number), "")})`
}

/** The rows of an array of columns, each in brackets. @param {Float64Array} values @param {number} columns @param {string} indent @returns {string[]} */
function rows(values, columns, indent) {
  return Array.from({length: values.length / columns}, (_, k) => list(Array.from(values.subarray(k * columns, (k + 1) * columns), number), indent, 3))
}

/** @param {Float64Array} x row by row @param {number} columns @param {"jnp" | "np"} module whose array it is */
export function matrix(x, columns, module = "jnp") {
  return columns === 1 ? `${vector(x, false, module)}.reshape(-1, 1)` : `${module}.array(${list(rows(x, columns, "    "), "")})`
}

/** The layers of a network. @param {Float64Array} theta @param {number[]} sizes */
export function layers(theta, sizes) {
  const written = layersOf(sizes).map(({inputs, units, b, w}) => {
    const weights = list(rows(theta.subarray(w, w + inputs * units), units, " ".repeat(12)), " ".repeat(8))
    const biases = list(Array.from(theta.subarray(b, b + units), number), " ".repeat(8))
    return `    {\n        "w": jnp.array(${weights}),\n        "b": jnp.array(${biases}),\n    },\n`
  })
  return `[\n${written.join("")}]`
}
