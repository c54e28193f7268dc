// States as files: what is written is read again, whole; what is hostile or damaged is a sentence and changes nothing. The lessons'
// declarations come from tests/test_javascript_units.py.

import assert from "node:assert/strict"
import {readFileSync} from "node:fs"
import {test} from "node:test"

globalThis.document ??= {documentElement: {dataset: {}}}
const {isState, stateIn, stateText} = await import("../../app/browser/state_file.js")

const {DECLARATIONS} = process.env
/** @type {Record<string, any>} */
const lessons = DECLARATIONS === undefined ? {} : JSON.parse(readFileSync(DECLARATIONS, "utf8"))
const skip = DECLARATIONS === undefined && "the lessons' declarations are not there: run tests/test_javascript_units.py"
const VIEWS = {log: true, best: false}
const CHOSEN = {layer: 0, unit: 0, from: 0}

const standard = ({settings}) => Object.fromEntries(settings.filter(({changes}) => changes !== "theta").map(({name, default: value}) => [name, value]))
const ROWS = Array.from({length: 200}, (_, k) => [k / 7, Math.sin(k) * 1e5, 0 - k / 3, k % 2])
const TABLE = {columns: ["größe", "<b>", "c"], target: "sex", classes: ["no", "yes"], values: ROWS.flat()}
const COUNT = 3 * 4 + 4 + 4 * 3 + 3 + 3 + 1 // of numbers in a network of 3 → 4 → 3 → 1

/** A lesson as far as its state is asked for. */
const lesson = (key, {settings = {}, count = 2, start = new Float64Array(count), ...more} = {}) => ({
  declaration: lessons[key], firstView: VIEWS, kind: {initial: () => new Float64Array(count), firstPlane: ""},
  state: {settings: {...standard(lessons[key]), ...settings}, start, run: null, phase: "by hand", step: 0, view: VIEWS, plane: "", chosen: CHOSEN, pins: [], ...more},
})
const read = (text) => stateIn(text, Object.keys(lessons), async (key) => ({declaration: lessons[key], views: VIEWS}))

test("own data and weights are in a file whole, and all that a link holds", {skip}, async () => {
  const points = Array.from({length: 4000}, (_, k) => Math.cos(k) * 1000)
  const settings = {...standard(lessons.linear), points, optimizer: "adam", step_size: 0.07}
  const run = {settings, steps: [0, 5, 9]}
  const pins = [{run: {settings: {...settings, step_size: 0.5}, theta: [Float64Array.of(1.5, 0)]}}]
  const linear = await read(stateText(lesson("linear", {settings, start: Float64Array.of(1.5, 0), run, phase: "paused", step: 1, pins, view: {log: false, best: true}})))
  assert.deepEqual([linear.key, linear.asked.settings, linear.asked.theta, linear.asked.step], ["linear", settings, {w: 1.5}, 5])
  assert.deepEqual([linear.asked.view, linear.asked.ran, linear.asked.pins], [{log: false, best: true}, {}, [{settings: {...settings, step_size: 0.5}, theta: {}}]])
  const start = Float64Array.from({length: COUNT}, (_, k) => Math.sin(k) / 3)
  const given = {dataset: "own", table: TABLE, n_steps: 70}
  const network = await read(stateText(lesson("network", {settings: given, count: COUNT, start, chosen: {layer: 1, unit: 2, from: 0}})))
  assert.deepEqual(network.asked.settings, {...standard(lessons.network), ...given})
  assert.deepEqual(network.asked.start(new Float64Array(COUNT)), start)
  assert.deepEqual(network.asked.chosen, {layer: 1, unit: 2, from: 0})
  for (const {remarks} of [linear, network]) {
    assert.deepEqual(remarks, {unknown: [], moved: [], leftOut: ""})
  }
})

test("a table is kept where other data are shown, and lessons without data of one's own have a state too", {skip}, async () => {
  const network = await read(stateText(lesson("network", {settings: {table: TABLE}})))
  assert.deepEqual([network.asked.settings.dataset, network.asked.settings.table], ["moons", TABLE])
  const descent = await read(stateText(lesson("descent", {count: 1, start: Float64Array.of(3)})))
  assert.deepEqual([descent.key, descent.asked.theta], ["descent", {w: 3}])
})

