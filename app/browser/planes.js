// A plane through theta space: its lowered formulas under the page's names.

/**
 * @typedef {object} Plane
 * @property {Float64Array} origin
 * @property {Float64Array} directions two, one after the other
 * @property {string[]} labels of its two coordinates
 * @property {string} key which plane it is: "path", or the names of two parameters
 * @property {number | null} share of the path that lies in it; null where it is not a run's, NaN where that does not move
 */

/** The plane on which two parameters vary and all others are held. @param {Float64Array} theta @param {number} i @param {number} j @param {string[]} labels @param {string} key @returns {Plane} */
export function parameterPlane(theta, i, j, labels, key) {
  const origin = theta.slice()
  const directions = new Float64Array(2 * theta.length)
  origin[i] = origin[j] = 0
  directions[i] = directions[theta.length + j] = 1
  return {origin, directions, labels, key, share: null}
}

/** The plane through a run's start and end that holds most of the rest. @param {any} formulas `common` @param {Float64Array[]} path @returns {Plane} */
export function runPlane(formulas, path) {
  const flat = new Float64Array(path.length * path[0].length)
  path.forEach((theta, k) => flat.set(theta, k * theta.length))
  const [origin, directions, share] = formulas.runPlane(path[0], flat)
  return {origin: origin.slice(), directions: directions.slice(), share, labels: ["start → end", "most of the rest"], key: "path"}
}

/** Coordinates of some points on a plane. @param {any} formulas `common` @param {Plane} plane @param {Float64Array[]} thetas */
export function project(formulas, {origin, directions}, thetas) {
  const us = new Float64Array(thetas.length)
  const vs = new Float64Array(thetas.length)
  thetas.forEach((theta, k) => ([us[k], vs[k]] = formulas.project(origin, directions, theta)))
  return {us, vs}
}

/** The point at some coordinates. @param {any} formulas `common` @param {Plane} plane @param {number} u @param {number} v @returns {Float64Array} */
export function pointOn(formulas, {origin, directions}, u, v) {
  return formulas.pointOn(origin, directions, u, v)
}
