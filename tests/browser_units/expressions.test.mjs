// Formulas by themselves: what is broadcast, what has no value, and what is never run. That the parser is Python's is
// tested beside Python, in tests/test_expressions_javascript.py.

import assert from "node:assert/strict"
import {test} from "node:test"

import {evaluate, ExpressionError, parse, verdict} from "../../app/browser/expressions.js"

const LANGUAGE = {
  sentences: {unknown: "There is no {name} here: {names}.", attribute: "No attribute.", strange: "Not {sign}.", function: "No {name}: {right}.", module: "No {name} in {module}."},
  grammar: {
    longest: 300, deepest: 30, most_nodes: 200, largest: 1e100, largest_exponent: 64, constants: {pi: Math.PI},
    forms: {exp: "exp(a)", mean: "mean(a)", len: "len(a)", where: "where(condition, a, b)"}, same: {}, renamed: {},
    modules: ["np"], words: {}, written: {}, refused: {}, look_alikes: {}, spaces: " ",
    binds: {"<": 1, "+": 2, "-": 2, "*": 3, "/": 3, "**": 5},
    piece: "(?<number>[0-9.]+)|(?<word>[A-Za-z_]\\w*)|(?<sign>\\*\\*|[-+*/<()\\[\\],.=])",
  },
}

const TABLE = {
  ...LANGUAGE,
  sentences: {...LANGUAGE.sentences, right: "Right.", examples: "One each.", scalar: "One.", differs: "For {inputs}: {given}, not {right}.", nan: "none", infinite: "endless"},
  tolerance: {relative: 1e-9, absolute: 1e-12},
  tasks: {
    line: {names: {w: "scalar", x: "examples"}, result: "examples", reference: "w * x", samples: [{w: 2, x: [3]}, {w: 1e7, x: [1, -2]}], known: [{text: "w + x", sentence: "A sum."}]},
    mean: {names: {x: "examples"}, result: "scalar", reference: "mean(x)", samples: [{x: [1, 2]}], known: []},
  },
}

const value = (text, values = {}) => evaluate(parse(text, Object.keys(values), LANGUAGE), values)

test("a number goes with every example, and examples with one another", () => {
  const x = Float64Array.of(1, 2, 4)
  assert.deepEqual(value("2 * x - x ** 2", {x}), Float64Array.of(1, 0, -8))
  assert.deepEqual(value("where(x < 3, 0, x)", {x}), Float64Array.of(0, 0, 4))
  assert.equal(value("mean(x) * len(x)", {x}), 7)
  assert.deepEqual(x, Float64Array.of(1, 2, 4))
})

test("what has no value is infinite or NaN, and 1 to any power is 1 as in Python", () => {
  assert.equal(value("1 / x", {x: 0}), Infinity)
  assert.ok(Number.isNaN(value("x / x", {x: 0})))
  assert.equal(value("1 ** x", {x: NaN}), 1)
  assert.equal(value("(-1) ** x", {x: Infinity}), 1)
})

test("signs bind as in Python", () => {
  assert.equal(value("-2 ** 2"), -4)
  assert.equal(value("2 ** 3 ** 2 / 2 * 2 - 1 - 1"), 510)
  assert.equal(value("2 ** -1"), 0.5)
})

test("what every object of JavaScript has is no name, no function and no sign of a formula", () => {
  for (const text of ["constructor", "toString(1)", "np.constructor", "__proto__", "x.constructor", "hasOwnProperty(x)"]) {
    assert.throws(() => value(text), ExpressionError, text)
  }
})

test("a mistake is placed in characters as Python counts them", () => {
  assert.throws(() => value("1 + \u{1F600}"), {message: "Not \u{1F600}.", start: 4, end: 5})
  assert.throws(() => value("\u{1F600} + 1"), {start: 0, end: 1})
})

test("a verdict is right, a known mistake, another form, or an input with both values", () => {
  assert.deepEqual(verdict("line", "x * w", TABLE), {right: true, sentence: "Right.", example: null})
  assert.equal(verdict("line", "x + w", TABLE).sentence, "A sum.")
  assert.equal(verdict("line", "w", TABLE).sentence, "One.")
  assert.equal(verdict("mean", "x", TABLE).sentence, "One each.")
  assert.equal(verdict("line", "x * w + 1", TABLE).sentence, "For w = 2, x = 3: 7, not 6.".replace(", x", " and x"))
  assert.equal(verdict("mean", "mean(x) / 0", TABLE).sentence, "For x = [1, 2]: endless, not 1.5.")
  assert.equal(verdict("mean", "mean(x) * 1000000", TABLE).sentence, "For x = [1, 2]: 1.5e+06, not 1.5.")
  assert.deepEqual(verdict("line", "y", TABLE), {right: false, sentence: "There is no y here: w, x.", example: null})
})
