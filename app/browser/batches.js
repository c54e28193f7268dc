// Which examples a step sees: consecutive slices of one lowered permutation after another.

export class Batches {
  /**
   * @param {(seed: number, epoch: number, index: Float64Array) => Float64Array} permutation lowered
   * @param {number} seed
   * @param {number} n examples
   * @param {number} size examples per step
   */
  constructor(permutation, seed, n, size) {
    this.permutation = permutation
    this.seed = seed
    this.index = Float64Array.from({length: n}, (_, i) => i)
    this.size = size
    this.epoch = -1
    this.at = n
    /** @type {Float64Array} */
    this.order = this.index
  }

  /** Copies the examples of the next step. @param {import("./state.js").Part} all @param {import("./state.js").Part} batch */
  next({x, y}, batch) {
    const columns = x.length / y.length
    for (let k = 0; k < this.size; k++, this.at++) {
      if (this.at === this.index.length) {
        this.order = this.permutation(this.seed, ++this.epoch, this.index).slice()
        this.at = 0
      }
      const from = this.order[this.at]
      batch.y[k] = y[from]
      for (let column = 0; column < columns; column++) {
        batch.x[k * columns + column] = x[from * columns + column]
      }
    }
  }
}
