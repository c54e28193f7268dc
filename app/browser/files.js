// What the page fetches: files of its own folder, found by their names in the page's table. Each is asked for once.

/** @type {Record<string, string>} where each file is, relative to the page */
const places = JSON.parse(document.getElementById("files")?.textContent ?? "{}")
/** @type {Map<string, Promise<any>>} */
const asked = new Map()
let attempts = 0

/** Where a file is; formulas with some of the learner's among them stand beside the same without. @param {string} name */
export function url(name) {
  const [of, asked] = name.split("?")
  if (asked !== undefined) {
    const own = places[of.replace("own/", "formulas/")].replace("formulas/", "own/")
    return new URL(`${own}?${asked}`, document.baseURI).href
  }
  if (!(name in places)) {
    throw new Error(`there is no file ${name}`)
  }
  return new URL(places[name], document.baseURI).href
}

/** @param {string} name @param {() => Promise<any>} get */
function once(name, get) {
  const promise = asked.get(name) ?? get()
  asked.set(name, promise)
  promise.catch(() => asked.delete(name)) // the next one who wants it asks again
  return promise
}

/** @param {string} name @param {"json" | "arrayBuffer"} kind */
async function get(name, kind) {
  const response = await fetch(url(name))
  if (!response.ok) {
    throw new Error(`${name}: ${response.status}`)
  }
  return response[kind]()
}

/** @param {string} name @returns {Promise<any>} */
export const json = (name) => once(name, () => get(name, "json"))

/** @param {string} name @returns {Promise<Float64Array>} */
export const numbers = (name) => once(name, async () => new Float64Array(await get(name, "arrayBuffer")))

/** A module of formulas. A browser never asks again for one that it could not get, unless it goes by another name. @param {string} name @returns {Promise<any>} */
export const formulas = (name) =>
  once(name, async () => {
    try {
      return await import(url(name))
    } catch {
      return await import(`${url(name)}${name.includes("?") ? "&" : "?"}attempt=${++attempts}`)
    }
  })

/** @typedef {typeof import("./later.js")} Later what the page can do without at first */

/** @type {(module: Later) => void} */
let arrived = () => {}
/** That, once somebody has asked for it. @type {Promise<Later>} */
export const laterHasCome = new Promise((resolve) => (arrived = resolve))

/** Asks for it: once the first lesson is there, or when something of it is wanted. @returns {Promise<Later>} */
export async function later() {
  const module = await formulas("later.js")
  arrived(module)
  return module
}

/**
 * Fetches everything that may still be wanted, one file after the other, while the page has nothing else to do: from then
 * on the server may vanish.
 * @param {(name: string) => void} fetched called with each file of formulas
 */
export async function fetchAhead(fetched) {
  for (const name of Object.keys(places)) {
    await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve))
    const ask = {json, js: formulas, bin: numbers}[name.split(".").at(-1) ?? ""]
    if (ask === undefined || !/^(lessons|figures|formulas|data|course|code|cards)\//.test(name)) {
      continue
    }
    await ask(name).then(() => ask === formulas && fetched(name), () => {}) // whoever needs it says that it is not there
  }
}
