// The lines on which a function given on a grid has one value (marching squares: Lorensen and Cline 1987 in two
// dimensions), each joined from cell to cell.

/** @typedef {{xs: Float64Array[], ys: Float64Array[]}} Lines */

/**
 * @param {ArrayLike<number>} values row by row, rows along y, `side` squared
 * @param {number} side
 * @param {number} level
 * @param {(column: number) => number} x where a column is
 * @param {(row: number) => number} y where a row is
 * @returns {Lines}
 */
export function isolines(values, side, level, x, y) {
  const next = new Map() // from a crossed edge of the grid to those that the line goes on to
  const join = (/** @type {number} */ a, /** @type {number} */ b) => {
    next.has(a) ? next.get(a).push(b) : next.set(a, [b])
    next.has(b) ? next.get(b).push(a) : next.set(b, [a])
  }
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const corner = row * side + column
      const [a, b, c, d] = [values[corner], values[corner + 1], values[corner + side + 1], values[corner + side]]
      const kind = Number(a > level) | (Number(b > level) << 1) | (Number(c > level) << 2) | (Number(d > level) << 3)
      if (kind === 0 || kind === 15) {
        continue
      }
      // Edges are numbered by the corner they begin at: even ones go along the row, odd ones up the column.
      const [bottom, right, top, left] = [2 * corner, 2 * (corner + 1) + 1, 2 * (corner + side), 2 * corner + 1]
      const crossed = [bottom, right, top, left].filter((_, edge) => ((kind >> edge) & 1) !== ((kind >> (edge + 1) % 4) & 1))
      if (crossed.length === 2) {
        join(crossed[0], crossed[1])
      } else {
        // a saddle: the two corners that the middle is like are joined
        const like = Number((a + b + c + d) / 4 > level) === (kind & 1)
        join(bottom, like ? right : left)
        join(top, like ? left : right)
      }
    }
  }
  const at = (/** @type {number} */ edge) => {
    const [from, up] = [edge >> 1, edge & 1]
    const [column, row] = [from % side, Math.floor(from / side)]
    const [low, high] = [values[from] - level, values[from + (up ? side : 1)] - level]
    const share = low / (low - high)
    return up ? [x(column), y(row + share)] : [x(column + share), y(row)]
  }
  /** @type {Lines} */
  const lines = {xs: [], ys: []}
  const done = new Set()
  const follow = (/** @type {number} */ start) => {
    const points = []
    for (let edge = start; edge !== undefined; ) {
      done.add(edge)
      points.push(at(edge))
      edge = next.get(edge).find((/** @type {number} */ other) => !done.has(other))
    }
    if (points.length > 2 && next.get(start).length === 2) {
      points.push(points[0]) // closed
    }
    lines.xs.push(Float64Array.from(points, ([at]) => at))
    lines.ys.push(Float64Array.from(points, ([, at]) => at))
  }
  for (const ends of [1, 2]) {
    for (const [edge, others] of next) {
      if (others.length === ends && !done.has(edge)) {
        follow(edge)
      }
    }
  }
  return lines
}
