// What comes from outside (a link, an older version) and says it is a setting: what of it can be taken.

import {admittedTable} from "./own_table.js"
import {admittedPoints} from "./points.js"

/** @typedef {import("./controls.js").Setting} Setting */

const LONGEST = 20 // items of a list

/**
 * A value as a setting's declaration takes it; undefined where nothing can be made of it.
 * @param {Setting} row
 * @param {any} value
 * @param {any} declaration of the lesson
 */
export function admitted({name, kind, low, high, options, longest, most, columns}, value, {features = {}, classes = false}) {
  if (kind === "formula") {
    return typeof value === "string" && value.length <= longest ? value : undefined
  }
  if (kind === "choice") {
    return options.some(([, option]) => option === value) ? value : undefined
  }
  if (kind === "switch") {
    return typeof value === "boolean" ? value : undefined
  }
  if (kind === "points") {
    return admittedPoints(value, {most, low, high}, classes)
  }
  if (kind === "table") {
    return admittedTable(value, {most, columns, low, high})
  }
  if (kind === "list") {
    const fits = (/** @type {any} */ item) => (name === "features" ? typeof item === "string" && Object.hasOwn(features, item) : Number.isInteger(item) && item >= 1)
    return Array.isArray(value) && value.length <= LONGEST && value.every(fits) && (value.length > 0 || name === "hidden") ? value : undefined
  }
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return undefined
  }
  const whole = kind === "integer" ? Math.round(value) : value
  return Math.min(Math.max(whole, low), high)
}

/** The settings among some values that can be taken. @param {any} declaration of the lesson @param {any} values by name @returns {Record<string, any>} */
export function admittedSettings(declaration, values) {
  const given = typeof values === "object" && values !== null ? values : {}
  const rows = declaration.settings.filter((/** @type {Setting} */ {name, changes}) => changes !== "theta" && Object.hasOwn(given, name))
  const taken = rows.map((/** @type {Setting} */ row) => [row.name, admitted(row, given[row.name], declaration)])
  return Object.fromEntries(taken.filter((/** @type {[string, any]} */ [, value]) => value !== undefined))
}

/** The settings that are not as a lesson begins. @param {any} declaration @param {Record<string, any>} settings */
export function changedSettings(declaration, settings) {
  const same = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(a) === JSON.stringify(b)
  const rows = declaration.settings.filter((/** @type {Setting} */ {name, default: standard}) => name in settings && !same(settings[name], standard))
  return Object.fromEntries(rows.map((/** @type {Setting} */ {name}) => [name, settings[name]]))
}
