// *Code*: the lesson as it stands, as Python that can be taken along.

import {notebook, script} from "./code.js"
import {copyButton, dialog, element} from "./dialog.js"
import {json} from "./files.js"
import {OWN} from "./models.js"
import {saveFile} from "./saving.js"

/** @type {[("scratch" | "library"), string][]} */
const FORMS = [
  ["scratch", "From scratch"],
  ["library", "With dl_workshop"],
]

/** Shows the code of a lesson, with the numbers that it has now. @param {import("./lesson.js").Lesson} lesson */
export async function showCode({declaration: {key}, state, kind}) {
  const pieces = await json(`code/${key}.json`)
  const drawn = state.model.kind === "network" ? kind.initial(state.settings, state.model, state.data) : null
  const scripts = script(pieces, {...state, drawn, ...(Object.values(state.settings).includes(OWN) ? {language: await json("course/formulas.json")} : {})})
  const listing = element("pre", {tabIndex: 0, ariaLabel: "The code"})
  const tabs = FORMS.map(([form, label]) => {
    const tab = element("button", {type: "button"}, label)
    tab.addEventListener("click", () => show(form))
    return tab
  })
  let shown = FORMS[0][0]
  const show = (/** @type {"scratch" | "library"} */ form) => {
    shown = form
    listing.textContent = scripts[form]
    tabs.forEach((tab, k) => tab.setAttribute("aria-pressed", String(FORMS[k][0] === form)))
  }
  const copy = copyButton("Copy", () => scripts[shown], () => getSelection()?.selectAllChildren(listing))
  show(shown)
  dialog("Code", [
    element("p", {}, pieces.shown),
    element("p", {className: "buttons"}, ...tabs, copy, ...download(key, () => scripts[shown])),
    listing,
  ])
}

/** Buttons that save a script. @param {string} name @param {() => string} text */
function download(name, text) {
  /** @type {[string, string, (source: string) => string][]} */
  const kinds = [
    ["py", "text/x-python", (source) => source],
    ["ipynb", "application/x-ipynb+json", notebook],
  ]
  return kinds.map(([ending, type, made]) => {
    const button = element("button", {type: "button"}, `Save .${ending}`)
    button.addEventListener("click", () => saveFile(`${name}.${ending}`, type, made(text())))
    return button
  })
}
