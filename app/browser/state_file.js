// A lesson as it stands, as a file: what a link holds of it, and the learner's own data and weights whole, however many. Whatever
// is read of such a file passes the same door as a link.

import {admitted} from "./admit.js"
import {textOf} from "./csv.js"
import {element} from "./dialog.js"
import {askedIn, lessonIn, linkText} from "./link.js"
import {countOf, OWN} from "./models.js"
import {presenting} from "./presenter.js"

const FORMAT = "dl-workshop state"
const VERSION = 1
const MOST_BYTES = 8_000_000 // 2,000 rows of 31 numbers of 18 digits, ten thousand weights, and room
const NOT_READ = "nothing was changed."

/**
 * @typedef {{asked: import("./link.js").Asked, remarks: import("./link.js").Remarks}} Read
 * @typedef {(key: string) => Promise<{declaration: any, views: Record<string, boolean>}>} Known what is known of a lesson: its declaration, and
 *   what can be switched on
 */

/** Why a file is not taken, in words for the learner. */
class Unreadable extends Error {}

/** The text of the file. @param {import("./lesson.js").Lesson} lesson */
export function stateText({declaration, state, kind, firstView}) {
  const {settings, model, data, start} = state
  const initial = kind.initial(settings, model, data)
  const link = linkText(declaration, state, {theta: initial, view: firstView, plane: kind.firstPlane}, presenting(), false)
  const weights = declaration.kind === "network" && start.some((value, k) => value !== initial[k]) ? {theta: Array.from(start)} : {}
  const own = Object.fromEntries(ownRows(declaration).filter(({name}) => settings[name]?.length !== 0 && settings[name] !== null).map(({name}) => [name, settings[name]]))
  return JSON.stringify({format: FORMAT, version: VERSION, lesson: declaration.title, state: link, ...own, ...weights})
}

/** The settings that hold data of the learner's own. @param {any} declaration @returns {import("./controls.js").Setting[]} */
const ownRows = ({settings}) => settings.filter((/** @type {import("./controls.js").Setting} */ {kind}) => kind === "points" || kind === "table")

/** Whether a text can only be meant as such a file. @param {string} text */
export const isState = (text) => text.trimStart().startsWith("{")

/**
 * What a text asks for of which lesson; a sentence where it cannot be taken.
 * @param {string} text
 * @param {string[]} lessons that there are
 * @param {Known} known
 * @returns {Promise<(Read & {key: string}) | string>}
 */
export async function stateIn(text, lessons, known) {
  try {
    const {link, key, rest} = opened(text, lessons)
    const {declaration, views} = await known(key)
    const read = askedIn(declaration, views, link)
    const {asked} = read
    for (const row of ownRows(declaration)) {
      const value = row.name in rest ? admitted(row, rest[row.name], declaration) : row.default
      if (value === undefined) {
        throw new Unreadable(`The ${row.kind} in this file cannot be used: `)
      }
      for (const settings of [asked.settings, ...asked.pins.map((pin) => pin.settings)]) {
        settings[row.name] = value
      }
    }
    if (asked.settings.dataset === OWN && asked.settings.table === null) {
      throw new Unreadable("The table that this file is about is not in it: ")
    }
    return {...read, key, asked: "theta" in rest ? {...asked, start: startOf(rest.theta, declaration, asked.settings)} : asked}
  } catch (error) {
    if (error instanceof Unreadable) {
      return `${error.message}${NOT_READ}`
    }
    throw error
  }
}

/** What a file holds, as far as that can be said without its lesson. @param {string} text @param {string[]} lessons @returns {{link: string, key: string, rest: Record<string, any>}} */
function opened(text, lessons) {
  const file = parsed(text)
  if (file.format !== FORMAT || typeof file.state !== "string") {
    throw new Unreadable("This file is no saved state of these lessons: ")
  }
  if (file.version !== VERSION) {
    throw new Unreadable("This file was saved by another version of these lessons: ")
  }
  const key = lessonIn(file.state)
  if (key === null || !lessons.includes(key)) {
    throw new Unreadable("This file is about a lesson that is not here: ")
  }
  return {link: file.state, key, rest: file}
}

/** @param {string} text @returns {Record<string, any>} */
function parsed(text) {
  let file
  try {
    file = JSON.parse(text)
  } catch {
    throw new Unreadable("This file is damaged, or no saved state: ")
  }
  return typeof file === "object" && file !== null ? file : {}
}

/** Where a network's run starts. @param {any} theta @param {any} declaration @param {Record<string, any>} settings @returns {(initial: Float64Array) => Float64Array} */
function startOf(theta, declaration, settings) {
  const {dataset, table, features, hidden} = settings
  const bounds = declaration.settings.find((/** @type {any} */ {changes}) => changes === "theta")
  const inputs = declaration.kind !== "network" ? 0 : dataset === OWN ? table.columns.length : declaration.datasets[dataset].inputs
  const count = countOf([inputs === 2 ? features.length : inputs, ...(hidden ?? []), 1])
  const fits = Array.isArray(theta) && theta.length === count && theta.every((value) => admitted(bounds, value, declaration) === value)
  if (!fits || declaration.kind !== "network") {
    throw new Unreadable("The weights in this file are not those of its network: ")
  }
  return (initial) => (initial.length === count ? Float64Array.from(theta) : initial)
}

/** The text of a file; "" where it is too large for a state. @param {File} file */
export const textOfFile = async (file) => (file.size > MOST_BYTES ? "" : textOf(new Uint8Array(await file.arrayBuffer())))

/** Asks for such a file. @param {(text: string) => void} open */
export function askForState(open) {
  const input = /** @type {HTMLInputElement} */ (element("input", {type: "file", accept: ".json,application/json"}))
  input.addEventListener("change", async () => input.files?.[0] !== undefined && open(await textOfFile(input.files[0])))
  input.click()
}
