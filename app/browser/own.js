// Formulas that the learner has written: differentiated and lowered by the server, where there is one, and from then on
// formulas like all others.

import {formulas, url} from "./files.js"
import {COMMON, OWN} from "./models.js"

const LONGEST = 300 // characters of a sentence that is not ours
const NO_SERVER = "A formula of your own is differentiated by the dl-workshop server, and these lessons are a folder of files without one. Writing and checking formulas works here all the same."
const GONE = "The server, which works out your formula, could not be reached. Check the connection and try again."

/** Why a formula of the learner's cannot be used, in words for the learner. */
export class Refusal extends Error {}

/** The name of formulas with some of the learner's among them. @param {string} name of the formulas @param {Record<string, string>} texts by the settings that hold them */
export const withOwn = (name, texts) => `${name.replace("formulas/", "own/")}?${new URLSearchParams(texts)}`

/** The name of the formulas that a setting's optimizer is among. @param {Record<string, any>} settings */
export function optimizersOf({optimizer, own_optimizer, own_m, own_v}) {
  return optimizer === OWN ? withOwn(COMMON, {own_optimizer, own_m, own_v}) : COMMON
}

/** Whether the best fit is only the lowest place that was found, from a few starts. @param {Record<string, any>} settings */
export const searched = ({loss, model}) => loss === OWN || model === OWN

/** The words of a formula. @param {string} text @returns {string[]} */
export const wordsIn = (text) => text.match(/[A-Za-z_]\w*/g) ?? []

/** What the learner has written for a choice, to be read. @param {string} choice @param {Record<string, any>} settings @param {boolean} classes whether a model gives the logit of a class @returns {string} */
export function ownText(choice, settings, classes) {
  if (choice === "optimizer") {
    return `m = ${settings.own_m}\nv = ${settings.own_v}\ntheta = ${settings.own_optimizer}`
  }
  const text = settings[`${OWN}_${choice}`]
  return choice === "model" && classes ? `z = ${text}\np = σ(z)` : text
}

/** Formulas by name: those of the site, or those with one of the learner's. @param {string} name @returns {Promise<any>} */
export async function anyFormulas(name) {
  if (name.startsWith("own/")) {
    const answer = await fetch(url(name)).catch(() => null)
    if (answer === null) {
      throw new Refusal(GONE)
    }
    if (!answer.ok) {
      const ours = answer.headers.get("Content-Type")?.startsWith("text/plain") && answer.status !== 404
      throw new Refusal(ours ? (await answer.text()).slice(0, LONGEST) : NO_SERVER)
    }
    if (!answer.headers.get("Content-Type")?.includes("javascript")) {
      throw new Refusal(NO_SERVER) // a host that answers everything with its own page
    }
  }
  return formulas(name)
}
