// The lesson on networks of any shape: their parameters are one vector; what is drawn is computed from it at every frame.

import {chainOf} from "../chain.js"
import {later, laterHasCome, numbers} from "../files.js"
import {Decision, gridPlace, SIDE} from "../figures/decision.js"
import {Diagram} from "../figures/diagram.js"
import {Metrics} from "../figures/metrics.js"
import {setting as settingText, shortened, significant} from "../format.js"
import {countOf, hasConnection, inputNames, layersOf, OWN, unflatten, weightAt} from "../models.js"
import {partOf} from "../own_table.js"
import {networkPage} from "../page.js"
import {parameterPlane} from "../planes.js"
import {saveFile} from "../saving.js"
import {any} from "../state.js"
import {aroundPath} from "./one_input.js"

const GRID = 61 // points along each side of the loss surface
const PLAYING_GRID = 31 // of the one that follows a run
const SNAPSHOTS = 400 // steps of a run that are kept
const AXIS = 30 // characters of a name that stand beside an axis
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

  const standard = declaration.settings.find((/** @type {any} */ {name}) => name === "dataset").default
  /** @type {Promise<import("../opening.js").Opening>} */
  let opening
  let decisionLabel = ""

  /** What the data set of some settings is. @param {Record<string, any>} settings @returns {{task: string, inputs: number, simulated: boolean, classes: string[], columns: string[], own: import("../own_table.js").OwnTable | null}} */
  function describedBy({dataset, table}) {
    if (dataset !== OWN) {
      return {...datasets[dataset], own: null}
    }
    const classes = table.classes.map((/** @type {string} */ name, /** @type {number} */ k) => (name === String(k) ? `class ${k}` : name))
    return {task: classes.length > 0 ? "classification" : "regression", inputs: table.columns.length, simulated: false, classes, columns: table.columns, own: table}
  }

  /** What stands beside the axes of the picture. @param {ReturnType<typeof describedBy>} described @returns {[string, string]} */
  function axesOf({task, inputs, columns, own}) {
    const name = (/** @type {string} */ of) => `${shortened(of, AXIS)}, standardised`
    if (inputs === 1) {
      return own === null ? ["x", "y"] : [name(columns[0]), task === "classification" ? "probability of class 1" : name(own.target)]
    }
    return inputs > 2 ? ["1st principal component", "2nd principal component"] : own === null ? ["x₁", "x₂"] : [`x₁: ${name(columns[0])}`, `x₂: ${name(columns[1])}`]
  }

  /** What the network sees of some points. @param {Float64Array} x @param {number} inputs of a point @param {string[]} chosen features */
  function inputsOf(x, inputs, chosen) {
    if (inputs !== 2) {
      return x
    }
    const columns = chosen.map((name) => formulas.features[name](x))
    return Float64Array.from({length: (x.length / 2) * columns.length}, (_, k) => columns[k % columns.length][Math.floor(k / columns.length)])
  }

  /** @param {Record<string, any>} settings @returns {[Float64Array, Float64Array, number]} x, y, and how many are trained on: these come first */
  function examples(settings) {
    const {dataset, seed, n, noise, train_share: share} = settings
    const {task, inputs, simulated, own} = describedBy(settings)
    if (simulated) {
      return formulas.split[dataset](seed, Float64Array.from({length: n}, (_, i) => i), noise, share)
    }
    const count = own === null ? raw[dataset].length / (inputs + 1) : 0
    const {x, y} = own === null ? {x: raw[dataset].slice(0, count * inputs), y: raw[dataset].slice(count * inputs)} : partOf(own)
    return formulas.splitMeasured[task](x, y, seed, share)
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
      const there = dataset === OWN || datasets[dataset].simulated || dataset in raw
      return there ? null : numbers(`data/${dataset}.bin`).then((values) => (raw[dataset] = values))
    },

    data(settings) {
      const described = describedBy(settings)
      const {inputs, task, classes, columns, own} = described
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
        task, inputs, span, grid, classNames: classes, own, columns: inputs === 1 && own === null ? ["x"] : columns,
        train: {x: seen(parts[0].x), y: parts[0].y}, test: {x: seen(parts[1].x), y: parts[1].y},
        gridInputs: seen(grid), at: at[0], testAt: at[1], yEnds: [ys[0] - room, ys[1] + room],
        axes: axesOf(described), short: inputs > 2 ? ["1st component", "2nd component"] : ["x₁", "x₂"],
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

    begins: (before, settings) => before.dataset !== settings.dataset || before.features !== settings.features || before.table !== settings.table,

    /** Without a table there are no data of one's own. */
    implied(settings, given) {
      const {dataset, table} = {...settings, ...given}
      return dataset !== OWN || table !== null ? {} : {dataset: settings.dataset === OWN ? standard : settings.dataset}
    },

    asks(lesson, name, value) {
      const asks = name === "dataset" && value === OWN && lesson.state.settings.table === null
      asks && lesson.buttons["open-data"].click()
      return asks
    },

    adjust(settings) {
      const {task, simulated} = describedBy(settings)
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

    figures(lesson) {
      decisionLabel = lesson.labels.decision
      opening = laterHasCome.then(({chooseTable, Opening}) => new Opening(lesson, chooseTable(lesson.rows.table), (table) => lesson.change({dataset: OWN, table})))
      return [networkFigures(lesson)]
    },

    actions: (lesson) => ({
      "new-data": () => lesson.change({seed: next}),
      "new-weights": () => lesson.change({weights_seed: next}),
      "reset-weights": () => {
        const {settings, model, data} = lesson.state
        lesson.runs.byHand(lesson.kind.initial(settings, model, data))
      },
      "open-data": () => later().then(async () => (await opening).ask(), () => {}),
      "save-data": () => {
        const {head, rows} = savedData(lesson.state.data)
        later().then(({csvText}) => saveFile("network-data.csv", "text/csv", csvText(head, rows)), () => {})
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
    const {simulated, task, own} = describedBy(settings)
    const labelOf = (/** @type {string} */ name) => lesson.rows[name].options.find((/** @type {[string, string]} */ [, value]) => value === settings[name])[0]
    lesson.write("data-summary", `${simulated ? `${n} points · noise ${settingText(noise, 2)}` : own === null ? `${data.count} points` : `${data.count} points of your own`} · ${Math.round(share * 100)} % train`)
    lesson.texts.standardised.hidden = simulated
    lesson.write("standardised", `Standardised: each input${own !== null && task === "regression" ? ", and the target," : ""} less its mean, in standard deviations, both of the training data.`)
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
    const valued = data.inputs > 1 && task === "regression" // a number over the plane
    const output = valued ? `output and targets: ${significant(data.yEnds[0], 2)} to ${significant(data.yEnds[1], 2)}` : "output as in the figure beside"
    lesson.labels.decision = valued ? "The data, and the network's output as colours." : decisionLabel
    lesson.write("scale", `${settings.hidden.length > 0 ? `${hidden}; ` : ""}${output}${course ? `; dashed: the connection chosen${layer < layers.length - 1 ? ", dotted: its path in the course" : ""}` : ""}`)
    lesson.write("decision-title", data.inputs === 1 ? "Data and fit" : valued ? "Data and output" : "Data and decision surface")
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
          const most = maxUnits[describedBy(settings).simulated ? "simulated" : "real"]
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

/** The data as a table: the learner's own as it was; others with the coordinates of the picture, or what the network sees. @param {any} data */
function savedData({own, inputs, task, columns, train, test, at, testAt}) {
  if (own !== null) {
    const {target, classes, values} = /** @type {import("../own_table.js").OwnTable} */ (own)
    const width = columns.length + 1
    const called = classes.length === 0 || classes.join() === "0,1" ? target : `${target} (0: ${classes[0]}, 1: ${classes[1]})`
    return {head: [...columns, called], rows: Array.from({length: values.length / width}, (_, row) => values.slice(row * width, (row + 1) * width))}
  }
  const rows = [[inputs > 2 ? train.x : at, train.y], [inputs > 2 ? test.x : testAt, test.y]].flatMap(([x, y]) =>
    Array.from(y, (/** @type {number} */ value, /** @type {number} */ row) => [...x.slice(row * inputs, (row + 1) * inputs), value]),
  )
  return {head: [...columns, task === "classification" ? "class" : "y"], rows}
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
