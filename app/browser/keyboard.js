// The keys: what each does, and in which words. What a key does, the tooltips and the list (?) all come from this table.

import {dialog, element} from "./dialog.js"

/** @typedef {{keys: string[], shown: string, does: string, presenting?: true}} Key presenting: in presenter mode only */

/** @type {Record<string, Key>} by what they do; names of the transport's and the cards' buttons where there is one */
export const KEYS = {
  play: {keys: [" "], shown: "Space", does: "Play or pause; begins a run where there is none"},
  back: {keys: ["ArrowLeft"], shown: "←", does: "One step back"},
  forward: {keys: ["ArrowRight"], shown: "→", does: "One step forward"},
  reset: {keys: ["Home"], shown: "Home", does: "Back to the start of the run"},
  run: {keys: ["r"], shown: "R", does: "Run gradient descent"},
  "new-data": {keys: ["n"], shown: "N", does: "New data"},
  edit: {keys: ["e"], shown: "E", does: "Edit the points of a lesson with one input, or no more"},
  lesson: {keys: ["1", "2", "3", "4", "5"], shown: "1 to 5", does: "Open a lesson, in the order of the tabs"},
  present: {keys: ["p"], shown: "P", does: "Presenter mode, or back"},
  demonstrations: {keys: ["d"], shown: "D", does: "The list of demonstrations"},
  next: {keys: ["PageDown"], shown: "Page Down", does: "The next demonstration: forward on a clicker", presenting: true},
  previous: {keys: ["PageUp"], shown: "Page Up", does: "The demonstration before: back on a clicker", presenting: true},
  answer: {keys: ["h"], shown: "H", does: "Hide the answer, or show it", presenting: true},
  screen: {keys: ["f"], shown: "F", does: "Full screen, or back"},
  scan: {keys: ["q"], shown: "Q", does: "A QR code of the lesson as it stands, for a class to scan"},
  keys: {keys: ["?"], shown: "?", does: "This list"},
}

const REPEATED = ["back", "forward"] // by a key that is held down
const OF_SLIDERS = /^(Arrow|Page|Home)/
const PRESSES = "button, summary, a, input[type=checkbox]" // what Space presses when it has the focus
export const TEXT_FIELDS = "input:not([type=checkbox], [type=range]), textarea, [contenteditable]"
export const TYPED_INTO = `${TEXT_FIELDS}, select`

/**
 * What a key means; null where it means nothing, or where what has the focus takes it for itself.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey" | "repeat" | "defaultPrevented">} event
 * @param {{closest: (selector: string) => any} | null} target what has the focus
 * @param {boolean} presenting
 * @returns {string | null}
 */
export function meaning({key, ctrlKey, altKey, metaKey, repeat, defaultPrevented}, target, presenting) {
  if (defaultPrevented || ctrlKey || altKey || metaKey) {
    return null
  }
  const focused = (/** @type {string} */ selector) => Boolean(target?.closest(selector))
  if (focused(TYPED_INTO) || focused("dialog") || (key === " " && focused(PRESSES)) || (OF_SLIDERS.test(key) && focused("input[type=range]"))) {
    return null
  }
  const pressed = key.length === 1 ? key.toLowerCase() : key
  const [name, found] = Object.entries(KEYS).find(([, {keys}]) => keys.includes(pressed)) ?? ["", null]
  const meant = found !== null && (presenting || !found.presenting) && (!repeat || REPEATED.includes(name))
  return meant ? name : null
}

/** @param {Record<string, (key: string) => void>} acts by the table's names @param {() => boolean} presenting */
export function listenToKeys(acts, presenting) {
  addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : null
    const name = document.querySelector("dialog[open]") === null ? meaning(event, target, presenting()) : null
    if (name !== null) {
      event.preventDefault()
      acts[name](event.key)
    }
  })
}

/** A tooltip that names the key too. @param {string} name of the table @param {string} text */
export function withKey(name, text) {
  return `${text} (${KEYS[name].shown})`
}

/** Names the keys in the tooltips of a lesson's buttons. @param {HTMLElement} el */
export function nameKeys(el) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (el.querySelectorAll("[data-action]"))) {
    const {action = ""} = button.dataset
    if (action in KEYS && action !== "play") { // which says itself what it does now
      button.title = withKey(action, button.title || (button.textContent ?? ""))
    }
  }
}

/** The list of the keys. */
export function showKeys() {
  const rows = Object.values(KEYS).map(({shown, does, presenting}) =>
    element("tr", {}, element("th", {scope: "row"}, element("kbd", {}, shown)), element("td", {}, presenting ? `${does} (while presenting)` : does)),
  )
  dialog("Keys", [element("table", {}, ...rows), element("p", {}, "None of them while you type. A slider or a button that has the focus keeps the keys that move or press it.")])
}
