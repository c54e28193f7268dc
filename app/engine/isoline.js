// The line on which a function given on a grid has one value (marching squares; Lorensen and Cline 1987 in two dimensions).

/**
 * @param {ArrayLike<number>} values row by row, rows along y, `side` squared
 * @param {number} side
 * @param {number} level
 * @param {(column: number) => number} x where a column is
 * @param {(row: number) => number} y where a row is
 * @returns {{xs: number[][], ys: number[][]}} short lines, one or two for each cell that the line crosses
 */
export function isoline(values, side, level, x, y) {
  /** @type {{xs: number[][], ys: number[][]}} */
  const lines = {xs: [], ys: []}
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const corner = row * side + column
      const above = [corner, corner + 1, corner + side + 1, corner + side].map((k) => values[k] > level)
      if (above.every((is) => is === above[0])) {
        continue
      }
      const corners = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1],
      ]
      const at = corners.map(([c, r]) => values[r * side + c] - level)
      /** @type {[number, number][]} */
      const crossings = []
      for (let edge = 0; edge < 4; edge++) {
        const next = (edge + 1) % 4
        if (above[edge] !== above[next]) {
          const share = at[edge] / (at[edge] - at[next])
          const [c0, r0] = corners[edge]
          const [c1, r1] = corners[next]
          crossings.push([x(c0 + share * (c1 - c0)), y(r0 + share * (r1 - r0))])
        }
      }
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        lines.xs.push([crossings[k][0], crossings[k + 1][0]])
        lines.ys.push([crossings[k][1], crossings[k + 1][1]])
      }
    }
  }
  return lines
}
