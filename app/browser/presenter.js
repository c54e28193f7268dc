// Presenter mode: a lesson on a projector. Text and lines are large, two figures stand beside each other, the cards are folded
// to one row, and what the class is to find is covered until it is shown. That it is on stands on the page's root element, as
// the theme does; the rest is presenter.css.

import {element} from "./dialog.js"
import {enlarge} from "./enlarging.js"
import {withKey} from "./keyboard.js"

/** @typedef {import("./lesson.js").Lesson} Lesson */

const SMALLEST = 12 // pixels of the smallest text on a figure
const ANSWERS = ["truth", "best_curve", "best", "f_minima"] // what of the figures gives it away
const LATE = 150 // milliseconds without a change of the window's size until the figures follow
const SIDES = /** @type {const} */ (["left", "right"])

const root = document.documentElement

/** Whether presenter mode is on. */
export const presenting = () => "presenting" in root.dataset

/** Whether the answer is covered. */
export const covered = () => "covered" in root.dataset

export class Presenter {
  /**
   * @param {() => Lesson[]} lessons that there are by now
   * @param {HTMLButtonElement} button that turns it on and off
   * @param {HTMLButtonElement} answer the button that covers and shows
   */
  constructor(lessons, button, answer) {
    this.lessons = lessons
    this.button = button
    this.answer = answer
    this.waiting = 0
    /** @type {Map<Lesson, Record<"left" | "right", HTMLSelectElement>>} which figures are shown */
    this.sides = new Map()
    answer.addEventListener("click", () => this.cover(!covered()))
    addEventListener("resize", () => {
      clearTimeout(this.waiting)
      this.waiting = window.setTimeout(() => presenting() && this.dressAll(), LATE)
    })
    addEventListener("keydown", ({key}) => key === "Escape" && this.lessons().forEach((lesson) => fold(lesson)))
  }

  /** @param {boolean} wanted */
  present(wanted) {
    root.toggleAttribute("data-presenting", wanted)
    this.button.setAttribute("aria-pressed", String(wanted))
    this.cover(wanted)
  }

  /** Covers the answer, or shows it. @param {boolean} wanted */
  cover(wanted) {
    root.toggleAttribute("data-covered", wanted)
    this.answer.textContent = wanted ? "Show answer" : "Hide answer"
    this.dressAll()
  }

  dressAll() {
    this.lessons().forEach((lesson) => this.dress(lesson))
  }

  /** A lesson is put on as the mode wants it; called too when it is new, or has other figures. @param {Lesson} lesson */
  dress(lesson) {
    if (presenting() && !this.sides.has(lesson)) {
      this.sides.set(lesson, this.build(lesson))
      this.show(lesson)
    }
    const {plots} = lesson
    if (plots !== null) {
      plots.scale = presenting() ? parseFloat(getComputedStyle(document.body).fontSize) / SMALLEST : 1
      enlarge(plots.document, plots.scale)
      for (const name of ANSWERS) {
        plots.model(`${name}_renderer`)?.setv({visible: !covered()})
      }
      for (const name of Object.keys(plots.views)) {
        setTimeout(() => plots.relayout(name)) // Bokeh makes the new labels in a task of its own
      }
      lesson.resized()
    }
  }

  /** The row of folded cards, and which figure stands where. @param {Lesson} lesson */
  build(lesson) {
    const cards = /** @type {HTMLElement[]} */ (Array.from(lesson.all(".side .card:not(.slope)")))
    const toggles = cards.map((card) => {
      const toggle = element("button", {type: "button", ariaExpanded: "false"}, card.querySelector("h2")?.textContent ?? "")
      toggle.addEventListener("click", () => {
        const wanted = !card.classList.contains("open")
        fold(lesson)
        card.classList.toggle("open", wanted)
        toggle.setAttribute("aria-expanded", String(wanted))
      })
      return toggle
    })
    const run = element("button", {type: "button", className: "go", title: withKey("run", "Run gradient descent")}, "Run")
    run.addEventListener("click", () => lesson.start())
    const figures = /** @type {HTMLElement[]} */ (Array.from(lesson.all(".stage > .figure")))
    const made = SIDES.map((side, k) => {
      const choices = figures.map((figure) => new Option(figure.dataset.label ?? figure.ariaLabel ?? "", nameOf(figure)))
      const select = /** @type {HTMLSelectElement} */ (element("select", {ariaLabel: `Figure on the ${side}`, className: `pick ${side}`}, ...choices))
      select.selectedIndex = figures.some(({classList}) => classList.contains("diagram")) ? k + 1 : k // the data come first
      select.addEventListener("change", () => this.show(lesson, side))
      return select
    })
    lesson.el.append(element("div", {className: "folded"}, ...toggles, run), ...made)
    return {left: made[0], right: made[1]}
  }

  /** Shows the figures that are chosen. @param {Lesson} lesson @param {"left" | "right"} last which was chosen last: the other one makes room */
  show(lesson, last = "left") {
    const sides = /** @type {Record<"left" | "right", HTMLSelectElement>} */ (this.sides.get(lesson))
    const other = sides[last === "left" ? "right" : "left"]
    if (other.value === sides[last].value) {
      other.selectedIndex = (other.selectedIndex + 1) % other.options.length
    }
    for (const figure of lesson.all(".stage > .figure")) {
      const side = SIDES.find((side) => sides[side].value === nameOf(figure))
      if (side === undefined) {
        delete figure.dataset.place
      } else {
        figure.dataset.place = side
      }
    }
  }

  /** Shows two figures by their names. @param {Lesson} lesson @param {[string, string]} names */
  showFigures(lesson, [left, right]) {
    const sides = this.sides.get(lesson)
    if (sides !== undefined) {
      sides.left.value = left
      sides.right.value = right
      this.show(lesson)
    }
  }
}

/** The name of a figure: the second word of its class, after `card figure`. @param {HTMLElement} figure */
const nameOf = (figure) => figure.classList[2]

/** No card is open. @param {Lesson} lesson */
function fold(lesson) {
  for (const card of lesson.all(".side .card.open")) {
    card.classList.remove("open")
  }
  for (const toggle of lesson.all(".folded [aria-expanded=true]")) {
    toggle.setAttribute("aria-expanded", "false")
  }
}
