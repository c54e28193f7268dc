// *My report*: a link that says which exercises were passed, when, and with what; whoever opens it can try each again.

import {admittedSettings} from "./admit.js"
import {copyButton, dialog, element, table} from "./dialog.js"
import {json} from "./files.js"
import {counted} from "./format.js"
import {isReport, REPORT} from "./link.js"
import {passed} from "./progress.js"
import {scannable} from "./scanning.js"

const VERSION = 1
const MOST = 200 // exercises
const LONGEST_NAME = 80
const MOST_NUMBERS = 5000 // of a start

/**
 * @typedef {{id: string, at: string, settings: any, start: number[]}} Entry
 * @typedef {{name: string, entries: Entry[]}} Report
 */

/** The link to a report of what this browser has passed. @param {string} name of who made it; "" for none */
export function reportLink(name) {
  const entries = Object.entries(passed()).map(([id, {at, settings, start}]) => [id, at, settings, start.map((value) => Number(value.toPrecision(6)))])
  const bytes = new TextEncoder().encode(JSON.stringify([VERSION, name.slice(0, LONGEST_NAME), entries]))
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
  return `${location.href.split("#")[0]}${REPORT}${text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`
}

/** What a link reports; null where it is no report, or not a whole one. @param {string} hash of the page's address @returns {Report | null} */
export function readReport(hash) {
  if (!isReport(hash)) {
    return null
  }
  try {
    const text = atob(hash.slice(REPORT.length).replace(/-/g, "+").replace(/_/g, "/"))
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
    const [version, name, entries] = JSON.parse(new TextDecoder("utf-8", {fatal: true}).decode(bytes))
    if (version !== VERSION || typeof name !== "string" || !Array.isArray(entries)) {
      return null
    }
    return {name: name.slice(0, LONGEST_NAME), entries: entries.slice(0, MOST).flatMap(entryOf)}
  } catch {
    return null
  }
}

/** @param {any} given @returns {Entry[]} one, or none */
function entryOf(given) {
  if (!Array.isArray(given)) {
    return []
  }
  const [id, at, settings, start] = given
  const numbers = Array.isArray(start) && start.length <= MOST_NUMBERS && start.every((value) => Number.isFinite(value))
  return typeof id === "string" && typeof at === "string" && !Number.isNaN(Date.parse(at)) && numbers ? [{id, at, settings, start}] : []
}

/** Offers the link to the report of what this browser has passed. */
export function offerReport() {
  const link = /** @type {HTMLTextAreaElement} */ (element("textarea", {readOnly: true, rows: 4, ariaLabel: "The link to your report"}))
  const name = /** @type {HTMLInputElement} */ (element("input", {maxLength: LONGEST_NAME, autocomplete: "off"}))
  const scan = element("div", {className: "scan"})
  const write = () => {
    link.value = reportLink(name.value.trim())
    scan.replaceChildren(...scannable(link.value))
  }
  name.addEventListener("input", write)
  write()
  dialog("My report", [
    element("p", {}, `${counted(Object.keys(passed()).length, "exercise")} passed in this browser. The link holds which, when, and the settings of each; whoever opens it can try them again. Nothing is sent anywhere.`),
    element("label", {}, "Name, if there is to be one in it: ", name),
    link,
    copyButton("Copy link", () => link.value, () => link.select()),
    scan,
  ])
}

/**
 * Shows a report.
 * @param {Report} report
 * @param {(lesson: string, settings: Record<string, any>, start: number[]) => void} replay
 */
export async function showReport({name, entries}, replay) {
  /** @type {Record<string, {title: string, declaration: any, titles: Record<string, string>}>} */
  const lessons = {}
  for (const key of new Set(entries.map(({id}) => id.split("/")[0]))) {
    if (document.getElementById(`tab-${key}`) !== null) {
      const [declaration, chapter] = await Promise.all([json(`lessons/${key}.json`), json(`course/${key}.json`)])
      lessons[key] = {title: declaration.title, declaration, titles: chapter.titles}
    }
  }
  const known = entries.filter(({id}) => Object.hasOwn(lessons, id.split("/")[0]) && id.split("/")[1] in lessons[id.split("/")[0]].titles)
  const rows = known.map(({id, at, settings, start}) => {
    const [key, exercise] = id.split("/")
    const {title, declaration, titles} = lessons[key]
    const again = element("button", {type: "button"}, "Try it")
    again.addEventListener("click", () => {
      shown.close()
      replay(key, admittedSettings(declaration, settings), start)
    })
    return element("tr", {}, element("td", {}, title), element("td", {}, titles[exercise]), element("td", {}, new Date(at).toLocaleString()), element("td", {}, again))
  })
  const unknown = entries.length - known.length
  const shown = dialog(name === "" ? "A report" : `Report: ${name}`, [
    element("p", {}, `${counted(known.length, "exercise")} passed${unknown > 0 ? `, and ${unknown} that this version does not know` : ""}. Made by the learner's own browser: it is not signed, and nobody has checked it.`),
    table(["Lesson", "Exercise", "Passed", ""], rows),
  ])
}
