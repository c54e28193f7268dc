// A lesson as Python scripts with the numbers that are on the screen: from scratch, and with the library. Pure functions:
// all text comes from the pieces that app/code.py makes, all else is a number.

import {OWN} from "./models.js"
import {namesIn, parse} from "./parsing.js"
import {partOf} from "./own_table.js"
import {columns} from "./points.js"
import {call, expression, layers, list, matrix, number, renamed, vector, whole} from "./python.js"

const WRITTEN = "from dl_workshop.written import written_optimizer"
const SHUFFLING = "from dl_workshop.random import SPLIT, key, permutation  # the lesson's shuffling, not from scratch"
const PLAIN = ["x1", "x2"] // the inputs of a network that are the coordinates themselves

/**
 * @typedef {import("./state.js").Part} Part
 * @typedef {import("./parsing.js").Expression} Expression
 *
 * @typedef {object} Shown what a script is made of; the state of a lesson is one
 * @property {Record<string, any>} settings
 * @property {import("./models.js").Spec} model
 * @property {Float64Array} start where a run starts: theta, flat
 * @property {{train: Part, test: Part | null, inputs: number, shown?: Part, at?: Float64Array, testAt?: Float64Array}} data
 *   examples; `shown` are those of a lesson with one input before x is standardised, `at` and `testAt` the coordinates of a
 *   network's examples where there are two of them
 * @property {{divergedAt: number | null} | null} [run]
 * @property {boolean} [stale] whether the run is not the one that the settings would give
 * @property {import("./parsing.js").Language} [language] of what the learner has written, where there is something
 * @property {Float64Array | null} [drawn] a network's theta as it is drawn; without it a script carries the start's numbers
 *
 * @typedef {object} LossPiece
 * @property {string} label
 * @property {string} code the function of the loss's name, and what it needs
 * @property {string} prediction what it takes beside y
 * @property {string[]} [names] of one to be written: what its formula can use
 * @property {string} [task] the same: what it is for
 *
 * @typedef {object} OptimizerPiece
 * @property {string} label
 * @property {string[]} hyperparameters
 * @property {boolean} hessian whether it takes all data at every step
 * @property {string[]} state names of what it remembers
 * @property {string} begin what these are at first
 * @property {string} update the body of a step
 * @property {string} before what is defined before it
 * @property {{names: string[], zeros: string, called: Record<string, string>, layers: boolean}} [own] of one to be written: what its
 *   formulas can use, what m and v are at first, what the script calls theta and g, and whether theta is a list of layers
 * @property {string} [library] the same, once it is written: the line that makes it with the library
 *
 * @typedef {object} Pieces as app/code.py makes them for one lesson
 * @property {string} title
 * @property {"one_input" | "network" | "descent"} kind
 * @property {string} shown what the scripts are, in sentences
 * @property {number} mostExamples
 * @property {number} mostWeights
 * @property {{scratch: string, library: string}} templates
 * @property {Record<string, OptimizerPiece>} optimizers
 * @property {Record<string, {label: string, code: string}>} [functions] of one number; all that follows is of lessons with data
 * @property {Record<string, LossPiece>} [losses]
 * @property {any} [model] `code`; with one input `name`, `label` and `names` of theta, for networks `features`
 * @property {{label: string, code: string, names: string[], task: string}} [ownModel] one to be written: what its parameters are
 *   called, and what it is for
 * @property {Record<string, {function: string, settings: string[], chosen: Record<string, string>}>} [recipes] one input
 * @property {Record<string, {label: string, code: string, scheme: string}>} [activations] this and the following: networks
 * @property {string[]} [schemes]
 * @property {Record<string, string>} [features]
 * @property {Record<string, {label: string, code: string}>} [penalties]
 * @property {string} [penalised]
 * @property {Record<string, string>} [splits] of measured examples, by the task
 * @property {Record<string, {label: string, inputs: number, task: string, real: {loader: string, load: string, own?: string} | null}>} [datasets]
 *
 * @typedef {object} Parts what the two kinds of lessons put into the templates
 * @property {string[]} imports of the script from scratch
 * @property {string} what the data are
 * @property {string} data
 * @property {string} label of the model
 * @property {string} model
 * @property {string} penalty
 * @property {string} start theta, from scratch
 * @property {string[]} libraryImports
 * @property {string} libraryData
 * @property {string} libraryStart theta, with the library
 * @property {string[]} trained the arguments of `train` behind theta, up to those of the optimizer
 */

