// The live blocks of the course's chapters: each a name in the text and what fills its place, computed from the lesson.

import {chainOf} from "./chain.js"
import {element, table} from "./dialog.js"
import {parameter, significant} from "./format.js"
import {inputNames, layersOf} from "./models.js"

const DECADES = [-8, 2] // powers of ten at the ends of the bars

/** @typedef {import("./lesson.js").Lesson} Lesson */
/** @typedef {import("./models.js").Network} Network */

/** A name and its number, which stay on one line. @param {string} name @param {number} value */
const equals = (name, value) => `${name}\u00a0=\u00a0${significant(value)}`

/** @param {number} value */
const times = (value) => `·\u00a0${significant(value)}`

/** @param {string} name of a cell @param {(string | Node)[]} texts @returns {HTMLElement} */
const row = (name, texts) => element("tr", {}, element("th", {scope: "row"}, name), ...texts.map((text) => element("td", {}, text)))

/** What a training point is called. @param {any} data @param {number} point */
function nameOf({inputs, train, at}, point) {
  const place = inputs > 2 ? [] : Array.from(at.slice(point * inputs, (point + 1) * inputs), (value, k) => `${inputs === 1 ? "x" : ["x₁", "x₂"][k]}\u00a0=\u00a0${parameter(value)}`)
  return [`number ${point + 1}`, ...place, equals("y", train.y[point])].join(", ")
}

/** @type {Record<string, (lesson: Lesson) => Node[]>} */
export const blocks = {
  /** The chain rule along one path: forwards down, backwards up. */
  chain(lesson) {
    const {state, common, declaration} = lesson
    const {data, settings, chosen: {layer, from}} = state
    const {point, loss, input, units, product, derivative, paths} = chainOf(lesson)
    const inward = layer === 0 ? inputNames(declaration.features, settings, data)[from] : `unit ${from + 1} of layer ${layer}`
    const output = units[units.length - 1]
    const classifies = data.task === "classification"
    /** @type {HTMLElement[]} from the output to the input */
    const rows = []
    let sofar = 1
    const add = (/** @type {string} */ name, /** @type {string} */ forward, /** @type {string} */ factor, /** @type {number} */ value) => {
      sofar *= value
      rows.push(row(name, [forward, factor, significant(sofar)]))
    }
    const [given, ofGiven] = classifies ? ["z", `, ${equals("p̂", common.probability(Float64Array.of(output.z))[0])}`] : ["ŷ", ""]
    add("output", equals(given, output.z) + ofGiven, equals(`∂L/∂${given}`, output.slope), output.slope)
    for (let k = units.length - 1; k > 0; k--) {
      const {unit, layer: at, z, h, slope} = units[k - 1]
      add("weight", times(units[k].weight), times(units[k].weight), units[k].weight)
      add(`unit ${unit + 1} of layer ${at + 1}`, `${equals("z", z)}, ${equals("h", h)}`, `·\u00a0${equals("φ′(z)", slope)}`, slope)
    }
    rows.push(row("weight chosen", [times(units[0].weight), "", ""]))
    add(inward, significant(input), times(input), input)
    const all = paths === 1 ? "It is the only one: this is the derivative for this point." : `Over all ${paths.toLocaleString("en")} paths from there to the output it is ${significant(derivative)}: the derivative for this point.`
    return [
      element("p", {}, `Point ${nameOf(data, point)}, loss ${significant(loss)}:`),
      table(["", "forward ↓", "backward ↑", "product ↑"].map((head) => head.replace(" ", "\u00a0")), rows.toReversed(), {ariaLabel: "The chain rule along one path"}),
      element("p", {}, `Along this path ∂L/∂w = ${significant(product)}. ${all}`),
    ]
  },

  /** The size of each layer's gradient. */
  layers({state, common, measured}) {
    const layers = layersOf(/** @type {Network} */ (state.model).sizes)
    const gradient = measured?.gradient ?? new Float64Array(state.theta.length)
    const [low, high] = DECADES
    const rows = layers.map(({inputs, units, b, w}, k) => {
      const norm = common.norm(gradient.slice(b, w + inputs * units))
      const share = Math.min(Math.max((Math.log10(norm) - low) / (high - low), 0), 1)
      const bar = element("i", {})
      bar.style.width = `${Number.isFinite(share) ? 100 * share : 0}%`
      return row(k === layers.length - 1 ? "output" : `layer ${k + 1}`, [element("span", {className: "bar"}, bar), significant(norm)])
    })
    return [table(["", "10⁻⁸ to 10², a line for each power", "|∇L|"], rows, {ariaLabel: "The gradient's size by layer"})]
  },
}
