// The lessons' tabs in the page's header, and which of them is open.

/** Which lesson is open; its event "lesson" tells of a change. Tabs and engine may be there in any order. */
class Opened extends EventTarget {
  /** @type {string | null} the lesson's key; none until somebody has chosen */
  key = null

  /** @param {string} key */
  choose(key) {
    this.key = key
    this.dispatchEvent(new Event("lesson"))
  }
}

export const opened = new Opened()

/**
 * @param {any} model the Tabs component
 * @param {HTMLElement} el
 */
export function tabs(model, el) {
  const style = document.createElement("link")
  style.rel = "stylesheet"
  style.href = new URL("engine/style.css", document.baseURI).href
  const list = document.createElement("div")
  list.className = "tabs"
  list.setAttribute("role", "tablist")
  list.setAttribute("aria-label", "Lessons")
  const keys = Object.keys(model.labels)
  const buttons = keys.map((key) => {
    const button = document.createElement("button")
    button.type = "button"
    button.setAttribute("role", "tab")
    button.textContent = model.labels[key]
    button.addEventListener("click", () => opened.choose(key))
    return button
  })
  list.append(...buttons)
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target))
    const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: keys.length - 1}[event.key]
    if (to !== undefined) {
      event.preventDefault()
      const next = (to + keys.length) % keys.length
      buttons[next].focus()
      opened.choose(keys[next])
    }
  })

  const draw = () =>
    buttons.forEach((button, index) => {
      const chosen = keys[index] === (opened.key ?? keys[0])
      button.setAttribute("aria-selected", String(chosen))
      button.tabIndex = chosen ? 0 : -1
    })
  opened.addEventListener("lesson", draw)
  draw()
  el.replaceChildren(style, list)
}
