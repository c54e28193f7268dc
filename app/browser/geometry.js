// Lines on the overlay canvas are not clipped to the frame by Bokeh: they are clipped here.

/**
 * @typedef {{left: number, right: number, bottom: number, top: number}} Frame in data coordinates
 * @typedef {{x: number[], y: number[]}} Line NaN separates its parts
 */

/**
 * The part of a polyline that lies inside a frame (Liang and Barsky 1984, segment by segment).
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {Frame} frame
 * @returns {Line}
 */
export function clip(xs, ys, frame) {
  /** @type {Line} */
  const line = {x: [], y: []}
  let connected = false // whether the last point of `line` is the start of the next segment
  for (let i = 1; i < xs.length; i++) {
    const [x0, y0] = [xs[i - 1], ys[i - 1]]
    const [dx, dy] = [xs[i] - x0, ys[i] - y0]
    const [enter, leave] = inside(x0, y0, dx, dy, frame)
    if (!(enter <= leave)) {
      connected = false
      continue
    }
    if (!connected) {
      if (line.x.length > 0) {
        line.x.push(NaN)
        line.y.push(NaN)
      }
      line.x.push(x0 + enter * dx)
      line.y.push(y0 + enter * dy)
    }
    line.x.push(x0 + leave * dx)
    line.y.push(y0 + leave * dy)
    connected = leave === 1
  }
  return line
}

/**
 * The stretch of a segment inside the frame, as shares of its length; empty where enter > leave.
 * @param {number} x0
 * @param {number} y0
 * @param {number} dx
 * @param {number} dy
 * @param {Frame} frame
 */
function inside(x0, y0, dx, dy, frame) {
  let [enter, leave] = [0, 1]
  for (const [direction, distance] of [
    [-dx, x0 - frame.left],
    [dx, frame.right - x0],
    [-dy, y0 - frame.bottom],
    [dy, frame.top - y0],
  ]) {
    if (direction === 0) {
      if (distance < 0) {
        return [1, 0]
      }
    } else if (direction < 0) {
      enter = Math.max(enter, distance / direction)
    } else {
      leave = Math.min(leave, distance / direction)
    }
  }
  return [enter, leave]
}

/**
 * Whether a point lies inside a frame.
 * @param {number} x
 * @param {number} y
 * @param {Frame} frame
 */
export function contains(x, y, frame) {
  return x >= frame.left && x <= frame.right && y >= frame.bottom && y <= frame.top
}

/**
 * The steps of a path worth drawing: those that lie at least `distance` (a share of the frame) from the one before.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {Frame} frame
 * @param {number} distance
 * @returns {number[]} indices, the first step always among them
 */
export function thin(xs, ys, frame, distance) {
  const [width, height] = [frame.right - frame.left, frame.top - frame.bottom]
  const kept = xs.length > 0 ? [0] : []
  for (let i = 1; i < xs.length; i++) {
    const last = kept[kept.length - 1]
    if (Math.hypot((xs[i] - xs[last]) / width, (ys[i] - ys[last]) / height) >= distance) {
      kept.push(i)
    }
  }
  return kept
}
