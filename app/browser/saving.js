// Files that the learner takes along: made here, sent nowhere.

import {element} from "./dialog.js"

/** @param {string} name of the file @param {string} type @param {BlobPart} body */
export function saveFile(name, type, body) {
  const address = URL.createObjectURL(new Blob([body], {type}))
  const link = /** @type {HTMLAnchorElement} */ (element("a", {href: address, download: name}))
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}
