// The points of a lesson are edited on their figure: dragged, added, removed; by mouse, touch and keyboard; undone and redone.
// What there is to edit with is on while *Edit points* is.

import {setting as numberText} from "./format.js"
import {TYPED_INTO} from "./keyboard.js"
import {listen} from "./pointer.js"
import {added, LEAST, moved, nearest, neighbour, outlier, pointsOf, removed, rounded} from "./points.js"
import {any} from "./state.js"

const REACH = {mouse: 12, touch: 24} // pixels within which a press takes hold of a point
const PRESSES = 100 // arrow keys from one side of the figure to the other
const FAR = 10 // times as far with Shift
const KEPT = 100 // edits that can be undone
const KEYS = "Arrow keys move the chosen point, with Shift further; Page Up and Page Down choose another, Enter adds one, Delete removes it."
const GONE = "The data have changed: the run on those before has gone."

/** @type {Record<string, Point>} which way the arrow keys go */
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}

/** A coordinate in a sentence. @param {number} value */
const placed = (value) => numberText(value).replace("-", "−")

/**
 * @typedef {import("./points.js").Points} Points
 * @typedef {import("./points.js").Point} Point
 *
 * @typedef {"another" | "the same" | "back or forth"} Edit whether a change of the points is an edit of its own, goes on with the
 *   last one, or takes one back
 */

export class Editor {
  /** @param {import("./lesson.js").Lesson} lesson @param {import("./figures/fit.js").Fit} fit the figure */
  constructor(lesson, fit) {
    this.lesson = lesson
    this.fit = fit
    this.el = /** @type {HTMLElement} */ (lesson.el.querySelector("[data-figure=fit]"))
    this.tools = /** @type {HTMLElement} */ (lesson.el.querySelector(".tools"))
    /** @type {Points} */
    this.known = lesson.state.settings.points
    /** @type {Edit} */
    this.edit = "another"
    this.gone = false // whether the edit that is under way has taken a run with it
    /** @type {{place: Point, offset: Point, moved: boolean} | null} where the pointer took hold, and how far beside the point */
    this.hold = null
    listen(this.el, {
      at: (event, clamp) => this.placeOf(event, clamp),
      distance: (event) => this.near(event)?.away ?? Infinity,
      take: (event) => this.take(event),
      move: (to) => this.drag(to),
      drop: () => this.drop(),
    })
    this.el.addEventListener("keydown", (event) => this.key(event))
    addEventListener("keydown", (event) => this.shortcut(event))
    lesson.store.subscribe((changed) => changed.has("settings") && this.record())
  }

  /** What the buttons do. @returns {Record<string, () => void>} */
  get actions() {
    return {
      outlier: () => this.add(outlier(this.points, this.fit.frame, this.fit.classes)),
      remove: () => this.remove(),
      undo: () => this.step("past", "future"),
      redo: () => this.step("future", "past"),
      drawn: () => this.put([]),
    }
  }

  get on() {
    return this.lesson.state.view.edit && this.lesson.plots !== null
  }

  /** The points that are seen, as points of one's own. @returns {Points} */
  get points() {
    const {settings, data} = this.lesson.state
    return data.own ? settings.points : pointsOf(data.shown, this.fit.frame, this.fit.classes)
  }

  /** Which point is chosen; null where none is. */
  get at() {
    const {edits: {at}, data} = this.lesson.state
    return at !== null && at < data.shown.x.length ? at : null
  }

  // --- changes ---

  /**
   * Other points take the place of those that are there.
   * @param {Points} points
   * @param {number | null} at the one that is chosen
   * @param {Edit} edit
   */
  put(points, at = null, edit = "another") {
    const {lesson} = this
    lesson.inTurn(() => {
      this.gone = lesson.state.run !== null || (edit === "the same" && this.gone)
      this.edit = edit
      return null
    })
    lesson.change({points})
    lesson.inTurn(() => {
      this.edit = "another"
      this.choose(at)
      this.hold === null && this.tell()
      return null
    })
  }

