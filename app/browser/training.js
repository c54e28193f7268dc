// The one loop of training: from a start to the steps of a run. Which steps are kept, when it has diverged: as
// dl_workshop/training.py, whose trajectories it has to the last digits. All formulas are lowered ones.

import {Batches} from "./batches.js"
import {modelOf} from "./models.js"

const DIVERGED = 1e6 // a loss this many times the first one (or 1, where that is more) has diverged
const FIRST = 2 // milliseconds until the first steps are told of
const BETWEEN = 25 // milliseconds from then on

/**
 * @typedef {object} Order what a run is to be
 * @property {import("./models.js").Spec} model
 * @property {string} loss
 * @property {[number, number]} penalty strengths of l1 and l2
 * @property {string} optimizer
 * @property {string} [optimizers] which formulas it is among, where they are not those of all models
 * @property {Record<string, number>} hyperparameters
 * @property {boolean} hessian whether the optimizer needs second derivatives
 * @property {number} stepSize
 * @property {number} steps
 * @property {number} batchSize 0 for all
 * @property {number} seed of the batches
 * @property {Float64Array} theta
 * @property {import("./state.js").Part} train
 * @property {import("./state.js").Part | null} test
 * @property {number} snapshots how many steps' theta are kept at most
 *
 * @typedef {object} Steps some steps of a run, one after the other
 * @property {number} first
 * @property {Float64Array} loss
 * @property {Float64Array} testLoss empty without test data
 * @property {Float64Array} minimised empty without a penalty
 * @property {Float64Array} norm of the gradient on all data; NaN with batches
 * @property {number[]} kept steps
 * @property {Float64Array[]} theta at them
 * @property {boolean} complete
 * @property {number | null} divergedAt
 */

/**
 * The steps to keep: every one at the start, then further and further apart.
 * @param {number} steps
 * @param {number} most
 */
export function snapshotSteps(steps, most) {
  const count = Math.min(most, steps + 1)
  return Array.from({length: count}, (_, k) => Math.max(k, roundedToEven(steps * (k / (count - 1)) ** 2)))
}

/** As NumPy rounds. @param {number} value */
function roundedToEven(value) {
  const up = Math.round(value)
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up
}

/**
 * Trains, and tells of the steps a few at a time.
 * @param {Order} order
 * @param {any} formulas of the model
 * @param {any} common formulas of all models, the optimizer among them
 * @param {() => boolean} read whether what was told has been read
 * @returns {Generator<Steps | null>} null while there is more to do
 */
export function* train(order, formulas, common, read = () => true) {
  const {loss, penalty, stepSize, steps, train, test, hyperparameters} = order
  const model = modelOf(order.model, formulas)
  const {init, step} = common.optimizers[order.optimizer] ?? {init: () => [], step: null}
  const penalised = penalty.some((strength) => strength > 0)
  const inBatches = order.batchSize > 0 && order.batchSize < train.y.length && !order.hessian
  const batches = inBatches ? new Batches(common.permutation, order.seed, train.y.length, order.batchSize) : null
  const whole = batches === null || penalised // what is minimised, and its gradient, are taken on all data
  const alone = (/** @type {Float64Array} */ at) => Array(2).fill(model.loss(loss, at, train.x, train.y))
  const columns = train.x.length / train.y.length
  const batch = {x: new Float64Array(order.batchSize * columns), y: new Float64Array(order.batchSize)}
  const keep = new Set(snapshotSteps(steps, order.snapshots))
  const gradient = new Float64Array(model.count)
  let theta = order.theta.slice()
  let state = copied(init(theta))
  let told = emptySteps(0)
  let lastKept = -1
  let before = theta // of the step before
  let limit = Infinity
  let due = performance.now() + FIRST
  for (let t = 0; t <= steps; t++) {
    const [minimised, bare] = whole ? model.evaluate(loss, theta, train.x, train.y, penalty, gradient) : alone(theta)
    const testLoss = test === null ? 0 : model.loss(loss, theta, test.x, test.y)
    limit = t === 0 ? DIVERGED * Math.max(minimised, 1) : limit
    const lost = !(minimised <= limit) || !Number.isFinite(testLoss) || !allFinite(theta) || (whole && !allFinite(gradient))
    if (lost) {
      if (t > 0 && lastKept !== t - 1) {
        told.kept.push(t - 1) // the end of the run
        told.theta.push(before)
      }
      yield finished(told, penalised, test !== null, true, t)
      return
    }
    told.values.push(bare, testLoss, minimised, batches === null ? common.norm(gradient) : NaN)
    if (keep.has(t)) {
      told.kept.push(t)
      told.theta.push(theta) // a step makes another, and leaves this one
      lastKept = t
    }
    const now = performance.now()
    if (t === steps || (now >= due && read())) {
      yield finished(told, penalised, test !== null, t === steps, null)
      due = performance.now() + BETWEEN
      told = emptySteps(t + 1)
    } else if (now >= due) {
      yield null
      due = performance.now() + BETWEEN
    }
    if (t < steps) {
      before = theta
      let seen = train
      if (batches !== null) {
        batches.next(train, batch)
        seen = batch
        model.evaluate(loss, theta, seen.x, seen.y, penalty, gradient)
      }
      if (order.hessian) {
        const second = formulas.hessian[loss](theta, seen.x, seen.y, ...penalty)
        theta = formulas.newton(theta, gradient, stepSize, second).slice()
      } else {
        const [next, remembered] = step(theta, gradient, state, stepSize, hyperparameters)
        theta = copied(next)
        state = copied(remembered)
      }
    }
  }
}

/** Theta along a short run, all at once. @param {Order} order @param {any} formulas of the model @param {any} common formulas of all models */
export function pathOf(order, formulas, common) {
  return [...train(order, formulas, common)].flatMap((steps) => steps?.theta ?? [])
}

/** @param {number} first */
function emptySteps(first) {
  return {
    first,
    values: /** @type {number[]} */ ([]),
    kept: /** @type {number[]} */ ([]),
    theta: /** @type {Float64Array[]} */ ([]),
  }
}

/** @param {ReturnType<typeof emptySteps>} told @param {boolean} penalised @param {boolean} tested @param {boolean} complete @param {number | null} divergedAt @returns {Steps} */
function finished({first, values, kept, theta}, penalised, tested, complete, divergedAt) {
  const column = (/** @type {number} */ k) => Float64Array.from({length: values.length / 4}, (_, i) => values[4 * i + k])
  const none = new Float64Array(0)
  return {
    first, kept, theta, complete, divergedAt,
    loss: column(0),
    testLoss: tested ? column(1) : none,
    minimised: penalised ? column(2) : none,
    norm: column(3),
  }
}

/** @param {Float64Array} values */
function allFinite(values) {
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(values[k])) {
      return false
    }
  }
  return true
}

/** A result of a formula that uses its arrays again at its next call. @param {any} tree @returns {any} */
function copied(tree) {
  if (tree instanceof Float64Array) {
    return tree.slice()
  }
  if (Array.isArray(tree)) {
    return tree.map(copied)
  }
  return tree !== null && typeof tree === "object" ? Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, copied(v)])) : tree
}
