// Figures for a projector: what is enlarged of Bokeh's models, and that all of it comes back.

import assert from "node:assert/strict"
import test from "node:test"

import {enlarge, enlarged} from "../../app/browser/enlarging.js"

/** A model as BokehJS has it, as far as it is needed. */
const model = (type, attributes) => ({type, attributes, setv: (values) => Object.assign(attributes, values)})
const documentOf = (...models) => ({roots: () => [{references: () => models}]})

test("text, widths of lines and sizes of marks are multiplied", () => {
  const were = {major_label_text_font_size: "12px", axis_line_width: 1, size: {value: 6}, line_width: {value: 2}, major_label_standoff: 5}
  assert.deepEqual(enlarged("Scatter", were, 2.5), {
    major_label_text_font_size: "30px", axis_line_width: 2.5, size: {value: 15}, line_width: {value: 5}, major_label_standoff: 13, // whole
  })
})

test("a curve is never thinner than four pixels at twice the size, and its dashes stay in proportion", () => {
  assert.deepEqual(enlarged("Line", {line_width: {value: 1}, line_dash: {value: [2, 3]}}, 2), {line_width: {value: 4}, line_dash: {value: [8, 12]}})
  assert.deepEqual(enlarged("Line", {line_width: 6}, 2), {line_width: 12})
  assert.deepEqual(enlarged("MultiLine", {line_width: 1}, 2), {line_width: 2})
})

test("what has a value of its own for each mark is left to whoever sets these", () => {
  assert.deepEqual(enlarged("Scatter", {size: {field: "size"}}, 2), {size: {field: "size"}})
})

test("twice enlarged is enlarged once, and a factor of one brings everything back", () => {
  const [line, axis, bar] = [model("Line", {line_width: 3, line_color: "red"}), model("LinearAxis", {axis_label_text_font_size: "13px"}), model("ColorBar", {visible: true})]
  const document = documentOf(line, axis, bar)
  enlarge(document, 2)
  enlarge(document, 3)
  assert.deepEqual([line.attributes, axis.attributes, bar.attributes], [{line_width: 9, line_color: "red"}, {axis_label_text_font_size: "39px"}, {visible: false}])
  enlarge(document, 1)
  assert.deepEqual([line.attributes, axis.attributes, bar.attributes], [{line_width: 3, line_color: "red"}, {axis_label_text_font_size: "13px"}, {visible: true}])
})
