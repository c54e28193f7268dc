// The learner's own table: what is admitted of it, and what a link holds of it.

import assert from "node:assert/strict"
import {test} from "node:test"

import {ownTableOf, tableIn} from "../../app/browser/csv.js"
import {admittedTable, ownTableIn, ownTableText, partOf, shortOwnTableText, whyTooFew} from "../../app/browser/own_table.js"

const BOUNDS = {most: 2000, columns: 30, low: -1e9, high: 1e9}
const ROWS = Array.from({length: 16}, (_, k) => [k + 0.25, 0 - k, k % 2])
const CLASSES = {columns: ["height, cm", "weight"], target: "sex", classes: ["no", "yes"], values: ROWS.flat()}
const VALUES = {columns: ["area"], target: "price", classes: [], values: ROWS.flatMap(([x], k) => [x, 1e8 + k])}

const text = (head, rows, separator = ",") => [head, ...rows].map((row) => row.join(separator)).join("\n")
const found = (given, inputs, target) => ownTableOf(tableIn(given), inputs, target, {most: 2000, largest: 1e9})

test("inputs and targets are taken apart", () => {
  const {x, y} = partOf(CLASSES)
  assert.deepEqual(Array.from(x), ROWS.flatMap(([a, b]) => [a, b]))
  assert.deepEqual(Array.from(y), ROWS.map(([, , c]) => c))
})

test("a table is admitted as it is, and as an object of its own", () => {
  for (const table of [CLASSES, VALUES]) {
    const taken = admittedTable({...table, more: "<script>"}, BOUNDS)
    assert.deepEqual(taken, table)
    assert.notEqual(taken.values, table.values)
  }
  assert.equal(admittedTable(null, BOUNDS), null)
})

test("what is no table, or none to be trained on, is not admitted", () => {
  const long = "x".repeat(61)
  const wrong = [
    undefined, 5, "table", [], {}, [CLASSES], {...CLASSES, columns: []}, {...CLASSES, columns: "ab"}, {...CLASSES, columns: ["a"]}, {...CLASSES, columns: ["a", 5]},
    {...CLASSES, columns: ["a", long]}, {...CLASSES, columns: ["a", ""]}, {...CLASSES, columns: ["a", "b\nc"]}, {...CLASSES, target: null}, {...CLASSES, classes: ["one"]},
    {...CLASSES, classes: ["a", "b", "c"]}, {...CLASSES, classes: null}, {...CLASSES, values: null}, {...CLASSES, values: CLASSES.values.slice(1)},
    {...CLASSES, values: CLASSES.values.map((value, k) => (k === 2 ? 0.5 : value))}, {...CLASSES, values: CLASSES.values.map((value, k) => (k === 0 ? NaN : value))},
    {...CLASSES, values: CLASSES.values.map((value, k) => (k === 0 ? 2e9 : value))}, {...CLASSES, values: CLASSES.values.map((value, k) => (k === 0 ? "1" : value))},
    {...CLASSES, values: CLASSES.values.map((value, k) => (k === 0 ? null : value))}, {...CLASSES, values: CLASSES.values.slice(0, 30)},
    {...CLASSES, values: CLASSES.values.map((value, k) => (k % 3 === 2 ? 0 : value))}, {...VALUES, values: VALUES.values.map((value, k) => (k % 2 === 1 ? 7 : value))},
    {...CLASSES, values: Array(2001 * 3).fill(0)}, {...VALUES, columns: Array.from({length: 31}, (_, k) => `c${k}`), values: Array(32 * 16).fill(1)},
  ]
  wrong.forEach((value, k) => assert.equal(admittedTable(value, BOUNDS), undefined, `${k}`))
})

test("at every training share both parts have rows of each class, and values a spread", () => {
  const share = (count, of) => Math.round(count * of)
  for (let count = 6; count < 40; count++) {
    for (let of = 0.1; of < 0.91; of += 0.05) {
      assert.ok(share(count, of - 1e-9) >= 1 && share(count, of + 1e-9) < count, `${count} ${of}`)
    }
  }
  assert.match(whyTooFew({...CLASSES, values: CLASSES.values.slice(0, 33)}), /Of class 1, “yes”, at least 6/)
  assert.match(whyTooFew({...VALUES, values: VALUES.values.slice(0, 30)}), /At least 16 rows/)
})

