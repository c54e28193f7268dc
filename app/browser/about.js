// *About*: what a model, a loss, an activation, an optimizer is; its formula, a sentence, and the code that runs.

import {dialog, element} from "./dialog.js"
import {json} from "./files.js"
import {OWN} from "./models.js"

/**
 * @param {string} lesson its key
 * @param {string} setting whose choice it is; "model" for the lesson's own model
 * @param {string} value that is chosen
 * @param {string} [own] what the learner has written in its place
 */
export async function showAbout(lesson, setting, value, own) {
  if (value === OWN) {
    dialog(`My ${setting}`, [
      element("pre", {tabIndex: 0, ariaLabel: "Its formula"}, own ?? ""),
      ...(setting === "optimizer" ? [element("p", {}, "At every step, from the top down, for each number of theta by itself: g is its gradient, t the number of the step, 1 at first; m and v are 0 at first.")] : []),
      element("p", {}, `What you have written. The server ${setting === "optimizer" ? "" : "took its derivatives with JAX and "}made JavaScript of it, which runs here as the other formulas do. No text of yours is run anywhere.`),
    ])
    return
  }
  const cards = await json(`cards/${lesson}.json`)
  const {title, formula, sentence, code} = cards[setting][setting === "model" ? "" : value]
  dialog(title, [
    element("div", {innerHTML: formula}), // MathML of our own
    element("p", {}, sentence),
    element("pre", {tabIndex: 0, ariaLabel: "Its code, as it runs"}, code),
  ])
}
