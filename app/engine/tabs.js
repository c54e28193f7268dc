// The lessons' tabs in the page's header, and which of them is open.

/** Tells the engine which lesson is open. */
export const open = new EventTarget()

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
    button.addEventListener("click", () => select(key))
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
      select(keys[next])
    }
  })

  /** @param {string} key */
  function select(key) {
    buttons.forEach((button, index) => {
      const chosen = keys[index] === key
      button.setAttribute("aria-selected", String(chosen))
      button.tabIndex = chosen ? 0 : -1
    })
    open.dispatchEvent(new CustomEvent("lesson", {detail: key}))
  }

  // The engine may have been built before the tabs: it says which lesson a learner had open.
  open.addEventListener("restore", (event) => select(/** @type {CustomEvent} */ (event).detail))
  if (keys.length > 0) {
    select(keys[0])
  }
  el.replaceChildren(style, list)
}