  /** Keeps the points that were there before, whoever has changed them. */
  record() {
    const {store, state: {settings: {points}, edits}} = this.lesson
    const {known} = this
    const other = points !== known && (points.length > 0 || known.length > 0)
    this.known = points
    if (other && this.edit === "another") {
      store.set({edits: {past: [...edits.past, known].slice(-KEPT), future: [], at: null}})
    }
  }

  /** Takes an edit back, or makes it again. @param {"past" | "future"} from @param {"past" | "future"} to */
  step(from, to) {
    const {lesson} = this
    const {edits, settings: {points}} = lesson.state
    const next = edits[from].at(-1)
    if (next !== undefined) {
      lesson.store.set({edits: {...edits, at: null, [from]: edits[from].slice(0, -1), [to]: [...edits[to], points]}})
      this.put(next, null, "back or forth")
    }
  }

  /** @param {Point} point @param {Edit} edit */
  add(point, edit = "another") {
    const {points} = this
    if (points.length < 2 * this.lesson.rows.points.most) {
      this.put(added(points, point), points.length / 2, edit)
    }
  }

  remove() {
    const {at, points} = this
    if (at !== null && points.length > 2 * LEAST) {
      this.put(removed(points, at), Math.min(at, points.length / 2 - 2))
    }
  }

  /** @param {number | null} at */
  choose(at) {
    const {store, state: {edits}} = this.lesson
    store.set({edits: {...edits, at}})
  }

  /** Says where the chosen point is, and what the edit has brought with it. */
  tell() {
    const {at, gone} = this
    const {store, state: {data: {shown: {x, y}}}} = this.lesson
    const place = at === null ? [] : [`Point ${at + 1} of ${x.length}: x = ${placed(x[at])}, y = ${placed(y[at])}.`]
    const text = [...place, ...(gone ? [GONE] : [])].join(" ")
    text !== "" && store.set({words: {kind: "", text}})
  }

  // --- pointers ---

  /** The place under a pointer; null where nothing is edited. @param {MouseEvent} event @param {boolean} clamp whether one outside counts as the edge @returns {Point | null} */
  placeOf(event, clamp) {
    const {plots} = this.lesson
    if (!this.on || plots === null) {
      return null
    }
    const {sx, sy, frame} = plots.under("fit", event)
    const {left, right, top, bottom} = frame.bbox
    const outside = sx < left || sx > right || sy < top || sy > bottom
    return outside && !clamp ? null : [frame.x_scale.invert(sx), frame.y_scale.invert(sy)]
  }

  /** The point that a pointer can take hold of; null where there is none. @param {PointerEvent} event */
  near(event) {
    const {plots, state} = this.lesson
    if (!this.on || plots === null) {
      return null
    }
    const {sx, sy, frame} = plots.under("fit", event)
    const found = nearest(state.data.shown, (x, y) => Math.hypot(sx - frame.x_scale.compute(x), sy - frame.y_scale.compute(y)))
    return found.away <= (event.pointerType === "mouse" ? REACH.mouse : REACH.touch) ? found : null
  }

  /** A pointer takes hold of a point, or of the place for a new one. @param {PointerEvent} event */
  take(event) {
    const place = /** @type {Point} */ (this.placeOf(event, true))
    const at = this.near(event)?.at ?? null
    const {x, y} = this.lesson.state.data.shown
    this.hold = {place, offset: at === null ? [0, 0] : [x[at] - place[0], y[at] - place[1]], moved: false}
    this.gone = false
    this.choose(at)
  }

  /** @param {Point} to where the pointer is */
  drag(to) {
    const {at, hold, points} = this
    if (hold === null) {
      return
    }
    if (at === null) {
      this.add(this.inside(to))
      hold.moved = true
    } else if (hold.moved || to[0] !== hold.place[0] || to[1] !== hold.place[1]) {
      const point = this.inside([to[0] + hold.offset[0], this.fit.classes ? to[1] : to[1] + hold.offset[1]])
      if (point[0] !== points[2 * at] || point[1] !== points[2 * at + 1]) {
        this.put(moved(points, at, point), at, hold.moved ? "the same" : "another")
        hold.moved = true
      }
    }
  }

