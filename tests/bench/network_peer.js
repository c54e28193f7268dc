// The peer of the training rows: the same network on the same data by the same schedule in plain JavaScript, written out
// by hand for speed. A tanh network with a logistic output under the binary cross-entropy, gradient descent on batches.
//
// `everyStep`: the loss of all training data and of all test data at every step, as the app takes them; else the loss of
// the training data once an epoch. Returns steps a second.
({sizes, x, y, testX, testY, batch, stepSize, everyStep, milliseconds}) => {
  const n = y.length
  const columns = sizes[0]
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed / 2 ** 32
  }
  const layers = sizes.slice(1).map((units, l) => ({
    inputs: sizes[l],
    units,
    w: Float64Array.from({length: sizes[l] * units}, () => random() - 0.5),
    b: new Float64Array(units),
    dw: new Float64Array(sizes[l] * units),
    db: new Float64Array(units),
    out: new Float64Array(units),
    delta: new Float64Array(units),
  }))
  const depth = layers.length
  const given = new Float64Array(columns)
  const take = (from, k) => {
    for (let i = 0; i < columns; i++) {
      given[i] = from[k * columns + i]
    }
  }
  const forward = () => {
    let input = given
    for (let l = 0; l < depth; l++) {
      const {inputs, units, w, b, out} = layers[l]
      for (let u = 0; u < units; u++) {
        let z = b[u]
        for (let i = 0; i < inputs; i++) {
          z += input[i] * w[i * units + u]
        }
        out[u] = l === depth - 1 ? z : Math.tanh(z)
      }
      input = out
    }
    return input[0]
  }
  const backward = (target, z) => {
    layers[depth - 1].delta[0] = 1 / (1 + Math.exp(-z)) - target
    for (let l = depth - 1; l >= 0; l--) {
      const {inputs, units, w, dw, db, delta} = layers[l]
      const input = l === 0 ? given : layers[l - 1].out
      for (let u = 0; u < units; u++) {
        db[u] += delta[u]
        for (let i = 0; i < inputs; i++) {
          dw[i * units + u] += delta[u] * input[i]
        }
      }
      if (l > 0) {
        const below = layers[l - 1].delta
        for (let i = 0; i < inputs; i++) {
          let sum = 0
          for (let u = 0; u < units; u++) {
            sum += delta[u] * w[i * units + u]
          }
          below[i] = sum * (1 - input[i] * input[i])
        }
      }
    }
  }
  const loss = (xs, ys) => {
    let sum = 0
    for (let k = 0; k < ys.length; k++) {
      take(xs, k)
      const z = forward()
      sum += Math.max(z, 0) - ys[k] * z + Math.log1p(Math.exp(-Math.abs(z)))
    }
    return sum / ys.length
  }
  const order = Uint32Array.from({length: n}, (_, k) => k)
  let at = n
  const step = () => {
    if (at === n) {
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1))
        const other = order[i]
        order[i] = order[j]
        order[j] = other
      }
      at = 0
    }
    for (let k = 0; k < batch; k++, at++) {
      take(x, order[at])
      backward(y[order[at]], forward())
    }
    for (let l = 0; l < depth; l++) {
      const {w, b, dw, db} = layers[l]
      for (let i = 0; i < w.length; i++) {
        w[i] -= (stepSize / batch) * dw[i]
        dw[i] = 0
      }
      for (let i = 0; i < b.length; i++) {
        b[i] -= (stepSize / batch) * db[i]
        db[i] = 0
      }
    }
  }
  const perEpoch = n / batch
  const seen = []
  const epoch = () => {
    for (let k = 0; k < perEpoch; k++) {
      if (everyStep) {
        seen.push(loss(x, y), loss(testX, testY))
      }
      step()
    }
    if (!everyStep) {
      seen.push(loss(x, y))
    }
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
    throw new Error(`the peer does not learn: ${seen[0]}, ${seen.at(-1)}`)
  }
  return rate
}
