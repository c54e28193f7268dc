// A link as a QR code, as large as there is room: for a class that looks at a screen.

import {dialog, element} from "./dialog.js"
import {qrCode, qrPicture} from "./qr.js"

const HERE = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|)$/ // hosts that are this computer
const ONLY_HERE = "This address is of this computer alone: no other device can open it."
const TOO_LONG = "This link is too long for a QR code: copy it instead."

/** What a link looks like to a camera. @param {string} link @returns {(Element)[]} */
export function scannable(link) {
  const squares = qrCode(link)
  const alone = HERE.test(new URL(link).hostname) ? [element("p", {}, ONLY_HERE)] : []
  return squares === null ? [element("p", {}, TOO_LONG)] : [qrPicture(squares, "QR code of this link"), ...alone]
}

/** @param {string} link */
export function showScannable(link) {
  dialog("Scan to open", [...scannable(link), element("p", {className: "link"}, link)])
}