/**
 * The lesson as two Python scripts, both with the final loss of the run.
 * @param {Pieces} pieces
 * @param {Shown} state
 * @returns {{scratch: string, library: string}}
 */
export function script(pieces, state) {
  return pieces.kind === "descent" ? descentScript(pieces, state) : learningScript(pieces, state)
}

/** The optimizer; one that the learner has written with its formulas. @param {Pieces} pieces @param {Shown} state @returns {OptimizerPiece} */
function ruleOf({optimizers}, {settings, language}) {
  const rule = entry(optimizers, settings.optimizer)
  if (rule.own === undefined) {
    return rule
  }
  const {names, zeros, called, layers: layered} = rule.own
  const texts = {theta: settings.own_optimizer, m: settings.own_m, v: settings.own_v}
  const trees = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, read(text, names, language)]))
  const used = new Set(["theta", "m", "v"].reduce((found) => [...found, ...found.flatMap((name) => (name in trees ? [...namesIn(trees[name])] : []))], ["theta"]))
  const state = ["t", "m", "v"].filter((name) => used.has(name))
  const made = layered ? inLayers(trees, state, binds(language), called) : inOne(trees, state, binds(language), called)
  const remembered = ["m", "v"].filter((name) => used.has(name)).map((name) => `${name}=${JSON.stringify(/** @type {any} */ (texts)[name])}`)
  return {
    ...rule, state,
    begin: state.map((name) => `${name} = ${name === "t" ? "0" : zeros}`).join("\n"),
    update: made.map((line) => (line === "" ? "" : `    ${line}`)).join("\n"),
    library: call("optimizer = written_optimizer", [JSON.stringify(texts.theta), ...remembered]),
  }
}

/** The body of a step of an optimizer that was written, for a theta that is one array or one number. @param {Record<string, Expression>} trees @param {string[]} state what it remembers @param {Record<string, number>} signs how strongly they bind @param {Record<string, string>} called */
function inOne(trees, state, signs, called) {
  const of = (/** @type {string} */ name) => expression(renamed(trees[name], called), signs)
  const lines = state.map((name) => (name === "t" ? "t = t + 1" : `${name} = ${of(name)}`))
  return [...lines, `return ${[of("theta"), ...state].join(", ")}`]
}

/** The same for a list of layers. @param {Record<string, Expression>} trees @param {string[]} state @param {Record<string, number>} signs @param {Record<string, string>} called */
function inLayers(trees, state, signs, called) {
  const over = (/** @type {string} */ name) => {
    const found = ["theta", "g", "m", "v"].filter((one) => namesIn(trees[name]).has(one))
    return found.length === 0 ? [name] : found
  }
  const given = (/** @type {string} */ name) => over(name).map((one) => called[one] ?? one).join(", ")
  const of = (/** @type {string} */ name) => expression(trees[name], signs)
  const lines = state.map((name) => (name === "t" ? "t = t + 1" : `${name} = jax.tree.map(lambda ${over(name).join(", ")}: ${of(name)}, ${given(name)})`))
  return [...lines, "", `def moved(${over("theta").join(", ")}):`, `    return ${of("theta")}`, "", `return ${[`jax.tree.map(moved, ${given("theta")})`, ...state].join(", ")}`]
}

