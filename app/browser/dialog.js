// Dialogs, and what they are made of; text goes in as text.

/** @param {string} name @param {Record<string, any>} options @param {(string | Node)[]} children */
export function element(name, options, ...children) {
  const made = Object.assign(document.createElement(name), options)
  made.append(...children)
  return made
}

/**
 * A table.
 * @param {(string | {text: string, title: string})[]} heads of the columns; "" for one that needs none
 * @param {HTMLElement[]} rows
 * @param {Record<string, any>} options of the element, and a caption
 */
export function table(heads, rows, {caption = "", ...options} = {}) {
  const cells = heads.map((head) => {
    const {text, title} = typeof head === "string" ? {text: head, title: ""} : head
    return text === "" ? element("td", {}) : element("th", {scope: "col", title}, text)
  })
  const said = caption === "" ? [] : [element("caption", {}, caption)]
  return element("table", options, ...said, element("thead", {}, element("tr", {}, ...cells)), element("tbody", {}, ...rows))
}

/** A drawing. @param {string} viewBox @param {Record<string, string>} attributes @param {string} content markup of our own */
export function drawing(viewBox, attributes, content) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  Object.entries({viewBox, ...attributes}).forEach(([name, value]) => made.setAttribute(name, value))
  made.innerHTML = content
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
