// Where a curve crosses a level: the decision boundaries of a model that nobody can solve for x.

const HALVINGS = 50

/**
 * The places at which a function goes from one side of a level to the other; where it only touches it is none.
 * @param {Float64Array} xs a grid, fine enough for what is to be found
 * @param {Float64Array} values of the function there
 * @param {number} level
 * @param {(x: number) => number} at the function
 * @returns {number[]}
 */
export function crossings(xs, values, level, at) {
  const found = []
  let [place, side] = [NaN, NaN] // the last place on one of the sides, and on which
  for (let k = 0; k < xs.length; k++) {
    const now = Math.sign(values[k] - level)
    if (now !== 0) {
      if (now === -side) {
        found.push(halved(place, xs[k], (x) => Math.sign(at(x) - level) === side))
      }
      place = xs[k]
      side = now
    }
  }
  return found
}

/** Where something ceases to be so, between two places. @param {number} low where it is @param {number} high where it is not @param {(x: number) => boolean} is */
function halved(low, high, is) {
  for (let k = 0; k < HALVINGS; k++) {
    const middle = low + (high - low) / 2
    if (is(middle)) {
      low = middle
    } else {
      high = middle
    }
  }
  return high
}
