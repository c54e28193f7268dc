// The course beside a lesson: its chapter, whose numbers are live, whose links act, and whose exercises are checked on what
// is done.

import {changedSettings} from "./admit.js"
import {blocks} from "./blocks.js"
import {checks} from "./exercises/checks.js"
import {verdict} from "./expressions.js"
import {json} from "./files.js"
import {MOST} from "./link.js"
import {live} from "./live.js"
import {ownTableText} from "./own_table.js"
import {pass, passed, startOver} from "./progress.js"
import {offerReport} from "./report.js"
import {Sketch} from "./sketch.js"
import {any} from "./state.js"

const SETTLED = 150 // milliseconds without a change until what was done is judged
const TYPED = 350 // milliseconds after the last letter until a formula is judged
const BETWEEN = 200 // milliseconds from one change of the live numbers to the next while a run plays
const ENDED = 12 // runs that are remembered, for checks that compare

/**
 * @typedef {import("./lesson.js").Lesson} Lesson
 * @typedef {{sections: string[], exercises: string[], titles: Record<string, string>, live: string[]}} Chapter
 * @typedef {import("./exercises/checks.js").Ended} Ended
 */

export class Course {
  /**
   * @param {Lesson} lesson
   * @param {Chapter} chapter
   * @param {{open: (lesson: string) => void, counted: (done: number, of: number) => void}} page
   */
  constructor(lesson, chapter, page) {
    this.lesson = lesson
    this.chapter = chapter
    this.page = page
    this.key = lesson.declaration.key
    this.judging = 0
    /** @type {Ended[]} the runs that have ended, the last one first */
    this.ended = []
    this.el = document.createElement("aside")
    this.el.className = "card course"
    this.el.setAttribute("aria-label", "Course")
    this.el.innerHTML = `${chapter.sections.join("")}<p class="over"><button type="button" data-report>My report</button> <button type="button" data-over>Start over</button></p>`
    /** @type {[HTMLElement, (lesson: Lesson) => string][]} */
    this.numbers = Array.from(this.el.querySelectorAll("[data-live]"), (place) => [/** @type {HTMLElement} */ (place), live[/** @type {any} */ (place).dataset.live]])
    /** @type {[HTMLElement, (lesson: Lesson) => Node[]][]} */
    this.blocks = Array.from(this.el.querySelectorAll("[data-block]"), (place) => [/** @type {HTMLElement} */ (place), blocks[/** @type {any} */ (place).dataset.block]])
    /** @type {Map<string, Sketch>} by exercise */
    this.sketches = new Map(Array.from(this.el.querySelectorAll("[data-sketch]"), (place) => this.sketch(/** @type {HTMLElement} */ (place))))
    this.writing = 0
    this.written = 0 // when the live numbers were, last
    this.el.addEventListener("input", (event) => this.typed(/** @type {HTMLInputElement} */ (event.target)))
    this.el.addEventListener("click", (event) => this.clicked(/** @type {HTMLElement} */ (event.target)))
    lesson.store.subscribe((changed) => this.look(changed))
    lesson.el.append(this.el)
    this.mark()
  }

  /** A place to draw in. @param {HTMLElement} place @returns {[string, Sketch]} */
  sketch(place) {
    const article = /** @type {HTMLElement} */ (place.closest("[data-exercise]"))
    const show = /** @type {HTMLButtonElement} */ (article.querySelector("[data-show]"))
    const sketch = new Sketch(place, JSON.parse(/** @type {string} */ (place.dataset.sketch)), (drawn) => {
      drawn.before = this.lesson.state.run
      show.disabled = !drawn.made
    })
    show.addEventListener("click", () => this.act({settings: sketch.wanted.run, then: ["run"]}))
    return [/** @type {string} */ (article.dataset.exercise), sketch]
  }

