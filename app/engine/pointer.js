// The current point is dragged on the loss surface; a click or a tap moves it there.

const NEAR = 30 // pixels within which a press takes hold of the point

/**
 * @param {HTMLElement} el the surface's place
 * @param {import("./plots.js").Plots} plots
 * @param {{theta: () => {w: number, b: number}, onMove: (theta: {w: number, b: number}) => void, onLetGo: () => void}} lesson
 * @returns {() => void} stops listening
 */
export function listen(el, plots, {theta, onMove, onLetGo}) {
  let dragging = false

  /** @param {PointerEvent} event */
  function down(event) {
    const at = plots.thetaAt(event, false)
    if (event.button !== 0 || at === null) {
      return
    }
    event.preventDefault()
    dragging = true
    el.setPointerCapture(event.pointerId)
    el.classList.add("dragging")
    if (plots.distance(event, theta()) > NEAR || event.pointerType !== "touch") {
      onMove(at)
    }
  }

  /** @param {PointerEvent} event */
  function move(event) {
    if (dragging) {
      onMove(/** @type {any} */ (plots.thetaAt(event, true)))
    } else {
      el.classList.toggle("near", plots.distance(event, theta()) < NEAR / 2)
    }
  }

  function up() {
    if (dragging) {
      dragging = false
      el.classList.remove("dragging")
      onLetGo()
    }
  }

  const listeners = {pointerdown: down, pointermove: move, pointerup: up, pointercancel: up}
  for (const [name, listener] of Object.entries(listeners)) {
    el.addEventListener(name, /** @type {any} */ (listener))
  }
  return () => {
    for (const [name, listener] of Object.entries(listeners)) {
      el.removeEventListener(name, /** @type {any} */ (listener))
    }
  }
}
