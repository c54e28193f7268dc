import assert from "node:assert/strict"
import {test} from "node:test"

import {notebook, script} from "../../app/browser/code.js"
import {number, whole} from "../../app/browser/python.js"

const pieces = {
  title: "A line",
  kind: "one_input",
  mostExamples: 4,
  mostWeights: 4,
  templates: {
    scratch: "# $title\n\n$imports\n\n# data: $what\n$data\n\n# optimizer: $optimizer_label\n$numbers\n${penalty}$start\n$loop\n$told\n",
    library: "# $title\n\n$imports\n\n# data\n$data\n\n# run\n$start\n$run\n$told\n",
  },
  losses: {mse: {label: "MSE", code: "def mse(y, p): ...", prediction: "y_pred"}},
  optimizers: {
    momentum: {label: "Momentum", hyperparameters: ["momentum"], hessian: false, state: ["velocity"], begin: "velocity = 0", update: "", before: ""},
    newton: {label: "Newton", hyperparameters: [], hessian: true, state: [], begin: "", update: "", before: ""},
  },
  model: {name: "linear", label: "Line", names: ["w", "b"], code: "def model(theta, x): ..."},
  recipes: {line: {function: "simulate_line", settings: ["seed", "n", "noise"], chosen: {}}},
}

function shown(settings = {}, more = {}) {
  const {n = 3} = settings
  const x = Float64Array.from({length: n}, (_, k) => -5 + (10 * k) / (n - 1))
  return {
    settings: {seed: 0, n, noise: 0.1, loss: "mse", optimizer: "momentum", momentum: 0.9, step_size: 0.01, n_steps: 500, batch_size: 0, points: [], standardise: false, ...settings},
    model: {kind: "one_input", formulas: "", count: 2},
    start: Float64Array.of(0, -0.1),
    data: {train: {x, y: x.map((value) => value / 3)}, test: null, inputs: 1},
    ...more,
  }
}

/** A seeded stream of doubles of any size. */
function doubles(count) {
  const bits = new BigUint64Array(1)
  const value = new Float64Array(bits.buffer)
  let state = 42n
  return Array.from({length: count}, () => {
    do {
      state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn
      bits[0] = state ^ (state >> 29n)
    } while (!Number.isFinite(value[0]))
    return value[0]
  })
}

test("floats are written so that reading them gives the very same", () => {
  for (const value of [0, -0, 1, -2, 0.1, 1e21, 1e-7, 5e-324, Number.MAX_VALUE, ...doubles(2000)]) {
    assert.ok(Object.is(Number(number(value)), value), `${value} is written ${number(value)}`)
    assert.match(number(value), /^-?\d+(\.\d+)?(e[+-]\d+)?$/)
  }
  assert.equal(number(2), "2.0")
  assert.equal(number(-0), "-0.0")
  assert.equal(number(1e21), "1e+21")
})

test("what is no number gets into no script", () => {
  for (const value of [NaN, Infinity, "1", "__import__('os')", null, undefined]) {
    assert.throws(() => number(value), RangeError)
    assert.throws(() => whole(value), RangeError)
  }
  assert.throws(() => whole(1.5), RangeError)
  assert.throws(() => script(pieces, shown({n_steps: "5); evil("})), RangeError)
  assert.throws(() => script(pieces, shown({optimizer: "toString"})), /nothing is called toString: choose one of momentum, newton/)
  assert.throws(() => script(pieces, shown({loss: "mse\nimport os"})), RangeError)
})

test("few examples stand in the script, many are drawn by the library", () => {
  const few = script(pieces, shown()).scratch
  assert.match(few, /x = jnp\.linspace\(-5\.0, 5\.0, 3\)\ny = jnp\.array\(\[-1\.6666666666666667, 0\.0, 1\.6666666666666667\]\)/)
  assert.doesNotMatch(few, /dl_workshop/)
  const many = script(pieces, shown({n: 5})).scratch
  assert.match(many, /^from dl_workshop\.data import simulate_line {2}# too many numbers to stand here$/m)
  assert.match(many, /^x, y = simulate_line\(seed=0, n=5, noise=0\.1\)$/m)
})

test("own examples stand in the script, and many are read from the file that holds them", () => {
  const {scratch, library} = script(pieces, shown({points: [1.5, 2, -0.5, 4]}))
  for (const text of [scratch, library]) {
    assert.match(text, /^x = jnp\.array\(\[1\.5, -0\.5\]\)\ny = jnp\.array\(\[2\.0, 4\.0\]\)$/m)
    assert.doesNotMatch(text, /simulate/)
  }
  assert.match(scratch, /^# data: 2 examples of your own$/m)
  const many = script(pieces, shown({points: Array.from({length: 10}, (_, k) => k)})).scratch
  assert.match(many, /^x, y = np\.loadtxt\("linear-data\.csv", delimiter=",", skiprows=1, unpack=True\)$/m)
})

test("the step carries what the optimizer remembers, and sees batches where there are some", () => {
  assert.match(script(pieces, shown()).scratch, /for _ in range\(n_steps\):\n {4}theta, velocity = step\(theta, velocity, x, y\)/)
  const {scratch, library} = script(pieces, shown({batch_size: 2}))
  assert.match(scratch, /for batch in batch_indices\(seed=0, n=3, batch_size=2, n_steps=n_steps\):\n.*x\[batch\], y\[batch\]\)/)
  assert.match(library, /batch_size=2,\n {4}seed=0,/)
  for (const settings of [{batch_size: 3}, {batch_size: 2, optimizer: "newton"}]) {
    assert.doesNotMatch(script(pieces, shown(settings)).scratch, /batch/)
  }
})

test("a run that diverged stops before it does, unless it is not that run any more", () => {
  const run = {divergedAt: 38}
  assert.match(script(pieces, shown({}, {run, stale: false})).scratch, /^n_steps = 37 {2}# of 500: the next one diverges$/m)
  assert.match(script(pieces, shown({}, {run, stale: true})).scratch, /^n_steps = 500$/m)
  assert.match(script(pieces, shown({}, {run, stale: false})).library, /n_steps=500/)
})

test("numbers are wrapped before a line is too long", () => {
  const {scratch} = script({...pieces, mostExamples: 1000}, shown({n: 500}))
  assert.ok(Math.max(...scratch.split("\n").map((line) => line.length)) <= 90)
})

test("a notebook has a cell for each heading, and loses nothing", () => {
  const {scratch} = script(pieces, shown())
  const made = JSON.parse(notebook(scratch))
  assert.equal(made.nbformat, 4)
  assert.equal(made.nbformat_minor, 5)
  assert.equal(made.metadata.kernelspec.name, "python3")
  const sources = made.cells.map(({source}) => source.join(""))
  assert.deepEqual(sources.map((source) => source.split("\n")[0]), ["# A line", "# data: 3 examples", "# optimizer: Momentum"])
  assert.equal(`${sources.join("\n\n")}\n`, scratch)
  assert.equal(new Set(made.cells.map(({id}) => id)).size, made.cells.length)
  for (const {cell_type: kind, source, outputs, execution_count: count} of made.cells) {
    assert.equal(kind, "code")
    assert.deepEqual(outputs, [])
    assert.equal(count, null)
    assert.ok(source.slice(0, -1).every((line) => line.endsWith("\n")))
  }
})

test("a comment alone is a cell of text", () => {
  const {cells} = JSON.parse(notebook("# A title\n\n# data\nx = 1\n"))
  assert.deepEqual(cells.map((cell) => cell.cell_type), ["markdown", "code"])
  assert.ok(!("outputs" in cells[0]))
})
