// Files that the learner takes along: made here, sent nowhere.

import {element} from "./dialog.js"

/** @param {string} name of the file @param {string} type @param {string} text */
export function saveFile(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], {type}))
  const link = /** @type {HTMLAnchorElement} */ (element("a", {href: address, download: name}))
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}