const good = () => ({format: "dl-workshop state", version: 1, state: "1;network;dataset=own;hidden=2", table: TABLE})

test("what is damaged, hostile or of elsewhere is a sentence", {skip}, async () => {
  const cases = [
    ["", /damaged/], ["{", /damaged/], [`${JSON.stringify(good()).slice(0, -9)}`, /damaged/], ["[".repeat(1e5), /damaged/], ["null", /no saved state/], ["5", /no saved state/],
    ["[]", /no saved state/], ["{}", /no saved state/], [{...good(), format: "other"}, /no saved state/], [{...good(), state: 5}, /no saved state/], [{...good(), state: null}, /no saved state/],
    [{...good(), version: 2}, /another version/], [{...good(), version: "1"}, /another version/], [{...good(), state: ""}, /lesson that is not here/],
    [{...good(), state: "1;__proto__"}, /lesson that is not here/], [{...good(), state: "1;constructor;w=1"}, /lesson that is not here/], [{...good(), state: "2;network"}, /lesson that is not here/],
    [{...good(), table: null}, /not in it/], [{...good(), table: {...TABLE, values: [1, 2]}}, /table in this file cannot be used/], [{...good(), table: "x"}, /cannot be used/],
    [{...good(), table: {...TABLE, columns: Array(31).fill("a")}}, /cannot be used/], [{...good(), table: {...TABLE, values: TABLE.values.map(() => 1e300)}}, /cannot be used/],
    [{...good(), theta: [1, 2]}, /weights in this file/], [{...good(), theta: "AAAA"}, /weights in this file/], [{...good(), theta: Array(11).fill(1e9)}, /weights in this file/],
    [{...good(), theta: Array(11).fill(null)}, /weights in this file/], [{...good(), state: "1;linear", theta: [1]}, /weights in this file/],
    [{...good(), state: "1;linear", points: [1, 2, 3]}, /points in this file cannot be used/], [{...good(), state: "1;linear", points: [1, 2, null, 4]}, /cannot be used/],
    [{...good(), state: "1;linear", points: {length: 4}}, /cannot be used/], [{...good(), state: "1;linear", points: Array(4002).fill(1)}, /cannot be used/],
  ]
  for (const [given, said] of cases) {
    const text = typeof given === "string" ? given : JSON.stringify(given)
    const answer = await read(text)
    assert.equal(typeof answer, "string", text.slice(0, 80))
    assert.match(answer, said, text.slice(0, 80))
    assert.match(answer, /nothing was changed\.$/)
  }
  const fits = await read(JSON.stringify({...good(), theta: Array(11).fill(0.5)}))
  assert.deepEqual(fits.asked.start(new Float64Array(11)), new Float64Array(11).fill(0.5))
})

test("single values that cannot be are told of as in a link; what is unknown beside them harms nothing", {skip}, async () => {
  const text = JSON.stringify({...good(), state: "1;network;dataset=own;n_steps=1e308;<img src=x>=1;optimizer=__proto__", more: "<script>"}).replace('"more"', '"__proto__"')
  const {asked, remarks} = await read(text)
  assert.deepEqual([asked.settings.n_steps, asked.settings.optimizer], [10000, "adam"])
  assert.equal(remarks.unknown.length, 2)
  assert.equal(remarks.moved.length, 1)
  assert.equal({}.format, undefined)
})

test("a file cut off anywhere is a sentence, or what a whole one says", {skip}, async () => {
  const whole = JSON.stringify({...good(), table: {...TABLE, values: TABLE.values.slice(0, 80)}})
  for (let length = 0; length < whole.length; length += 7) {
    assert.equal(typeof (await read(whole.slice(0, length))), "string")
  }
})

test("a state is told from a table", () => {
  assert.ok(isState('  {"format"') && !isState("x,y\n1,2") && !isState(""))
})
