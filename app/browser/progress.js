// Which exercises have been passed, kept by this browser under their ids: a text that changes loses nothing.

import {recalled, remember} from "./memory.js"

const KEY = "progress"

/** @typedef {{at: string, settings: Record<string, any>, start: number[]}} Passed when, and with what */

/** @type {Record<string, Passed>} what is known where nothing can be kept */
let known = {}

/** All that was passed, by lesson and exercise: "linear/bad-guess". @returns {Record<string, Passed>} */
export function passed() {
  try {
    const kept = JSON.parse(recalled(KEY) ?? "null")
    known = typeof kept === "object" && kept !== null && !Array.isArray(kept) ? kept : known
  } catch {
    // something else is kept under this name: what this page has seen counts
  }
  return known
}

/** @param {string} id @param {Passed} how */
export function pass(id, how) {
  keep({...passed(), [id]: how})
}

/** Forgets what was passed of a lesson. @param {string} lesson */
export function startOver(lesson) {
  keep(Object.fromEntries(Object.entries(passed()).filter(([id]) => !id.startsWith(`${lesson}/`))))
}

/** @param {Record<string, Passed>} all */
function keep(all) {
  known = all
  remember(KEY, JSON.stringify(all))
}
