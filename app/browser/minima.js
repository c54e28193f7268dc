// Where a loss is least: loops over the lowered steps of dl_workshop/minima.py, as its own loops.

const MOST_STEPS = 200 // of a solver
const NOT_BETTER_THAN_A_STEP = 4
const NONE_FOUND = -1 // the reason where none was found, though there may be one
const THIRD = [1, -1, 0.1] // where the parameter begins that only models of the learner's have
const LEVEL = 1e-6 // a slope below it, for a loss of about 1, is none
const ARRIVED = 1e-3 // what Newton's step may still change at a minimum of a loss of classes: where they end at infinity it is far more
const BEATS = 1e-12 // a minimum is lower than the loss of every step by more

/**
 * @typedef {object} BestFit
 * @property {Float64Array | null} theta null where no finite theta has the least loss
 * @property {number} loss the least, or the bound that it falls to without reaching it
 * @property {number} reason why there is none, by the library's number; 0 where there is one, -1 where none was found
 * @property {number | null} curvature the largest at the minimum, where the loss has any
 */

/**
 * @param {{loss: string, solver: string, model: import("./models.js").Spec, train: import("./state.js").Part}} order
 * @param {any} formulas of the lesson
 * @returns {Generator<BestFit | null>} null while there is more to do
 */
export function* bestFit({loss, solver, model, train: {x, y}}, formulas) {
  if (solver === "descent") {
    yield* descended(formulas, loss, /** @type {import("./models.js").OneInput} */ (model).count, x, y)
    return
  }
  const classifies = formulas.leastLossOfAStep?.[loss]
  const bound = classifies ? classifies(x, y) : Infinity
  const code = classifies ? formulas.whyNone(x, y) : 0
  if (code !== 0) {
    yield {theta: null, loss: bound, reason: code, curvature: null}
    return
  }
  const [functions, change] = formulas.basis(x).map((/** @type {Float64Array} */ array) => array.slice())
  const solve = new Solver(formulas, loss, functions, y)
  const found = SOLVERS[solver](solve, Boolean(classifies)).map((coefficients) => formulas.thetaOf(change, coefficients).slice())
  const losses = found.map((theta) => formulas.loss[loss](theta, x, y))
  const least = Math.min(...losses)
  const theta = found[losses.indexOf(least)]
  if (!(least < bound - BEATS)) {
    yield {theta: null, loss: bound, reason: NOT_BETTER_THAN_A_STEP, curvature: null}
    return
  }
  yield {theta, loss: least, reason: 0, curvature: curvatureAt(formulas, loss, theta, x, y)}
}

/**
 * The lowest of the places that descents from some starts lead to, if it is a minimum; of any loss of any model.
 * @param {any} formulas @param {string} loss @param {number} count numbers in theta @param {Float64Array} x @param {Float64Array} y
 * @returns {Generator<BestFit | null>} null while there is more to do
 */
function* descended(formulas, loss, count, x, y) {
  const none = {theta: null, loss: Infinity, reason: NONE_FOUND, curvature: null}
  /** @type {BestFit} */
  let best = none
  for (const start of formulas.whyNone !== undefined && formulas.whyNone(x, y) !== 0 ? [] : startsOf(formulas, count, x, y)) {
    let theta = start
    for (let k = 0, arrived = 0; k < MOST_STEPS && !arrived; k++) {
      const [next, there] = formulas.solve.descend[loss](theta, x, y)
      theta = next.slice()
      arrived = there
    }
    const [[value], slope] = formulas.evaluate[loss](theta, x, y, 0, 0)
    const still = slope.every((/** @type {number} */ part) => Math.abs(part) <= LEVEL * (1 + Math.abs(value)))
    const level = still && !(formulas.solve.rest?.[loss](theta, x, y) > ARRIVED)
    if (value < best.loss) {
      best = level ? {theta, loss: value, reason: 0, curvature: curvatureAt(formulas, loss, theta, x, y)} : {...none, loss: value}
    }
    yield null
  }
  yield best
}

/** The largest curvature of a loss; null where it has none. @param {any} formulas @param {string} loss @param {Float64Array} theta @param {Float64Array} x @param {Float64Array} y @returns {number | null} */
const curvatureAt = (formulas, loss, theta, x, y) => (loss in formulas.hessian ? formulas.largestEigenvalue(formulas.hessian[loss](theta, x, y, 0, 0)) : null)

/** Where a descent begins: at the lesson's own best fit, at 0, and around it. @param {any} formulas @param {number} count numbers in theta @param {Float64Array} x @param {Float64Array} y @returns {Float64Array[]} */
function startsOf(formulas, count, x, y) {
  const [functions, change] = formulas.basis(x).map((/** @type {Float64Array} */ array) => array.slice())
  const usual = formulas.whyNone === undefined ? "least_squares" : "newton"
  const solve = new Solver(formulas, "binary_cross_entropy", functions, y)
  const [known] = SOLVERS[usual](solve, true).map((coefficients) => formulas.thetaOf(change, coefficients).slice())
  const beside = [1, -1].map((first) => Float64Array.from(known, (_, k) => (k === 0 ? first : 1)))
  const starts = [known, solve.zero(), ...beside]
  return count === known.length ? starts : starts.flatMap((start) => THIRD.map((value) => Float64Array.of(...start, value)))
}

/** @type {Record<string, (solve: Solver, classifies: boolean) => Float64Array[]>} coefficients of the basis, of which one is best */
const SOLVERS = {
  least_squares: (solve) => [solve.leastSquares()],
  least_absolute: (solve) => [solve.leastAbsolute()],
  newton: (solve, classifies) => [solve.descend(classifies ? solve.zero() : solve.leastAbsolute())],
  many_starts: (solve) => solve.starts().map((start) => solve.descend(start)),
}

class Solver {
  /** @param {any} formulas @param {string} loss @param {Float64Array} functions the basis at every example @param {Float64Array} y */
  constructor(formulas, loss, functions, y) {
    this.formulas = formulas
    this.loss = loss
    this.functions = functions
    this.y = y
    this.count = functions.length / y.length
  }

  zero() {
    return new Float64Array(this.count)
  }

  leastSquares() {
    return this.formulas.solve.leastSquares(this.functions, this.y).slice()
  }

  /** Descends on perturbed targets first, then on the real ones. */
  leastAbsolute() {
    const {count, functions, y} = this
    const {noExamples, perturbed, absoluteStep} = this.formulas.solve
    let examples = noExamples(functions).slice()
    let coefficients = this.zero()
    for (const targets of [perturbed(y).slice(), y]) {
      for (let same = 0, k = 0; same < count && k < MOST_STEPS * count; k++) {
        const [next, found, changed] = absoluteStep(examples, k % count, functions, targets)
        examples = next.slice()
        coefficients = found.slice()
        same = changed ? 0 : same + 1
      }
    }
    return coefficients
  }

  /** @param {Float64Array} coefficients */
  descend(coefficients) {
    for (let k = 0, arrived = 0; k < MOST_STEPS && !arrived; k++) {
      const [next, there] = this.formulas.solve.newtonStep[this.loss](coefficients, this.functions, this.y)
      coefficients = next.slice()
      arrived = there
    }
    return coefficients
  }

  starts() {
    const {count} = this
    const all = this.formulas.solve.starts[this.loss](this.functions, this.y).slice()
    return Array.from({length: all.length / count}, (_, k) => all.subarray(k * count, (k + 1) * count))
  }
}
