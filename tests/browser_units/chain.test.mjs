import assert from "node:assert/strict"
import {test} from "node:test"

import {strongestPath} from "../../app/browser/chain.js"
import {layersOf} from "../../app/browser/models.js"

const layers = layersOf([1, 2, 2, 1])
//                                 b     w     b     w           b  w
const theta = Float64Array.from([0, 0, 1, 1, 0, 0, 3, -2, 1, 5, 0, 1, 1])

test("a path goes where weight times slope is largest in size, and ends at the output", () => {
  assert.deepEqual(strongestPath(theta, layers, [[1, 1], [1, 1]], {layer: 0, unit: 0}), [0, 0, 0])
  assert.deepEqual(strongestPath(theta, layers, [[1, 1], [0.1, 1]], {layer: 0, unit: 0}), [0, 1, 0])
  assert.deepEqual(strongestPath(theta, layers, [[1, 1], [1, 1]], {layer: 0, unit: 1}), [1, 1, 0])
})

test("a path begins at the unit of the connection, and where nothing goes on it is still one", () => {
  assert.deepEqual(strongestPath(theta, layers, [[1, 1], [0, 0]], {layer: 0, unit: 1}), [1, 0, 0])
  assert.deepEqual(strongestPath(theta, layers, [[1, 1], [1, 1]], {layer: 1, unit: 1}), [1, 0])
  assert.deepEqual(strongestPath(theta, layers, [[1, 1], [1, 1]], {layer: 2, unit: 0}), [0])
})
