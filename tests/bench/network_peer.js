// The peer of the training row: the same network and the same schedule in plain JavaScript, written out for speed.
// A [2, 4, 2, 1] tanh network with a logistic output under the binary cross-entropy, gradient descent on batches.
(milliseconds) => {
  const sizes = [2, 4, 2, 1]
  const [n, batch, stepSize] = [250, 10, 0.03]
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
  const points = Array.from({length: n}, () => {
    const x = Float64Array.of(4 * random() - 2, 4 * random() - 2)
    return {x, y: x[0] * x[1] > 0 ? 1 : 0}
  })
  const forward = (x) => {
    let input = x
    layers.forEach((layer, l) => {
      for (let u = 0; u < layer.units; u++) {
        let z = layer.b[u]
        for (let i = 0; i < layer.inputs; i++) {
          z += input[i] * layer.w[i * layer.units + u]
        }
        layer.out[u] = l === layers.length - 1 ? z : Math.tanh(z)
      }
      input = layer.out
    })
    return input[0]
  }
  const backward = (x, y, z) => {
    layers[layers.length - 1].delta[0] = 1 / (1 + Math.exp(-z)) - y
    for (let l = layers.length - 1; l >= 0; l--) {
      const layer = layers[l]
      const input = l === 0 ? x : layers[l - 1].out
      for (let u = 0; u < layer.units; u++) {
        layer.db[u] += layer.delta[u]
        for (let i = 0; i < layer.inputs; i++) {
          layer.dw[i * layer.units + u] += layer.delta[u] * input[i]
        }
      }
      if (l > 0) {
        const below = layers[l - 1]
        for (let i = 0; i < layer.inputs; i++) {
          let sum = 0
          for (let u = 0; u < layer.units; u++) {
            sum += layer.delta[u] * layer.w[i * layer.units + u]
          }
          below.delta[i] = sum * (1 - input[i] * input[i])
        }
      }
    }
  }
  const loss = () => {
    let sum = 0
    for (const {x, y} of points) {
      const z = forward(x)
      sum += Math.max(z, 0) - y * z + Math.log1p(Math.exp(-Math.abs(z)))
    }
    return sum / n
  }
  const epoch = () => {
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1))
      ;[points[i], points[j]] = [points[j], points[i]]
    }
    points.forEach(({x, y}, k) => {
      backward(x, y, forward(x))
      if ((k + 1) % batch === 0) {
        for (const {w, b, dw, db} of layers) {
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
    })
    return loss()
  }
  for (let k = 0; k < 300; k++) {
    epoch() // compiled by now
  }
  const began = performance.now()
  let epochs = 0
  while (performance.now() - began < milliseconds) {
    epoch()
    epochs += 1
  }
  return (1000 * epochs) / (performance.now() - began)
}