/** What scripts say of the optimizer, and how many steps it makes: a run that diverged ends before it does. @param {OptimizerPiece} rule @param {Shown} state */
function optimizerTexts(rule, {settings, run, stale}) {
  const divergedAt = stale ? null : (run?.divergedAt ?? null)
  const steps = whole(divergedAt === null ? settings.n_steps : divergedAt - 1)
  const given = rule.hyperparameters.map((name) => number(settings[name]))
  const stepSize = `step_size = ${number(settings.step_size)}`
  const nSteps = `n_steps = ${steps}${divergedAt === null ? "" : `  # of ${whole(settings.n_steps)}: the next one diverges`}`
  const hyperparameters = given.length === 0 ? [] : [`${rule.hyperparameters.join(", ")} = ${given.join(", ")}`]
  const numbers = [stepSize, ...hyperparameters, nSteps].join("\n")
  return {stepSize, steps, nSteps, scratch: {before: rule.before, optimizer_label: rule.label, numbers, update: rule.update, n_steps: steps}}
}

/** @param {Pieces} pieces @param {Shown} state @returns {{scratch: string, library: string}} */
function descentScript(pieces, state) {
  const {title, templates, functions} = pieces
  const {settings, start: [w]} = state
  const {label, code} = entry(functions, settings.loss)
  const rule = ruleOf(pieces, state)
  const {stepSize, steps, nSteps, scratch: optimizer} = optimizerTexts(rule, state)
  const carried = ["w", ...rule.state].join(", ")
  const needsNumpy = /\bjnp\./.test(code + rule.update)
  const scratch = fill(templates.scratch, {
    title,
    imports: ["import jax", ...(needsNumpy ? ["import jax.numpy as jnp"] : [])].join("\n"),
    label,
    function: code,
    ...optimizer,
    carried,
    start: [`w = ${number(w)}`, rule.begin].filter((text) => text !== "").join("\n"),
    loop: `for _ in range(n_steps):\n    ${carried} = step(${carried})`,
    told: 'print("f(w):", f(w))',
  })
  const named = rule.hyperparameters.map((name) => `"${name}": ${number(settings[name])}`)
  const library = fill(templates.library, {
    title,
    imports: sorted(["import jax", "import jax.numpy as jnp", "from dl_workshop.functions import FUNCTIONS", rule.library === undefined ? "from dl_workshop.optimizers import OPTIMIZERS" : WRITTEN]),
    name: settings.loss,
    optimizer: rule.library ?? `optimizer = OPTIMIZERS["${settings.optimizer}"]`,
    numbers: [stepSize, ...(named.length === 0 ? [] : [`hyperparameters = {${named.join(", ")}}`]), nSteps].join("\n"),
    step: call("optimizer.step", ["theta", "gradient", "state", "step_size", named.length === 0 ? "{}" : "hyperparameters", ...(rule.hessian ? ["jax.hessian(f)(theta)"] : [])]),
    n_steps: steps,
    w: number(w),
    told: 'print("f(w):", f(theta))',
  })
  return {scratch, library}
}

