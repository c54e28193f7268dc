// Steps a second of the app's loop alone: its batches, its lowered gradient and step, the loss of the training data once
// an epoch; nothing is kept. Evaluated in the app's worker, behind the app's own BATCHES and MODELS.
async ({order, urls, milliseconds}) => {
  const [formulas, common] = await Promise.all([import(urls[order.model.formulas]), import(urls["formulas/common.js"])])
  const model = modelOf(order.model, formulas)
  const train = {x: Float64Array.from(order.train.x), y: Float64Array.from(order.train.y)}
  const {init, step} = common.optimizers[order.optimizer]
  const batches = new Batches(common.permutation, order.seed, train.y.length, order.batchSize)
  const batch = {x: new Float64Array((order.batchSize * train.x.length) / train.y.length), y: new Float64Array(order.batchSize)}
  const gradient = new Float64Array(model.count)
  const perEpoch = train.y.length / order.batchSize
  let theta = Float64Array.from(order.theta)
  let state = init(theta)
  const seen = []
  const epoch = () => {
    for (let k = 0; k < perEpoch; k++) {
      batches.next(train, batch)
      model.evaluate(order.loss, theta, batch.x, batch.y, order.penalty, gradient)
      const [next, remembered] = step(theta, gradient, state, order.stepSize, order.hyperparameters)
      theta = next.slice()
      state = remembered
    }
    seen.push(model.loss(order.loss, theta, train.x, train.y))
  }
  const until = (end) => {
    let epochs = 0
    while (performance.now() < end) {
      epoch()
      epochs += 1
    }
    return epochs
  }
  until(performance.now() + 300) // compiled by now
  const began = performance.now()
  const epochs = until(began + milliseconds)
  const rate = (1000 * epochs * perEpoch) / (performance.now() - began)
  if (!(seen.at(-1) < seen[0])) {
    throw new Error(`the loop does not learn: ${seen[0]}, ${seen.at(-1)}`)
  }
  return rate
}