  drop() {
    this.hold = null
    this.tell()
  }

  /** The nearest place of the figure that a point can have. @param {Point} point @returns {Point} */
  inside([x, y]) {
    const {frame, classes} = this.fit
    const {left, right, bottom, top} = frame
    return rounded([Math.min(Math.max(x, left), right), Math.min(Math.max(y, bottom), top)], frame, classes)
  }

  // --- keys ---

  /** @param {KeyboardEvent} event while the figure has the focus */
  key(event) {
    const {key, shiftKey, repeat} = event
    const {state} = this.lesson
    const {x, y} = state.data.shown
    const {left, right, bottom, top} = this.fit.frame
    const at = this.at ?? neighbour(state.data.shown, null, 1)
    const arrow = ARROWS[key]
    if (!this.on || event.ctrlKey || event.metaKey || event.altKey) {
      return
    }
    if (arrow !== undefined) {
      const far = (shiftKey ? FAR : 1) / PRESSES
      const across = x[at] + arrow[0] * far * (right - left)
      const up = this.fit.classes && arrow[1] !== 0 ? Number(arrow[1] > 0) : y[at] + arrow[1] * far * (top - bottom)
      this.put(moved(this.points, at, this.inside([across, up])), at, repeat ? "the same" : "another")
    } else if (key === "PageDown" || key === "PageUp") {
      this.gone = false
      this.choose(this.at === null ? at : neighbour(state.data.shown, at, key === "PageDown" ? 1 : -1))
      this.tell()
    } else if (key === "Enter") {
      this.add(this.inside([x[at] + (right - left) / PRESSES, y[at]]))
    } else if (key === "Delete" || key === "Backspace") {
      this.remove()
    } else {
      return
    }
    event.preventDefault()
  }

  /** Undo and redo, wherever the focus is. @param {KeyboardEvent} event */
  shortcut(event) {
    const {key, ctrlKey, metaKey, altKey, shiftKey, target} = event
    const typed = target instanceof Element && target.closest(`${TYPED_INTO}, dialog`) !== null
    const pressed = key.toLowerCase()
    const back = pressed === "z" && !shiftKey
    const forth = pressed === "y" || (pressed === "z" && shiftKey)
    if ((ctrlKey || metaKey) && !altKey && !typed && (back || forth) && !this.lesson.el.hidden) {
      event.preventDefault()
      back ? this.actions.undo() : this.actions.redo()
    }
  }

  // --- drawing ---

  /** @param {import("./state.js").State} state @param {Set<string>} changed */
  prepare({view, edits, data}, changed) {
    if (any(changed, "view", "edits", "data")) {
      const {el, tools, lesson: {buttons}} = this
      tools.hidden = !view.edit
      el.classList.toggle("editing", view.edit)
      el.setAttribute("role", view.edit ? "application" : "img")
      el.ariaDescription = view.edit ? KEYS : null
      el.tabIndex = view.edit ? 0 : -1
      const can = {undo: edits.past.length > 0, redo: edits.future.length > 0, remove: this.at !== null && data.shown.x.length > LEAST, drawn: data.own}
      for (const [name, possible] of Object.entries(can)) {
        buttons[name].setAttribute("aria-disabled", String(!possible))
      }
    }
  }

  /** @param {import("./plots.js").Plots} plots @param {import("./state.js").State} state @param {Set<string>} changed */
  draw(plots, {view, data: {shown: {x, y}}}, changed) {
    if (any(changed, "view", "edits", "data")) {
      const {at} = this
      plots.set("chosen_point", at === null || !view.edit ? {x: [], y: []} : {x: [x[at]], y: [y[at]]})
    }
  }
}