/** @param {Pieces} pieces @param {Shown} state @returns {{scratch: string, library: string}} */
function learningScript(pieces, state) {
  const {settings, data} = state
  const parts = pieces.kind === "network" ? networkParts(pieces, state) : oneInputParts(pieces, state)
  const lossPiece = entry(pieces.losses, settings.loss)
  const rule = ruleOf(pieces, state)
  const n = data.train.y.length
  const batched = !rule.hessian && settings.batch_size > 0 && settings.batch_size < n
  const {scratch: optimizer} = optimizerTexts(rule, state)
  const carried = ["theta", ...rule.state].join(", ")
  const seen = batched ? "x[batch], y[batch]" : "x, y"
  const batches = `batch_indices(seed=${whole(settings.seed)}, n=${n}, batch_size=${whole(settings.batch_size)}, n_steps=n_steps)`
  const imports = ["import jax", "import jax.numpy as jnp", ...parts.imports]
  if (batched) {
    imports.push("from dl_workshop.batches import batch_indices  # the lesson's shuffling, not from scratch")
  }
  const scratch = fill(pieces.templates.scratch, {
    title: pieces.title,
    imports: sorted(imports),
    what: parts.what,
    data: parts.data,
    model_label: parts.label,
    model: parts.model,
    loss_label: lossPiece.label,
    loss: lossPiece.names === undefined ? lossPiece.code : fill(lossPiece.code, {formula: written(lossPiece.names, state)}),
    loss_name: settings.loss,
    prediction: lossPiece.prediction,
    penalty: parts.penalty,
    minimised: parts.penalty === "" ? "loss" : "minimised",
    ...optimizer,
    carried,
    start: [parts.start, rule.begin].filter((text) => text !== "").join("\n"),
    loop: `for ${batched ? "batch" : "_"} in ${batched ? batches : "range(n_steps)"}:\n    ${carried} = step(${carried}, ${seen})`,
    told: told("loss(theta, x, y)", data.test === null ? null : "loss(theta, x_test, y_test)"),
  })
  const library = fill(pieces.templates.library, {
    title: pieces.title,
    imports: sorted(["import jax", "from dl_workshop.training import train", ...parts.libraryImports, ...(rule.library === undefined ? [] : [WRITTEN])]),
    data: parts.libraryData,
    start: [parts.libraryStart, rule.library ?? ""].filter((text) => text !== "").join("\n"),
    run: call("run = train", [
      "theta",
      ...parts.trained,
      `optimizer=${rule.library === undefined ? `"${settings.optimizer}"` : "optimizer"}`,
      `step_size=${number(settings.step_size)}`,
      ...rule.hyperparameters.map((name) => `${name}=${number(settings[name])}`),
      `n_steps=${whole(settings.n_steps)}`,
      ...(batched ? [`batch_size=${whole(settings.batch_size)}`, `seed=${whole(settings.seed)}`] : []),
    ]),
    told: told("run.loss[-1]", data.test === null ? null : "run.test_loss[-1]"),
  })
  return {scratch, library}
}

/** The loss that the learner has written, in Python with jnp. @param {string[]} names @param {Shown} state */
const written = (names, {settings, language}) => expression(read(settings.own_loss, names, language), binds(language))

/** What the learner has written, as a tree. @param {string} text @param {string[]} names @param {Shown["language"]} language */
function read(text, names, language) {
  if (language === undefined) {
    throw new RangeError("a formula cannot be read without its language")
  }
  return parse(text, names, language)
}

/** How strongly signs bind. @param {Shown["language"]} language */
const binds = (language) => language?.grammar.binds ?? {}

/** @param {string} loss @param {string | null} testLoss */
function told(loss, testLoss) {
  return [`print("loss:", ${loss})`, ...(testLoss === null ? [] : [`print("test loss:", ${testLoss})`])].join("\n")
}

/** The model with one input; one that the learner has written with its formula. @param {Pieces} pieces @param {Shown} state @returns {{name: string, label: string, names: string[], code: string, library?: string}} */
function modelPiece({model, ownModel}, {settings, start, language}) {
  if (settings.model !== OWN || ownModel === undefined) {
    return model
  }
  const names = ownModel.names.slice(0, start.length)
  const formula = expression(read(settings.own_model, ["x", ...names], language), binds(language))
  return {...ownModel, name: OWN, names, code: fill(ownModel.code, {names: names.join(", "), formula}), library: `written_model(${JSON.stringify(settings.own_model)}, "${ownModel.task}")`}
}

