// Dialogs, and what they are made of; text goes in as text.

/** @param {string} name @param {Record<string, any>} options @param {(string | Node)[]} children */
export function element(name, options, ...children) {
  const made = Object.assign(document.createElement(name), options)
  made.append(...children)
  return made
}

/** @param {string} title @param {Node[]} children @returns {HTMLDialogElement} open */
export function dialog(title, children) {
  const close = element("button", {type: "button", className: "close", ariaLabel: "Close"}, "✕")
  const made = /** @type {HTMLDialogElement} */ (element("dialog", {className: "dialog", ariaLabel: title}, element("h2", {}, title), close, ...children))
  close.addEventListener("click", () => made.close())
  made.addEventListener("close", () => made.remove())
  document.body.append(made)
  made.showModal()
  return made
}

/** A button that copies a text, which is marked where it stands. @param {string} label @param {() => string} text @param {() => void} mark */
export function copyButton(label, text, mark) {
  const button = element("button", {type: "button", className: "copy"}, label)
  button.addEventListener("click", async () => {
    mark()
    button.textContent = (await copied(text())) ? "Copied" : "Copying is not possible here"
  })
  return button
}

/** Copies a text; whether that was possible. @param {string} text */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // a page that is not secure has no clipboard, but may be told what the command copies
    document.addEventListener("copy", (event) => {
      event.clipboardData?.setData("text/plain", text)
      event.preventDefault()
    }, {once: true})
    return document.execCommand("copy")
  }
}

/** @param {number} count @param {string} noun */
export const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`
