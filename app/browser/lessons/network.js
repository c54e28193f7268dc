// The lesson on networks of any shape: their parameters are one vector; what is drawn is computed from it at every frame.

import {chainOf} from "../chain.js"
import {numbers} from "../files.js"
import {Decision, gridPlace, SIDE} from "../figures/decision.js"
import {Diagram} from "../figures/diagram.js"
import {Metrics} from "../figures/metrics.js"
import {setting as settingText} from "../format.js"
import {countOf, hasConnection, inputNames, layersOf, unflatten, weightAt} from "../models.js"
import {networkPage} from "../page.js"
import {parameterPlane} from "../planes.js"
import {any} from "../state.js"
import {aroundPath} from "./one_input.js"

const GRID = 61 // points along each side of the loss surface
const PLAYING_GRID = 31 // of the one that follows a run
const SNAPSHOTS = 400 // steps of a run that are kept
const CHOSEN = "w and b" // the plane of the connection that is chosen

/**
 * @param {any} declaration
 * @param {any} formulas of all networks' data, features and initial weights
 * @param {any} common formulas of all models
 * @returns {import("../lesson.js").Kind}
 */
export function network(declaration, formulas, common) {
  const {datasets, features, losses} = declaration
  /** @type {Record<string, Float64Array>} raw columns and targets of real sets, one after the other */
  const raw = {}

  /** What the network sees of some points. @param {Float64Array} x @param {number} inputs of a point @param {string[]} chosen features */
  function inputsOf(x, inputs, chosen) {
    if (inputs !== 2) {
      return x
    }
    const columns = chosen.map((name) => formulas.features[name](x))
    return Float64Array.from({length: (x.length / 2) * columns.length}, (_, k) => columns[k % columns.length][Math.floor(k / columns.length)])
  }

  /** @param {Record<string, any>} settings @returns {[Float64Array, Float64Array, number]} x, y, and how many are trained on: these come first */
  function examples({dataset, seed, n, noise, train_share: share}) {
    const {inputs, simulated} = datasets[dataset]
    if (simulated) {
      return formulas.split[dataset](seed, Float64Array.from({length: n}, (_, i) => i), noise, share)
    }
    const count = raw[dataset].length / (inputs + 1)
    return formulas.split[dataset](raw[dataset].slice(0, count * inputs), raw[dataset].slice(count * inputs), seed, share)
  }

  /** The weight and bias on the sliders. @param {import("../state.js").State} state @returns {[number, number]} */
  function chosenIndices({model, chosen: {layer, unit, from}}) {
    const shape = layersOf(/** @type {any} */ (model).sizes)[layer]
    return [weightAt(shape, from, unit), shape.b + unit]
  }

  return {
    html: networkPage(declaration),
    seeksBest: false,
    snapshots: SNAPSHOTS,
    preview: 0,
    batchSeed: (settings) => settings.seed,
    penalty: ({penalty, penalty_strength: strength}) => [penalty === "l1" ? strength : 0, penalty === "l2" ? strength : 0],

    missing({dataset}) {
      const there = datasets[dataset].simulated || dataset in raw
      return there ? null : numbers(`data/${dataset}.bin`).then((values) => (raw[dataset] = values))
    },

    data(settings) {
      const {inputs, task, classes, columns} = datasets[settings.dataset]
      const [x, y, trained] = examples(settings)
      const count = y.length
      const part = (/** @type {number} */ from, /** @type {number} */ to) => ({x: x.slice(from * inputs, to * inputs), y: y.slice(from, to)})
      const parts = [part(0, trained), part(trained, count)]
      const directions = inputs > 2 ? common.principalDirections(parts[0].x.subarray(0, inputs), parts[0].x).slice() : null
      const at = parts.map((of) => (directions === null ? of.x : common.coordinates(directions, of.x).slice()))
      const span = 1.05 * at.reduce((most, values) => values.reduce((/** @type {number} */ a, /** @type {number} */ b) => Math.max(a, Math.abs(b)), most), 0)
      const ys = [Math.min(...y), Math.max(...y)]
      const room = 0.25 * (ys[1] - ys[0] || 1)
      const grid = gridOf(span, directions, inputs)
      const seen = (/** @type {Float64Array} */ of) => inputsOf(of, inputs, settings.features)
      return {
        task, inputs, span, grid, classNames: classes, columns,
        train: {x: seen(parts[0].x), y: parts[0].y}, test: {x: seen(parts[1].x), y: parts[1].y},
        gridInputs: seen(grid), at: at[0], testAt: at[1], yEnds: [ys[0] - room, ys[1] + room],
        axes: inputs > 2 ? ["1st principal component", "2nd principal component"] : ["x₁", "x₂"],
        count,
      }
    },

    model(settings, data) {
      const first = data.inputs === 2 ? settings.features.length : data.inputs
      const sizes = [first, ...settings.hidden, 1]
      return {kind: "network", formulas: `formulas/network-${settings.hidden.length}-${settings.activation}.js`, sizes}
    },

    initial({scheme, activation, weights_seed: seed}, {sizes}) {
      const theta = new Float64Array(countOf(sizes))
      const name = scheme || declaration.schemes[activation]
      layersOf(sizes).forEach(({inputs, units, b, w}, layer) => {
        const index = (/** @type {number} */ length) => Float64Array.from({length}, (_, i) => i)
        theta.set(formulas.weights[name](seed, layer, index(inputs * units), inputs, units), w)
        theta.set(formulas.biases[name](seed, layer, index(units)), b)
      })
      return theta
    },

    begins: (before, settings) => before.dataset !== settings.dataset || before.features !== settings.features,

    adjust(settings) {
      const {task, simulated} = datasets[settings.dataset]
      const fits = losses[settings.loss].task === task
      const most = declaration.maxUnits[simulated ? "simulated" : "real"]
      const hidden = settings.hidden.slice(0, declaration.maxLayers).map((/** @type {number} */ units) => Math.min(Math.max(units, 1), most))
      return {
        ...settings,
        loss: fits ? settings.loss : Object.keys(losses).find((name) => losses[name].task === task),
        hidden: hidden.join() === settings.hidden.join() ? settings.hidden : hidden,
      }
    },

    /** The connection that is chosen, if the new network has it. */
    entered({model, chosen}) {
      return hasConnection(/** @type {any} */ (model).sizes, chosen) ? {} : {chosen: {layer: 0, unit: 0, from: 0}}
    },

    thetaIndex: (name, state) => chosenIndices(state)[name === "w" ? 0 : 1],

    firstPlane: "path",

    planes: ({run}) => (run === null ? [] : [["path", "path"], [CHOSEN, CHOSEN]]),

    wanted(state) {
      const {run, made, plane, theta, phase} = state
      if (run !== null && plane !== CHOSEN && (made.complete || state.surface !== null)) {
        return made.complete ? aroundPath(common, run, GRID) : null
      }
      const [i, j] = chosenIndices(state)
      const span = (/** @type {number} */ value) => /** @type {[number, number]} */ ([Math.min(-6, Math.floor(value - 1)), Math.max(6, Math.ceil(value + 1))])
      return {plane: parameterPlane(theta, i, j, ["w", "b"], CHOSEN), u: span(theta[i]), v: span(theta[j]), side: phase === "playing" ? PLAYING_GRID : GRID}
    },

    figures: (lesson) => [networkFigures(lesson)],

    actions: (lesson) => ({
      "new-data": () => lesson.change({seed: next}),
      "new-weights": () => lesson.change({weights_seed: next}),
      "reset-weights": () => {
        const {settings, model, data} = lesson.state
        lesson.runs.byHand(lesson.kind.initial(settings, model, data))
      },
    }),

    draw(lesson, state, changed) {
      if (any(changed, "settings", "data", "model", "chosen", "complaints", "course")) {
        drawSettings(lesson, state)
      }
    },
  }

  /** @param {import("../lesson.js").Lesson} lesson @param {import("../state.js").State} state */
  function drawSettings(lesson, {settings, data, model, chosen: {layer, unit, from}, complaints, course}) {
    const {n, noise, train_share: share, activation, penalty, loss} = settings
    const {simulated, task} = datasets[settings.dataset]
    const labelOf = (/** @type {string} */ name) => lesson.rows[name].options.find((/** @type {[string, string]} */ [, value]) => value === settings[name])[0]
    lesson.write("data-summary", `${simulated ? `${n} points · noise ${settingText(noise, 2)}` : `${data.count} points`} · ${Math.round(share * 100)} % train`)
    const {sizes} = /** @type {any} */ (model)
    lesson.write("architecture", `${sizes.join(sizes.length > 4 ? "→" : " → ")} · ${labelOf("activation")}`) // one line, whatever the network
    lesson.write("loss-summary", penalty === "none" ? "loss function, regularization" : `loss function, ${penalty.toUpperCase()} regularization`)
    lesson.controls.loss.offer(Object.keys(losses).filter((name) => losses[name].task === task))
    lesson.controls.loss.set(loss)
    const layers = layersOf(/** @type {any} */ (model).sizes)
    const names = layer === 0 ? inputNames(features, settings, data) : Array.from({length: layers[layer].inputs}, (_, i) => `unit ${i + 1}`)
    const select = /** @type {HTMLSelectElement} */ (lesson.el.querySelector("[data-choice=from]"))
    select.replaceChildren(...names.map((name, index) => new Option(name, String(index), false, index === from)))
    lesson.write("chosen", layer === layers.length - 1 ? "output" : `unit ${unit + 1} of layer ${layer + 1}`)
    const outputs = declaration.outputs[activation]
    const hidden = outputs === null ? "each hidden unit from blue (below 0) over white to orange, its largest in full colour" : `hidden units from blue (${String(outputs[0]).replace("-", "−")}) to orange (${outputs[1]})`
    lesson.write("scale", `${settings.hidden.length > 0 ? `${hidden}; ` : ""}output as in the figure beside${course ? `; dashed: the connection chosen${layer < layers.length - 1 ? ", dotted: its path in the course" : ""}` : ""}`)
    lesson.write("decision-title", data.inputs === 1 ? "Data and fit" : "Data and decision surface")
    const place = /** @type {HTMLElement} */ (lesson.el.querySelector(".diagram .complaint"))
    place.textContent = complaints.hidden ?? complaints.features ?? ""
    place.hidden = place.textContent === ""
    for (const [name, is] of Object.entries({decision: data.inputs !== 1, curve: data.inputs === 1})) {
      lesson.el.querySelector(`[data-figure=${name}]`)?.toggleAttribute("hidden", !is)
    }
  }

  /** The diagram, the decision surface and the metrics: all that needs the network's units. */
  function networkFigures(/** @type {import("../lesson.js").Lesson} */ lesson) {
    const decision = new Decision(common)
    const metrics = new Metrics(common, /** @type {HTMLElement} */ (lesson.el.querySelector(".card.metrics")))
    const diagram = new Diagram(/** @type {HTMLElement} */ (lesson.el.querySelector(".diagram")), declaration.colors, {
      onChoose: ({layer, unit, from}) => {
        const {chosen} = lesson.state
        const same = layer === chosen.layer && unit === chosen.unit
        lesson.store.set({chosen: {layer, unit, from: from >= 0 ? from : same ? chosen.from : 0}})
      },
      onFeature: (name) => toggleFeature(name),
      onHidden: (change) => lesson.change({hidden: change}),
    })
    lesson.el.querySelector("[data-choice=from]")?.addEventListener("change", (/** @type {any} */ event) =>
      lesson.store.set({chosen: {...lesson.state.chosen, from: Number(event.target.value)}}),
    )
    let seen = /** @type {any} */ (null)

    /** @param {string} name */
    function toggleFeature(name) {
      const toggled = (/** @type {string[]} */ on) => Object.keys(features).filter((feature) => on.includes(feature) !== (feature === name))
      if (toggled(lesson.state.settings.features).length === 0) {
        lesson.store.set({complaints: {features: "The network needs at least one input: switch one on."}})
      } else {
        lesson.change({features: toggled})
      }
    }

    return {
      /** @param {import("../state.js").State} state @param {Set<string>} changed */
      prepare(state, changed) {
        const {model, settings, data, theta, chosen} = state
        const layers = layersOf(/** @type {any} */ (model).sizes)
        if (any(changed, "model", "data")) {
          const switches = data.inputs !== 2 ? null : Object.entries(features).map(([name, label]) => ({name, label, on: settings.features.includes(name)}))
          const {maxLayers, maxUnits} = declaration
          const most = maxUnits[datasets[settings.dataset].simulated ? "simulated" : "real"]
          diagram.build({sizes: /** @type {any} */ (model).sizes, features: switches, inputNames: inputNames(features, settings, data), layers, hidden: settings.hidden, maxLayers, maxUnits: most})
          paintInputs(data)
        }
        if (any(changed, "model", "data", "theta", "chosen", "course")) {
          const of = lesson.modules[model.formulas]
          const layered = unflatten(theta, layers)
          const [train, test] = [data.train, data.test].map(({x}) => of.units(layered, x).at(-1).slice())
          const over = of.units(layered, data.gridInputs)
          seen = {over: over.at(-1).slice(), train, test}
          const path = state.course ? chainOf(lesson, train).units.map(({unit}) => unit) : []
          diagram.paint(theta, chosen, path, scaled(over, data, declaration.outputs[settings.activation], layers), data.inputs === 1)
        }
        metrics.draw(state, changed, seen)
      },
      /** @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {Set<string>} changed */
      draw(plots, state, changed) {
        decision.draw(plots, state, changed, seen)
      },
    }

    /** What the inputs look like over the plane: as the data, whatever the network. @param {any} data */
    function paintInputs({inputs, grid}) {
      if (inputs > 2) {
        return
      }
      const columns = inputs === 1 ? [grid] : Object.keys(features).map((name) => formulas.features[name](grid))
      const all = Float64Array.from({length: columns.length * columns[0].length}, (_, k) => columns[k % columns.length][Math.floor(k / columns.length)])
      diagram.paintColumn(0, ownScale(all, columns.length), inputs === 1)
    }
  }

  /**
   * The outputs of all units as colours, from -1 to 1: the output unit on the scale of the figure beside.
   * @param {Float64Array[]} over outputs over the grid, by layer
   * @param {any} data
   * @param {[number, number] | null} ends of what a hidden unit gives
   * @param {import("../models.js").Layer[]} layers
   */
  function scaled(over, {task, yEnds}, ends, layers) {
    return over.map((values, k) => {
      if (k < over.length - 1) {
        return ends === null ? ownScale(values, layers[k].units) : between(values, ends)
      }
      return task === "classification" ? between(common.probability(values), [0, 1]) : between(values, yEnds)
    })
  }
}