/** @param {Pieces} pieces @param {Shown} state @returns {Parts} */
function oneInputParts(pieces, state) {
  const {losses} = pieces
  const {settings, start, data: {shown, train}} = state
  const model = modelPiece(pieces, state)
  const {task, names: own} = entry(losses, settings.loss)
  const examples = (settings.points.length > 0 ? ownExamples : drawnExamples)(pieces, settings, shown ?? train)
  const {standardise} = settings
  const theta = `[${Array.from(start, number).join(", ")}]`
  const named = `# ${model.names.join(", ")}`
  const imported = [...(model.library === undefined ? [] : ["written_model"]), ...(own ? ["written_loss"] : [])]
  return {
    imports: examples.imports,
    what: `${examples.what}${standardise ? ", x standardised" : ""}`,
    data: `${examples.data}${standardise ? "\nx = (x - x.mean()) / (x.std() or 1.0)" : ""}`,
    label: model.label,
    model: model.code,
    penalty: "",
    start: `theta = jnp.array(${theta})  ${named}`,
    libraryImports: [
      ...examples.libraryImports,
      `from dl_workshop.data import ${[...(standardise || examples.dataset ? ["Dataset"] : []), ...(examples.simulate === null ? [] : [examples.simulate])].join(", ")}`,
      ...(standardise ? ["from dl_workshop.scaling import standardised"] : []),
      ...imported.map((name) => `from dl_workshop.written import ${name}`),
    ],
    libraryData: `${examples.libraryData}${standardise ? "\ndata = Dataset(standardised(data.x)[0], data.y)" : ""}`,
    libraryStart: `theta = ${theta}  ${named}`,
    trained: [model.library ?? `"${model.name}"`, own ? `written_loss(${JSON.stringify(settings.own_loss)}, "${task}")` : `"${settings.loss}"`, "data"],
  }
}

/**
 * @typedef {object} Examples how two scripts come by x and y
 * @property {string} what
 * @property {string[]} imports
 * @property {string} data
 * @property {string[]} libraryImports
 * @property {string | null} simulate the function of the library that draws them, if one does
 * @property {boolean} dataset whether the library's script makes a `Dataset`
 * @property {string} libraryData
 */

/** Whether y is a class. @param {Pieces} pieces @param {Record<string, any>} settings */
const classifies = ({losses}, {loss}) => entry(losses, loss).prediction === "logits"

/** @param {Pieces} pieces @param {Record<string, any>} settings @param {Part} shown @returns {Examples} */
function drawnExamples(pieces, settings, {x, y}) {
  const {function: simulate, settings: names, chosen} = entry(pieces.recipes, settings.recipe ?? Object.keys(pieces.recipes ?? {})[0])
  const given = names.map((name) => `${name}=${name === "seed" || name === "n" ? whole(settings[name]) : number(settings[name])}`)
  const simulation = [...given, ...Object.entries(chosen).map(([name, value]) => `${name}="${value}"`)]
  const n = y.length
  const written = n <= pieces.mostExamples
  return {
    what: `${n} examples`,
    imports: written ? [] : [`from dl_workshop.data import ${simulate}  # too many numbers to stand here`],
    data: written
      ? `x = jnp.linspace(${number(x[0])}, ${number(x[n - 1])}, ${n})\ny = ${vector(y, classifies(pieces, settings))}`
      : call(`x, y = ${simulate}`, simulation),
    libraryImports: [],
    simulate,
    dataset: false,
    libraryData: call(`data = ${simulate}`, simulation),
  }
}

/** @param {Pieces} pieces @param {Record<string, any>} settings @returns {Examples} */
function ownExamples(pieces, settings) {
  const {x, y} = columns(settings.points)
  const written = y.length <= pieces.mostExamples
  const data = written
    ? `x = ${vector(x, false)}\ny = ${vector(y, classifies(pieces, settings))}`
    : `# the file that Save data makes\nx, y = np.loadtxt("${pieces.model.name}-data.csv", delimiter=",", skiprows=1, unpack=True)`
  return {
    what: `${y.length} examples of your own`,
    imports: written ? [] : ["import numpy as np"],
    data,
    libraryImports: [written ? "import jax.numpy as jnp" : "import numpy as np"],
    simulate: null,
    dataset: true,
    libraryData: `${data}\ndata = Dataset(x, y)`,
  }
}