  /** @param {string} id @returns {HTMLElement} */
  article(id) {
    return /** @type {HTMLElement} */ (this.el.querySelector(`[data-exercise="${id}"]`))
  }

  /** @param {Set<string>} changed */
  look(changed) {
    const {run, phase, start} = this.lesson.state
    if (any(changed, "phase", "run") && run !== null && phase === "ended" && this.ended[0]?.run !== run) {
      this.ended = [{run, start}, ...this.ended].slice(0, ENDED)
    }
    if (any(changed, "theta", "settings", "data", "best", "surface", "model", "chosen") && this.seen && (phase !== "playing" || performance.now() > this.written + BETWEEN)) {
      this.write()
    }
    if (any(changed, "theta", "settings", "data", "phase", "view", "best", "chosen")) {
      clearTimeout(this.judging)
      this.judging = window.setTimeout(() => this.judge(), SETTLED)
    }
  }

  /** Whether it stands beside the lesson, and the lesson is open. */
  get seen() {
    return !this.lesson.el.hidden && this.lesson.state.course
  }

  /** It is put beside the lesson, or taken away. @param {boolean} course which of the two */
  opened(course) {
    this.lesson.store.set({course})
    course && this.write()
    this.count()
  }

  /** The live numbers and blocks. */
  write() {
    this.written = performance.now()
    for (const [place, text] of this.numbers) {
      const shown = text(this.lesson)
      if (place.textContent !== shown) {
        place.textContent = shown
      }
    }
    for (const [place, made] of this.blocks) {
      place.replaceChildren(...made(this.lesson))
    }
  }

  /** Whether what was done passes an exercise. */
  judge() {
    const {lesson, key, chapter} = this
    const {phase} = lesson.state
    if (phase === "running" || phase === "playing" || lesson.el.hidden) {
      return
    }
    this.seen && this.write() // at rest they are those of what is shown
    const done = passed()
    this.sketches.forEach((sketch) => sketch.see(lesson.state))
    for (const id of chapter.exercises.filter((id) => !(`${key}/${id}` in done))) {
      const sketch = this.sketches.get(id) ?? null
      const seen = checks[key]?.[id]?.({lesson, state: lesson.state, measured: lesson.measured, ended: this.ended, sketch}) ?? null
      if (seen?.passed) {
        this.passed(id, seen.saw)
      } else if (seen !== null && this.inView(id)) {
        this.verdict(id, "not yet", seen.saw)
      }
    }
  }

  /** Whether an exercise is being read: only there is said what is missing. @param {string} id */
  inView(id) {
    const [whole, part] = [this.el, this.article(id)].map((element) => element.getBoundingClientRect())
    return part.bottom > whole.top && part.top < whole.bottom
  }

  /** @param {string} id @param {string} saw */
  passed(id, saw) {
    const {settings, start} = this.lesson.state
    const fits = !settings.table || ownTableText(settings.table).length <= MOST // a report is a link
    const kept = fits ? settings : {...settings, table: null}
    pass(`${this.key}/${id}`, {at: new Date().toISOString(), settings: changedSettings(this.lesson.declaration, kept), start: Array.from(start)})
    this.mark()
    this.verdict(id, "passed", saw)
  }

  /** @param {string} id @param {"passed" | "not yet" | "wrong"} kind @param {string} text */
  verdict(id, kind, text) {
    const place = /** @type {HTMLElement} */ (this.article(id).querySelector(".verdict"))
    place.dataset.kind = kind
    const shown = kind === "passed" ? `✓ ${text}` : text
    if (place.textContent !== shown) {
      place.textContent = shown
    }
  }

  /** Which exercises are passed. */
  mark() {
    const done = passed()
    const {exercises} = this.chapter
    for (const id of exercises) {
      const is = `${this.key}/${id}` in done
      const article = this.article(id)
      article.classList.toggle("passed", is)
      const why = /** @type {HTMLElement | null} */ (article.querySelector(".why"))
      if (why !== null && !is) {
        why.hidden = true
      }
    }
    this.count()
  }

