// The learner's own points, as a setting holds them: x and y of each one after the other, in an array that is never changed.

import {exact, parse} from "./format.js"

export const LEAST = 2 // points that a model can be fitted to
const FINE = 1000 // steps across a figure that a place is rounded to, at least
const DIGITS = 4 // of a number, where all are too many for a link
const OUTLIERS = 12 // places for outliers, one beside the other

/**
 * @typedef {number[]} Points
 * @typedef {import("./geometry.js").Frame} Frame
 * @typedef {[number, number]} Point x and y
 */

/** Columns of some points. @param {Points} points @returns {import("./state.js").Part} */
export function columns(points) {
  const of = (/** @type {number} */ which) => Float64Array.from({length: points.length / 2}, (_, k) => points[2 * k + which])
  return {x: of(0), y: of(1)}
}

/** @param {import("./state.js").Part} part @param {Frame} frame the figure that they are seen on: how finely they are rounded @param {boolean} classes whether y is one @returns {Points} */
export function pointsOf({x, y}, frame, classes) {
  return Array.from(x).flatMap((value, k) => rounded([value, y[k]], frame, classes, 10))
}

/** A place as a person would write it down: as fine as the figure shows, and no finer. @param {Point} point @param {Frame} frame @param {boolean} classes @param {number} finer @returns {Point} */
export function rounded([x, y], {left, right, bottom, top}, classes, finer = 1) {
  return [toGrain(x, grain(right - left) / finer), classes ? Number(y >= 0.5) : toGrain(y, grain(top - bottom) / finer)]
}

/** The power of ten that a span has so many of. @param {number} span */
const grain = (span) => 10 ** Math.floor(Math.log10(span / FINE))

/** @param {number} value @param {number} size of a step */
function toGrain(value, size) {
  const decimals = Math.max(0, Math.round(-Math.log10(size)))
  return Number((Math.round(value / size) * size).toFixed(Math.min(decimals, 15)))
}

/** @param {Points} points @param {number} at @param {Point} to @returns {Points} */
export function moved(points, at, to) {
  const next = points.slice()
  next.splice(2 * at, 2, ...to)
  return next
}

/** @param {Points} points @param {Point} point @returns {Points} */
export const added = (points, point) => [...points, ...point]

/** @param {Points} points @param {number} at @returns {Points} */
export const removed = (points, at) => points.toSpliced(2 * at, 2)

/** Where the next outlier goes: far to the right, where it has most leverage, and against the trend. @param {Points} points @param {Frame} frame @param {boolean} classes @returns {Point} */
export function outlier(points, frame, classes) {
  const {x, y} = columns(points)
  const {left, right, bottom, top} = frame
  const order = Array.from(x.keys()).toSorted((a, b) => x[a] - x[b])
  const half = Math.ceil(order.length / 2)
  const rises = middle(order.slice(half), y) > middle(order.slice(0, half), y)
  const [inner, outer] = rises ? [bottom, top] : [top, bottom]
  const place = (/** @type {number} */ k) => rounded([right - (0.08 + 0.04 * k) * (right - left), classes ? Number(outer < inner) : inner + 0.04 * (outer - inner)], frame, classes)
  const taken = (/** @type {Point} */ [px, py]) => x.some((value, k) => value === px && y[k] === py)
  const places = Array.from({length: OUTLIERS}, (_, k) => place(k))
  return places.find((one) => !taken(one)) ?? places[0]
}

/** The height that half of some points have, of which few outliers change nothing. @param {number[]} of which points @param {Float64Array} y */
const middle = (of, y) => of.map((k) => y[k]).toSorted((a, b) => a - b)[Math.floor(of.length / 2)]

/** The next point to the right or to the left of one; at first the one on the far side. @param {import("./state.js").Part} part @param {number | null} at @param {1 | -1} way @returns {number} */
export function neighbour({x, y}, at, way) {
  const order = Array.from(x.keys()).toSorted((a, b) => x[a] - x[b] || y[a] - y[b])
  const place = at === null ? (way > 0 ? 0 : order.length - 1) : order.indexOf(at) + way
  return order[Math.min(Math.max(place, 0), order.length - 1)]
}

/** The point nearest to a place, and how far away it is. @param {import("./state.js").Part} part @param {(x: number, y: number) => number} distance @returns {{at: number, away: number}} */
export function nearest({x, y}, distance) {
  let [at, away] = [-1, Infinity]
  for (let k = 0; k < x.length; k++) {
    const far = distance(x[k], y[k])
    if (far < away) {
      at = k
      away = far
    }
  }
  return {at, away}
}

/** Points as a link holds them. @param {Points} points @returns {string} */
export const pointsText = (points) => Array.from({length: points.length / 2}, (_, k) => `${numberText(points[2 * k])}:${numberText(points[2 * k + 1])}`).join(",")

/** The same with fewer digits. @param {Points} points @returns {string} */
export const shortPointsText = (points) => pointsText(points.map((value) => Number(value.toPrecision(DIGITS))))

/** A number without the zero before its point. @param {number} value */
const numberText = (value) => exact(value).replace(/^(-?)0\./, "$1.")

/** The points in a text; undefined where they cannot be read. @param {string} text @returns {Points | undefined} */
export function pointsIn(text) {
  if (text === "" || text === "none") {
    return []
  }
  const pairs = text.split(",").map((pair) => pair.split(":").map(parse))
  return pairs.every((pair) => pair.length === 2 && pair.every(Number.isFinite)) ? pairs.flat() : undefined
}

/**
 * What a setting takes of some points; undefined where nothing can be made of them.
 * @param {any} value
 * @param {{most: number, low: number, high: number}} bounds
 * @param {boolean} classes whether y is one
 * @returns {Points | undefined}
 */
export function admittedPoints(value, {most, low, high}, classes) {
  const fits = Array.isArray(value) && value.length % 2 === 0 && value.length <= 2 * most && value.every((one) => typeof one === "number" && Number.isFinite(one))
  if (!fits || value.length === 2) {
    return undefined
  }
  return value.map((one, k) => (classes && k % 2 === 1 ? Number(one >= 0.5) : Math.min(Math.max(one, low), high)))
}