/** @param {Pieces} pieces @param {Shown} state @returns {Parts} */
function networkParts(pieces, {settings, model: spec, start, data, drawn}) {
  const {sizes} = /** @type {import("./models.js").Network} */ (spec)
  const {label, inputs, task, real} = settings.dataset === OWN ? ownDataset(settings.table, pieces.mostExamples) : entry(pieces.datasets, settings.dataset)
  const activation = entry(pieces.activations, settings.activation)
  const features = inputs === 2 ? settings.features.map((/** @type {string} */ name) => entry(pieces.features, name)) : []
  const expanded = inputs === 2 && settings.features.join() !== PLAIN.join()
  const test = /** @type {Part} */ (data.test)
  const n = data.train.y.length + test.y.length
  const written = real === null && n <= pieces.mostExamples
  const asDrawn = drawn != null && drawn.length === start.length && start.every((value, k) => value === drawn[k])
  const short = start.length <= pieces.mostWeights || !asDrawn
  const shape = `(${sizes.map(whole).join(", ")})`
  const scheme = settings.scheme === "" ? activation.scheme : settings.scheme
  if (!pieces.schemes?.includes(scheme)) {
    throw new RangeError(`no scheme is called ${scheme}`)
  }
  const random = `mlp_init(${shape}, "${settings.activation}", key=${whole(settings.weights_seed)}, scheme="${scheme}")`
  const seed = whole(settings.seed)
  const share = number(settings.train_share)
  const made = real === null ? [`seed=${seed}`, `n=${n}`, `noise=${number(settings.noise)}`] : [`seed=${seed}`]
  const own = real?.own ?? null
  const simulation = [...(own === null ? [`"${settings.dataset}"`] : ["x", "y", `"${task}"`]), ...made, `train_share=${share}`]
  const simulate = own === null ? "simulate_split" : "split_examples"
  const penalty = settings.penalty === "none" ? null : entry(pieces.penalties, settings.penalty)
  const strength = number(settings.penalty_strength)

  const imports = short ? [] : ["from dl_workshop.models import mlp_init  # too many weights to stand here"]
  let examples
  if (real !== null) {
    imports.push(
      "import numpy as np",
      ...(own === null ? [`from sklearn.datasets import ${real.loader}`] : []),
      SHUFFLING,
    )
    examples = `${real.load}\n${fill(entry(pieces.splits, task), {seed, share})}`
  } else if (written) {
    const named = /** @type {const} */ ([["", data.train, data.at], ["_test", test, data.testAt]])
    examples = named.map(([suffix, part, at]) => `x${suffix} = ${matrix(inputs === 2 ? (at ?? part.x) : part.x, inputs)}\ny${suffix} = ${vector(part.y, task === "classification")}`).join("\n")
  } else {
    imports.push("from dl_workshop.toy_data import simulate_split  # too many numbers to stand here")
    examples = `${call("split = simulate_split", simulation)}\n(x, y), (x_test, y_test) = split.train, split.test`
  }
  const parts = ["split.train", "split.test"]
  const chosen = `(${settings.features.map((/** @type {string} */ name) => `"${name}"`).join(", ")}${settings.features.length === 1 ? "," : ""})`
  const names = expanded ? ["data", "test"] : parts
  return {
    imports,
    what: `${label}, ${data.train.y.length} examples to train on and ${test.y.length} to test with`,
    data: examples,
    label: `Neural network, ${sizes.join(" → ")}, ${activation.label}`,
    model: (expanded ? fill(pieces.model.features, {features: features.join(", ")}) : "") + fill(pieces.model.code, {inputs: expanded ? "features(x)" : "x", activation: activation.code}),
    penalty: penalty === null ? "" : fill(/** @type {string} */ (pieces.penalised), {label: penalty.label, function: fill(penalty.code, {strength})}),
    start: `theta = ${short ? layers(start, sizes) : random}`,
    libraryImports: [
      `from dl_workshop.models import ${asDrawn ? "mlp, mlp_init" : "mlp"}`,
      ...(asDrawn ? [] : ["from dl_workshop.parameters import unflatten"]),
      `from dl_workshop.toy_data import ${expanded ? `expand, ${simulate}` : simulate}`,
      ...(own === null ? [] : ["import numpy as np"]),
      ...(expanded ? ["from dl_workshop.data import Dataset"] : []),
    ],
    libraryData: [
      ...(own === null ? [] : [own]),
      call(`split = ${simulate}`, simulation),
      ...(expanded ? parts.map((part, k) => call(`${names[k]} = Dataset`, [`expand(${part}.x, ${chosen})`, `${part}.y`])) : []),
    ].join("\n"),
    libraryStart: [
      `network = mlp(${shape}, "${settings.activation}")`,
      `theta = ${asDrawn ? random : `unflatten(network, ${list(Array.from(start, number), "")})`}`,
    ].join("\n"),
    trained: [
      "network",
      `"${settings.loss}"`,
      names[0],
      `test=${names[1]}`,
      ...(penalty === null ? [] : [`penalty="${settings.penalty}"`, `penalty_strength=${strength}`]),
    ],
  }
}

