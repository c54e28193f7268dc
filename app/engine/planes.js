// A plane through the parameters of a network: between its coordinates and theta.

/** @typedef {{origin: Float64Array, directions: Float64Array}} Plane two directions, one after the other */

/**
 * Where parameters fall on a plane.
 * @param {Plane | null} plane
 * @param {ArrayLike<number>} theta
 * @returns {{w: number, b: number}} NaN where the plane is another network's
 */
export function project(plane, theta) {
  if (plane === null || plane.origin.length !== theta.length) {
    return {w: NaN, b: NaN}
  }
  const {origin, directions} = plane
  let [w, b] = [0, 0]
  for (let k = 0; k < theta.length; k++) {
    w += (theta[k] - origin[k]) * directions[k]
    b += (theta[k] - origin[k]) * directions[theta.length + k]
  }
  return {w, b}
}

/**
 * The parameters at a point of a plane.
 * @param {Plane} plane
 * @param {{w: number, b: number}} at
 * @returns {Float64Array}
 */
export function thetaOn({origin, directions}, {w, b}) {
  const count = origin.length
  return Float64Array.from(origin, (start, k) => start + w * directions[k] + b * directions[count + k])
}

/**
 * The path of a run on a plane, one point for each snapshot.
 * @param {Plane} plane
 * @param {Float32Array} thetas the snapshots' parameters, one after the other
 * @returns {{w: Float64Array, b: Float64Array}}
 */
export function pathOn(plane, thetas) {
  const count = plane.origin.length
  const points = Array.from({length: thetas.length / count}, (_, k) => project(plane, thetas.subarray(k * count, (k + 1) * count)))
  return {w: Float64Array.from(points, ({w}) => w), b: Float64Array.from(points, ({b}) => b)}
}