/** The seed after this one. @param {number} seed */
function next(seed) {
  return (seed + 1) % 1000
}

/** Values as shares from -1 at one end to 1 at the other. @param {Float64Array} values @param {[number, number]} ends */
function between(values, [low, high]) {
  return values.map((value) => (2 * (value - low)) / (high - low) - 1)
}

/** Each unit's values so that its largest is 1 or -1. @param {Float64Array} values unit after unit for each point @param {number} units */
function ownScale(values, units) {
  const largest = new Float64Array(units).fill(1e-9)
  values.forEach((value, k) => (largest[k % units] = Math.max(largest[k % units], Math.abs(value))))
  return values.map((value, k) => value / largest[k % units])
}

/** Points of the plane (or line) of the data, row by row, in the data's own columns. @param {number} span half the picture's width @param {Float64Array | null} directions what spans the plane where the data have more columns @param {number} inputs */
function gridOf(span, directions, inputs) {
  if (inputs === 1) {
    return Float64Array.from({length: SIDE}, (_, k) => gridPlace(span, k))
  }
  const grid = new Float64Array(SIDE * SIDE * inputs)
  for (let row = 0, at = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const [u, v] = [gridPlace(span, column), gridPlace(span, row)]
      for (let k = 0; k < inputs; k++, at++) {
        grid[at] = directions === null ? [u, v][k] : u * directions[k] + v * directions[inputs + k]
      }
    }
  }
  return grid
}