/** The learner's own table, as the real sets are described. @param {import("./own_table.js").OwnTable} table @param {number} mostExamples @returns {{label: string, inputs: number, task: string, real: {loader: string, load: string, own: string}}} */
function ownDataset(table, mostExamples) {
  const {x, y} = partOf(table)
  const inputs = table.columns.length
  const load =
    y.length * inputs <= 2 * mostExamples
      ? `x = ${matrix(x, inputs, "np")}\ny = ${vector(y, table.classes.length > 0, "np")}`
      : `# the file that Save data makes\n*x, y = np.loadtxt("network-data.csv", delimiter=",", skiprows=1, unpack=True)\nx = np.column_stack(x)`
  return {label: "Own data", inputs, task: table.classes.length > 0 ? "classification" : "regression", real: {loader: "", load, own: load}}
}

/** A row of a table that comes with the lesson. @template T @param {Record<string, T> | undefined} table @param {string} name */
function entry(table, name) {
  if (table === undefined || !Object.hasOwn(table, name)) {
    throw new RangeError(`nothing is called ${name}: choose one of ${Object.keys(table ?? {}).join(", ")}`)
  }
  return table[name]
}

/** A template with its places filled in. @param {string} template @param {Record<string, string>} values */
function fill(template, values) {
  return template.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, bare) => entry(values, braced ?? bare))
}

/** Imports in the order of Python's formatters, what comes from one module on one line. @param {string[]} lines */
function sorted(lines) {
  /** @type {Record<string, string[]>} */
  const modules = {}
  for (const line of lines) {
    const [from, names] = line.split(" import ")
    modules[from] = [...(modules[from] ?? []), ...(names === undefined ? [] : [names])]
  }
  const key = (/** @type {string} */ from) => (from.startsWith("import ") ? "0" : "1") + from.split(" ")[1]
  const order = Object.keys(modules).toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
  return order.map((from) => (modules[from].length === 0 ? from : `${from} import ${modules[from].toSorted().join(", ")}`)).join("\n")
}

/**
 * A script as a Jupyter notebook (nbformat 4.5): a cell for each comment that has a blank line before it.
 * @param {string} text
 * @returns {string}
 */
export function notebook(text) {
  const parts = text.trimEnd().split(/\n\n+(?=# )/)
  const cells = parts.map((part, k) => {
    const lines = part.trimEnd().split(/(?<=\n)/)
    const common = {id: `cell-${k + 1}`, metadata: {}, source: lines}
    const said = lines.every((line) => /^#|^\s*$/.test(line))
    return said ? {cell_type: "markdown", ...common} : {cell_type: "code", execution_count: null, outputs: [], ...common}
  })
  const metadata = {kernelspec: {display_name: "Python 3", language: "python", name: "python3"}, language_info: {name: "python"}}
  return `${JSON.stringify({cells, metadata, nbformat: 4, nbformat_minor: 5}, null, 1)}\n`
}