test("a link holds a table exactly, whatever its names are", () => {
  for (const table of [CLASSES, VALUES, {...CLASSES, columns: ["a:b,c;d=e", "<b>%20&#größe\"'"], target: ",", classes: ["none", ":"]}]) {
    const written = ownTableText(table)
    assert.match(written, /^[\w.,:%*!'()~-]*$/)
    assert.deepEqual(admittedTable(ownTableIn(decodeURIComponent(written)), BOUNDS), table)
  }
  const rounded = ownTableIn(decodeURIComponent(shortOwnTableText(VALUES)))
  assert.equal(rounded.values[1], 1e8)
})

test("a text that is no table is none", () => {
  for (const given of ["x", ":", "::", "a,b::1,2", "%E0%A4%A::1,2", "__proto__", "a,b:c:1,2:3,0", "a,b::1,x", `a,b::${"1,2:".repeat(3000)}1,2`]) {
    assert.equal(admittedTable(ownTableIn(given) ?? undefined, BOUNDS), undefined, given.slice(0, 30))
  }
  assert.equal(ownTableIn("none"), null)
})

test("a label of two words, of two numbers, of 0 and 1; and a number", () => {
  const words = text(["a", "b", "label"], ROWS.map(([a, b, c]) => [a, b, c === 1 ? "benign" : "malign"]))
  const two = found(words, [0, 1], 2)
  assert.deepEqual([two.own.classes, two.own.values.slice(0, 6), two.why], [["benign", "malign"], [0.25, 0, 1, 1.25, -1, 0], ""])
  const numbers = found(text(["a", "label"], ROWS.map(([a, , c]) => [a, c === 1 ? "10" : "9.0"])), [0], 1)
  assert.deepEqual([numbers.own.classes, numbers.own.values.slice(0, 4)], [["9", "10"], [0.25, 0, 1.25, 1]])
  const values = found(text(["a", "b", "price"], ROWS.map(([a, b], k) => [a, b, k * 1000])), [1, 0], 2)
  assert.deepEqual([values.own.classes, values.own.columns, values.own.values.slice(3, 6)], [[], ["b", "a"], [-1, 1.25, 1000]])
})

test("what cannot be learned is said", () => {
  const species = found(text(["a", "species"], ROWS.map(([a], k) => [a, ["setosa", "virginica", "versicolor"][k % 3]])), [0], 1)
  assert.equal(species.own, null)
  assert.match(species.why, /“species” has 3 different values that are no numbers/)
  assert.match(found(text(["a", "b"], ROWS.map(([a]) => [a, "same"])), [0], 1).why, /“b” is the same in all rows/)
  assert.match(found(text(["a", "b"], ROWS.map(([a]) => [a, 3])), [0], 1).why, /“b” is the same in all rows/)
  assert.match(found(text(["a", "b"], ROWS.slice(0, 9).map(([a, , c]) => [a, c])), [0], 1).why, /Of class 0|Of class 1/)
})

test("rows that cannot be used are counted, or told with their lines", () => {
  const rows = ROWS.map(([a, b, c]) => [a, b, c])
  rows.splice(2, 0, ["", 1, 0], [1, "NA", 1], [1, 2, ""], ["x", 1, 1], [1, 1e12, 0], [1, 1, "maybe"])
  const {own, missing, problems, more} = found(text(["a", "b", "c"], rows), [0, 1], 2)
  assert.deepEqual([own.values.length, missing, more], [48, 3, 0])
  assert.deepEqual(problems.map(({line}) => line), [7, 8, 9])
  assert.match(problems[2].text, /“maybe” is not a number/)
  const unused = found(text(["a", "b", "c"], rows), [0], 2)
  assert.deepEqual([unused.own.values.length / 2, unused.missing], [18, 2], "what is missing in columns that are not chosen does not matter")
})

test("rows beyond those that there is room for are counted; long and broken names are mended", () => {
  const {own, more} = found(text([`"two\nlines"`, "y".repeat(100)], Array.from({length: 2100}, (_, k) => [k, k % 2])), [0], 1)
  assert.deepEqual([own.values.length, more, own.columns, own.target.length], [4000, 100, ["two lines"], 60])
  assert.deepEqual(admittedTable(own, BOUNDS), own)
})
