// Steps a second of a run in the app's own worker, as the app orders it: both losses at every step, and what the page
// draws is sent. Evaluated in the worker.
async ({order, urls, repeats}) => {
  const floats = (part) => ({x: Float64Array.from(part.x), y: Float64Array.from(part.y)})
  const given = {...order, theta: Float64Array.from(order.theta), train: floats(order.train), test: floats(order.test)}
  const post = self.postMessage
  const run = (id) =>
    new Promise((resolve, reject) => {
      const began = performance.now()
      let [first, last] = [NaN, NaN]
      self.postMessage = ({part, done, error}) => {
        if (error !== undefined) {
          reject(new Error(error))
        } else if (done) {
          const seconds = (performance.now() - began) / 1000
          last < first ? resolve(order.steps / seconds) : reject(new Error(`the run does not learn: ${first}, ${last}`))
        } else {
          first = Number.isNaN(first) ? part.loss[0] : first
          last = part.loss.at(-1)
        }
      }
      self.dispatchEvent(new MessageEvent("message", {data: {id, kind: "run", order: given, urls}}))
    })
  const rates = []
  for (let k = 0; k <= repeats; k++) {
    rates.push(await run(1e6 + k))
  }
  self.postMessage = post
  return rates.slice(1) // the first one compiles
}
