// The current point is dragged on the loss surface; a click or a tap moves it there. A swipe that begins elsewhere scrolls, as
// does one that begins on a slider.

const NEAR = 30 // pixels within which a press takes hold of the point
const STILL = 8 // pixels that a tap may move

/**
 * @typedef {object} Grasp how a point is taken hold of
 * @property {(event: PointerEvent, clamp: boolean) => any} at the place under a pointer; null outside of the figure unless `clamp`
 * @property {(event: PointerEvent) => number} distance pixels from a pointer to the point
 * @property {(at: any) => void} move to a place
 * @property {(event: PointerEvent) => void} [take] called before the first movement of a drag, and before that of a tap
 * @property {() => void} [drop] called when a drag or a tap has ended
 */

/**
 * @param {HTMLElement} el the figure's place
 * @param {Grasp} grasp
 * @returns {() => void} stops listening
 */
export function listen(el, {at, distance, move, take, drop}) {
  let dragging = false
  /** @type {PointerEvent | null} a touch that may become a tap */
  let touched = null

  const listeners = {
    pointerdown(/** @type {PointerEvent} */ event) {
      if (event.button !== 0 || at(event, false) === null) {
        return
      }
      const near = distance(event) <= NEAR
      if (event.pointerType === "touch" && !near) {
        touched = event // the page may scroll under it
        return
      }
      event.preventDefault()
      dragging = true
      el.setPointerCapture(event.pointerId)
      el.classList.add("dragging")
      take?.(event)
      if (!near || event.pointerType !== "touch") {
        move(at(event, false))
      }
    },
    pointermove(/** @type {PointerEvent} */ event) {
      if (dragging) {
        move(at(event, true))
      } else if (event.pointerType !== "touch") {
        el.classList.toggle("near", distance(event) < NEAR / 2)
      }
    },
    pointerup(/** @type {PointerEvent} */ event) {
      if (touched !== null && Math.hypot(event.clientX - touched.clientX, event.clientY - touched.clientY) < STILL) {
        const to = at(event, false)
        if (to !== null) {
          take?.(event)
          move(to)
          drop?.()
        }
      }
      listeners.pointercancel()
    },
    pointercancel() {
      dragging && drop?.()
      dragging = false
      touched = null
      el.classList.remove("dragging")
    },
    /** A touch that takes hold of the point does not scroll. */
    touchstart(/** @type {TouchEvent} */ event) {
      const [touch] = event.touches
      if (touch !== undefined && distance(/** @type {any} */ (touch)) <= NEAR) {
        event.preventDefault()
      }
    },
  }
  for (const [name, listener] of Object.entries(listeners)) {
    el.addEventListener(name, /** @type {any} */ (listener), {passive: false})
  }
  return () => {
    for (const [name, listener] of Object.entries(listeners)) {
      el.removeEventListener(name, /** @type {any} */ (listener))
    }
  }
}

/**
 * A touch moves a slider once it goes sideways, or ends: a swipe up or down scrolls the page and changes nothing.
 * @param {HTMLInputElement} slider
 * @param {() => void} moved the slider has another value, which counts
 */
export function listenToSlider(slider, moved) {
  /** @type {{x: number, y: number, value: string} | null} a touch of which it is not known yet, and the value before it */
  let touched = null
  slider.addEventListener("pointerdown", ({pointerType, clientX: x, clientY: y}) => (touched = pointerType === "touch" ? {x, y, value: slider.value} : null))
  slider.addEventListener("input", () => touched === null && moved())
  slider.addEventListener("pointermove", ({clientX, clientY}) => {
    if (touched !== null && Math.abs(clientX - touched.x) > Math.max(STILL, Math.abs(clientY - touched.y))) {
      touched = null
      moved()
    }
  })
  slider.addEventListener("pointerup", () => {
    if (touched !== null) {
      touched = null
      moved()
    }
  })
  slider.addEventListener("pointercancel", () => {
    if (touched !== null) {
      slider.value = touched.value
      touched = null
    }
  })
}
