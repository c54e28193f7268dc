// The page's address: what stands behind its # is the lesson that is open, as it stands. It follows what is done without a
// place in the history for each change; another lesson is another place.

import {linkText, VERSION} from "./link.js"
import {presenting} from "./presenter.js"
import {any} from "./state.js"

export const SETTLED = 250 // milliseconds without a change until the address follows

/** @typedef {import("./lesson.js").Lesson} Lesson */

/** The text of the link to a lesson as it stands. @param {Lesson} lesson */
export function textOf({declaration, state, kind, firstView}) {
  const {settings, model, data} = state
  return linkText(declaration, state, {theta: kind.initial(settings, model, data), view: firstView, plane: kind.firstPlane}, presenting())
}

/** Whether a change is one that the address says; not while a run plays. @param {Set<string>} changed @param {import("./state.js").Phase} phase */
export function isSaid(changed, phase) {
  const moving = phase === "playing" && !changed.has("phase")
  return !moving && any(changed, "settings", "start", "phase", "run", "step", "beyond", "view", "plane", "chosen", "pins")
}

export class Address {
  constructor() {
    /** @type {Record<string, string>} by lesson: what was last said of it here */
    this.said = {}
    this.open = "" // the lesson that it is about
    /** @type {Lesson | null} that has changed since */
    this.changed = null
    this.waiting = 0
  }

  /** The address of the page with another text. @param {string} text */
  with(text) {
    return `${location.href.split("#")[0]}#${text}`
  }

  /** A lesson is opened. @param {string} key @param {boolean} another whether by the learner: Back leads to where they were */
  opened(key, another) {
    if (another && this.changed !== null) {
      this.write(this.changed)
    }
    this.open = key
    this.said[key] ??= `${VERSION};${key}`
    if (another) {
      history.pushState(null, "", this.with(this.said[key]))
    }
  }

  /** @param {Lesson} lesson what is done in it is said from now on, while it is open */
  follow(lesson) {
    lesson.store.subscribe((changed, {phase}) => isSaid(changed, phase) && this.settle(lesson))
  }

  /** @param {Lesson} lesson */
  settle(lesson) {
    clearTimeout(this.waiting)
    this.changed = lesson
    this.waiting = window.setTimeout(() => this.write(lesson), SETTLED)
  }

  /** Says how a lesson stands now, if it is open. @param {Lesson} lesson @returns {string} the text */
  write(lesson) {
    clearTimeout(this.waiting)
    this.changed = null
    const {key} = lesson.declaration
    const text = textOf(lesson)
    if (lesson.busy || lesson.state.phase === "running") {
      this.settle(lesson) // what it waits for is not in it yet
    } else if (key === this.open && text !== this.said[key]) {
      this.said[key] = text
      history.replaceState(null, "", this.with(text))
    }
    return text
  }
}