  /** Tells the page how many are passed. */
  count() {
    const done = passed()
    const {exercises} = this.chapter
    this.page.counted(exercises.filter((id) => `${this.key}/${id}` in done).length, exercises.length)
  }

  /** @param {HTMLElement} target */
  clicked(target) {
    const button = /** @type {HTMLButtonElement | null} */ (target.closest("button"))
    if (button === null) {
      return
    }
    const {choice, help, lesson} = button.dataset
    const article = /** @type {HTMLElement | null} */ (button.closest("[data-exercise]"))
    if (button.dataset.do !== undefined) {
      this.act(JSON.parse(button.dataset.do))
    } else if (lesson !== undefined) {
      this.page.open(lesson)
    } else if (choice !== undefined && article !== null) {
      this.chosen(article, button, Number(choice))
    } else if (help !== undefined && article !== null) {
      const place = /** @type {HTMLElement} */ (article.querySelector(`.${help}`))
      place.hidden = !place.hidden
      button.setAttribute("aria-expanded", String(!place.hidden))
    } else if (button.dataset.use !== undefined && article !== null) {
      const field = /** @type {HTMLInputElement} */ (article.querySelector("[data-write]"))
      const {into, settings} = JSON.parse(button.dataset.use)
      this.lesson.change({...settings, [into]: field.value.trim()})
    } else if (button.dataset.report !== undefined) {
      offerReport()
    } else if (button.dataset.over !== undefined) {
      this.over()
    }
  }

  /** Does what a link says. @param {{settings: Record<string, any>, then: string[]}} deed */
  act({settings, then}) {
    this.lesson.change(settings)
    for (const action of then) {
      this.lesson.inTurn(() => {
        this.lesson.buttons[action].click()
        return null
      })
    }
  }

  /** A prediction was made. @param {HTMLElement} article @param {HTMLButtonElement} button @param {number} choice 0 is the right one */
  chosen(article, button, choice) {
    const id = /** @type {string} */ (article.dataset.exercise)
    for (const other of article.querySelectorAll("[data-choice]")) {
      other.setAttribute("aria-pressed", String(other === button))
    }
    if (choice === 0) {
      this.passed(id, "Yes.")
      const why = /** @type {HTMLElement} */ (article.querySelector(".why"))
      why.hidden = false
    } else {
      this.verdict(id, "wrong", `Not so: “${button.textContent}”. Think of what it would mean, or try it, and choose again.`)
    }
  }

  /** A formula is being written: it is judged as soon as the typing stops. @param {HTMLInputElement} field */
  typed(field) {
    const article = /** @type {HTMLElement | null} */ (field.closest("[data-exercise]"))
    if (article !== null && field.dataset.write !== undefined) {
      clearTimeout(this.writing)
      this.writing = window.setTimeout(() => this.judgeFormula(article, field), TYPED)
    }
  }

  /** @param {HTMLElement} article @param {HTMLInputElement} field */
  async judgeFormula(article, field) {
    const id = /** @type {string} */ (article.dataset.exercise)
    if (field.value.trim() === "") {
      this.verdict(id, "not yet", "")
      return
    }
    const {right, sentence} = verdict(/** @type {string} */ (field.dataset.write), field.value, await json("course/formulas.json"))
    article.querySelector(".use")?.toggleAttribute("hidden", !right)
    if (right) {
      this.passed(id, sentence)
    } else {
      this.verdict(id, "wrong", sentence)
    }
  }

  over() {
    startOver(this.key)
    this.ended = []
    this.sketches.forEach((sketch) => sketch.clear())
    for (const place of this.el.querySelectorAll(".verdict")) {
      place.textContent = ""
    }
    for (const button of this.el.querySelectorAll("[data-choice]")) {
      button.setAttribute("aria-pressed", "false")
    }
    this.mark()
  }
}
