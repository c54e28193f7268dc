// The path that the chosen optimizer would take from here: its lowered step, walked in the browser.

/**
 * @param {any} formulas the lowered formulas of a lesson
 * @param {Record<string, any>} settings
 * @param {{w: number, b: number}} start
 * @param {{x: Float64Array, y: Float64Array}} data
 * @param {Int32Array | null} batches indices of the first mini-batches, as the run will take them
 * @param {{previewSteps: number, optimizers: Record<string, {hyperparameters: string[], batches: boolean}>}} facts
 * @returns {{w: number[], b: number[]}} the start and the steps up to the last finite one
 */
export function previewPath(formulas, settings, start, data, batches, facts) {
  const {optimizer, loss, step_size: stepSize} = settings
  const path = {w: [start.w], b: [start.b]}
  const step = formulas.step[optimizer][loss]
  if (step === undefined) {
    return path // Newton's method has no step for a loss without curvature
  }
  const hyperparameters = Object.fromEntries(facts.optimizers[optimizer].hyperparameters.map((name) => [name, settings[name]]))
  const indices = facts.optimizers[optimizer].batches ? batches : null
  const rows = indices === null ? 0 : indices.length / facts.previewSteps
  let theta = start
  let state = formulas.init[optimizer](theta)
  for (let k = 0; k < Math.min(facts.previewSteps, settings.n_steps); k++) {
    const [x, y] = indices === null ? [data.x, data.y] : pick(data, indices.subarray(k * rows, (k + 1) * rows))
    ;[theta, state] = step(theta, state, x, y, stepSize, hyperparameters)
    if (!Number.isFinite(theta.w) || !Number.isFinite(theta.b)) {
      break
    }
    path.w.push(theta.w)
    path.b.push(theta.b)
  }
  return path
}

/** @param {{x: Float64Array, y: Float64Array}} data @param {Int32Array} indices */
function pick({x, y}, indices) {
  return [Float64Array.from(indices, (at) => x[at]), Float64Array.from(indices, (at) => y[at])]
}
