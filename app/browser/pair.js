// A | B: two lessons beside one another, each whole and in a frame of its own, with one playback for both. What differs between
// them is said; both are in the address.

import {isSaid, SETTLED, textOf} from "./address.js"
import {toldApart} from "./comparing.js"
import {element} from "./dialog.js"
import {missingIn, MOST, pairText} from "./link.js"
import {transportHtml} from "./page.js"
import {Player} from "./player.js"
import {lessMotion} from "./runs.js"
import {any, placeAt, sameNumbers} from "./state.js"
import {Transport} from "./transport.js"

const NAMES = ["A", "B"]
const SAME = "as the other, so far: change what you want to compare"
const STEP = new Set(["step"])
const EVERYTHING = new Set(["phase", "run", "made", "step", "view"])

/** @typedef {import("./lesson.js").Lesson} Lesson */

export class Pair {
  /**
   * @param {string[]} texts of the links to both
   * @param {{changed: (text: string) => void, keep: (text: string) => void}} page changed: the address is to follow; keep: one of
   *   them is wanted alone
   */
  constructor(texts, page) {
    this.page = page
    this.texts = texts
    /** @type {(Lesson | null)[]} each once it is there */
    this.lessons = [null, null]
    /** @type {any[]} what the pages in the frames can be told */
    this.pages = [null, null]
    /** @type {(import("./state.js").Run | null)[]} runs that are played */
    this.runs = [null, null]
    this.waiting = 0
    this.begins = texts.some((text) => /;run(;|$)/.test(text) && !/;step=/.test(text)) // whether runs are awaited, to be played from their start
    this.says = NAMES.map(() => element("span", {className: "apart"}))
    this.losses = NAMES.map(() => element("b", {}))
    const halves = NAMES.map((name, k) => element("section", {ariaLabel: name}, this.head(name, k), this.frame(texts[k], k)))
    const bar = element("div", {className: "playback"})
    bar.innerHTML = `<div class="buttons starts"><button type="button" class="run" data-action="run">Run both</button>
      <button type="button" class="cancel" data-action="cancel" hidden>Cancel</button></div>${transportHtml(false)}`
    this.el = element("main", {id: "both", ariaLabel: "Two lessons, side by side"}, ...halves, bar)
    const {dataset} = document.documentElement
    this.dresser = new MutationObserver(() => this.pages.forEach((page) => page?.dress(dataset))) // light or dark, presenter mode
    this.dresser.observe(document.documentElement, {attributes: true})
    this.player = new Player({onPlace: (place) => this.show(place), onChange: () => this.draw()})
    this.transport = new Transport(bar, /** @type {any} */ (this.played()), {start: () => this.start()})
    /** @type {Record<string, () => void>} what the buttons and the keys do */
    this.actions = {...this.transport.actions, run: () => this.start(), cancel: () => this.lessons.forEach((lesson) => lesson?.runs.cancel())}
    for (const [name, act] of Object.entries(this.actions)) {
      bar.querySelector(`[data-action=${name}]`)?.addEventListener("click", act)
    }
    this.draw()
  }

  /** What the transport plays: the longer run, and the other one along with it. */
  played() {
    const pair = this
    return {
      player: pair.player,
      get run() {
        return pair.longer
      },
      seek(/** @type {number} */ place) {
        pair.player.pause()
        pair.player.seek(place)
      },
    }
  }

  /** @param {string} name @param {number} k */
  head(name, k) {
    const keep = element("button", {type: "button", title: "This lesson alone, as it stands"}, `Keep ${name}`)
    keep.addEventListener("click", () => this.page.keep(this.text(k)))
    return element("header", {}, element("h2", {}, name), this.says[k], this.losses[k], keep)
  }

  /** @param {string} text @param {number} k */
  frame(text, k) {
    const frame = element("iframe", {title: `Lesson ${NAMES[k]}`, src: `?half#${text}`})
    frame.addEventListener("load", async () => {
      const page = /** @type {any} */ (frame).contentWindow?.half
      const lesson = await page?.lesson().catch(() => undefined) // which is said in the frame
      if (lesson !== undefined) {
        this.take(k, page, lesson)
      }
    })
    return frame
  }

  /** A lesson is there. @param {number} k @param {any} page in the frame @param {Lesson} lesson */
  take(k, page, lesson) {
    this.pages[k] = page
    this.lessons[k] = lesson
    page.dress(document.documentElement.dataset)
    for (const landmark of /** @type {NodeListOf<HTMLElement>} */ (lesson.el.ownerDocument.querySelectorAll("main, section[aria-label]"))) {
      landmark.dataset.label = landmark.ariaLabel ?? ""
      landmark.ariaLabel = [NAMES[k], ...(landmark.ariaLabel ? [landmark.ariaLabel] : [])].join(", ") // each is known by a name of its own
    }
    lesson.store.subscribe((changed, {phase}) => this.follow(k, changed, phase))
    this.sayApart()
    this.sayLoss(k)
    this.grow()
  }

