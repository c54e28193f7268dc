// Where a loss is least: loops over the lowered steps of dl_workshop/minima.py, as its own loops.

const MOST_STEPS = 200 // of a solver
const NOT_BETTER_THAN_A_STEP = 4
const LEVEL = 1e-6 // a slope below it, for a loss of about 1, is none
const BEATS = 1e-12 // a minimum is lower than the loss of every step by more

/**
 * @typedef {object} BestFit
 * @property {Float64Array | null} theta null where no finite theta has the least loss
 * @property {number} loss the least, or the bound that it falls to without reaching it
 * @property {number} reason why there is none, by the library's number; 0 where there is one
 * @property {number | null} curvature the largest at the minimum, where the loss has any
 */

/**
 * @param {{loss: string, solver: string, train: import("./state.js").Part}} order
 * @param {any} formulas of the lesson
 * @returns {Generator<BestFit | null>} null where none was found
 */
export function* bestFit({loss, solver, train: {x, y}}, formulas) {
  if (solver === "descent") {
    yield descended(formulas, loss, x, y)
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
  const curvature = loss in formulas.hessian ? formulas.largestEigenvalue(formulas.hessian[loss](theta, x, y, 0, 0)) : null
  yield {theta, loss: least, reason: 0, curvature}
}

/**
 * The lowest of the minima that a loss of any form has beside some starts; null where there is none, or no finite one.
 * @param {any} formulas @param {string} loss @param {Float64Array} x @param {Float64Array} y
 * @returns {BestFit | null}
 */
function descended(formulas, loss, x, y) {
  if (formulas.whyNone !== undefined && formulas.whyNone(x, y) !== 0) {
    return null
  }
  const [functions, change] = formulas.basis(x).map((/** @type {Float64Array} */ array) => array.slice())
  const usual = formulas.whyNone === undefined ? "least_squares" : "newton"
  const solve = new Solver(formulas, "binary_cross_entropy", functions, y)
  const [start] = SOLVERS[usual](solve, true).map((coefficients) => formulas.thetaOf(change, coefficients).slice())
  const found = [start, solve.zero()].map((theta) => {
    for (let k = 0, arrived = 0; k < MOST_STEPS && !arrived; k++) {
      const [next, there] = formulas.solve.descend[loss](theta, x, y)
      theta = next.slice()
      arrived = there
    }
    return theta
  })
  const losses = found.map((theta) => formulas.loss[loss](theta, x, y))
  const least = Math.min(...losses)
  const theta = found[losses.indexOf(least)]
  if (theta === undefined) {
    return null
  }
  const slope = formulas.evaluate[loss](theta, x, y, 0, 0)[1]
  const level = slope.every((/** @type {number} */ value) => Math.abs(value) <= LEVEL * (1 + Math.abs(least)))
  return level ? {theta, loss: least, reason: 0, curvature: formulas.largestEigenvalue(formulas.hessian[loss](theta, x, y, 0, 0))} : null
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