  /** @param {number} k @param {Set<string>} changed @param {import("./state.js").Phase} phase */
  follow(k, changed, phase) {
    this.sayLoss(k)
    if (changed.has("settings") || changed.has("start")) {
      this.sayApart()
    }
    if (any(changed, "run", "made", "phase")) {
      const run = this.lessons[k]?.runs.run
      this.lessons[1 - k]?.store.set({beside: run ? {...run} : null}) // a run grows, and this is to be seen
      this.grow()
    }
    if (isSaid(changed, phase)) {
      clearTimeout(this.waiting)
      this.waiting = window.setTimeout(() => this.page.changed(this.both), SETTLED)
    }
  }

  /** The text of the link to one of them, as it stands. @param {number} k */
  text(k) {
    const lesson = this.lessons[k]
    return lesson === null ? this.texts[k] : textOf(lesson)
  }

  /** The text of the link to both. */
  get both() {
    return pairText(this.text(0), this.text(1))
  }

  /** What is not in that link: "" where everything is. */
  get missing() {
    const each = this.lessons.map((lesson, k) => (lesson === null ? "" : missingIn(this.text(k), lesson.state.settings)))
    return each.find((text) => text !== "") ?? (this.both.length > MOST ? "The link is copied. It is a long one: some programs cut such links off." : "")
  }

  /** What differs between the two, beside each. */
  sayApart() {
    const [a, b] = this.lessons
    if (a === null || b === null) {
      return
    }
    const all = [a, b]
    const started = !sameNumbers(a.state.start, b.state.start)
    all.forEach(({declaration, state}, k) => {
      const parts = a.declaration.key === b.declaration.key ? toldApart(declaration.settings, state.settings, all.map((one) => one.state.settings), true) : [declaration.title]
      const says = parts.length > 0 ? parts.join(", ") : started ? "another start" : SAME
      if (this.says[k].textContent !== says) {
        this.says[k].textContent = says
      }
    })
  }

  /** The loss of one of them, as its card says it. @param {number} k */
  sayLoss(k) {
    const text = (this.lessons[k]?.el.querySelector(".readout")?.textContent ?? "").replace(/\s+/g, " ").trim()
    if (this.losses[k].textContent !== text) {
      this.losses[k].textContent = text
    }
  }

  // --- playing ---

  /** The run that has more steps; null where there is none. */
  get longer() {
    const [a, b] = this.runs
    return a === null || (b !== null && lastOf(b) > lastOf(a)) ? b : a
  }

  /** *Run both*: each from its start, then played together. */
  start() {
    this.player.pause()
    this.begins = true
    this.runs = [null, null]
    for (const lesson of this.lessons) {
      lesson?.start(lessMotion() ? Infinity : 0)
    }
    this.draw()
  }

  /** There are other runs, or more of them. */
  grow() {
    const there = this.lessons.map((lesson) => lesson?.runs.run ?? null)
    const begun = there.some((run, k) => run !== this.runs[k])
    if (this.begins && this.lessons.some((lesson) => lesson === null || lesson.busy || lesson.state.phase === "running")) {
      return // both begin together
    }
    this.runs = there
    const {longer, player} = this
    if (longer === null) {
      player.load(0)
    } else {
      const least = Math.min(...there.map((run) => (run === null || run.complete ? Infinity : (run.steps.at(-1) ?? 0))))
      if (begun) {
        const lasts = this.lessons.map((lesson) => (lesson?.runs.run === longer ? lesson.runs.player.last : 0))
        player.load(Math.max(...lasts))
      }
      player.grow(placeAt(longer, least), longer.complete && least === Infinity)
      begun && this.begin(longer)
    }
    this.draw()
  }

  /** @param {import("./state.js").Run} longer of the runs that have just begun, or were there before */
  begin(longer) {
    const {player, begins} = this
    this.begins = false
    if (begins && !lessMotion()) {
      player.play()
      return
    }
    const shown = this.lessons.flatMap((lesson) => (lesson?.runs.run ? [lesson.runs.run.steps[lesson.state.step]] : []))
    player.place = placeAt(longer, Math.max(...shown))
    player.seek(player.place)
  }

  /** Both at the step of a place of the longer run; one that is shorter stays at its last. @param {number} place */
  show(place) {
    const {longer} = this
    if (longer !== null) {
      for (const lesson of this.lessons) {
        const run = lesson?.runs.run
        run && lesson?.runs.seek(placeAt(run, longer.steps[place]))
      }
      this.draw(STEP)
    }
  }

  /** The transport as things stand. @param {Set<string>} changed */
  draw(changed = EVERYTHING) {
    const {longer, player, lessons} = this
    const running = lessons.some((lesson) => lesson?.state.phase === "running")
    const phase = player.playing ? "playing" : running ? "running" : "paused"
    const made = {steps: longer?.made ?? 0, complete: longer === null || player.complete}
    this.transport.draw(/** @type {any} */ ({phase, run: longer, ghost: null, made, step: player.place, beyond: null, pins: [], view: {}}), changed)
  }

  /** It goes. */
  close() {
    this.dresser.disconnect()
    clearTimeout(this.waiting)
    this.player.pause()
    this.el.remove()
  }
}

/** The last step that a run will have. @param {import("./state.js").Run} run */
const lastOf = ({complete, steps, total}) => (complete ? (steps.at(-1) ?? 0) : total)
