// The transport: play, pause, step, scrub; how far a run is.

import {withKey} from "./keyboard.js"
import {listenToSlider} from "./pointer.js"
import {any, track} from "./state.js"

const NOTICE = 400 // milliseconds until a run that is not there yet can be cancelled

export class Transport {
  /**
   * @param {HTMLElement} el the lesson's page
   * @param {import("./runs.js").Runs} runs
   * @param {{start: () => void}} lesson
   */
  constructor(el, runs, {start}) {
    const find = (/** @type {string} */ selector) => /** @type {any} */ (el.querySelector(selector))
    this.el = el
    this.runs = runs
    this.scrubber = /** @type {HTMLInputElement} */ (find(".scrubber"))
    this.count = /** @type {HTMLElement} */ (find("[data-text=count]"))
    /** @type {Record<string, HTMLButtonElement>} */
    this.buttons = Object.fromEntries(["run", "cancel", "continue", "back", "forward", "play"].map((name) => [name, find(`[data-action=${name}]`)]))
    this.waiting = 0
    const {player} = runs
    /** @type {Record<string, () => void>} */
    this.actions = {
      reset: () => runs.seek(0),
      back: () => runs.seek(player.place - 1),
      forward: () => runs.seek(player.place + 1),
      play: () => (player.playing ? player.pause() : runs.run === null ? start() : player.play()),
    }
    listenToSlider(this.scrubber, () => {
      runs.seek(Number(this.scrubber.value))
      this.scrubber.value = String(player.place) // what is not there yet cannot be shown
    })
    find(".speed").addEventListener("change", (/** @type {any} */ event) => (player.speed = Number(event.target.value)))
  }

  /** @param {import("./state.js").State} state @param {Set<string>} changed */
  draw({phase, run, ghost, made, step, beyond, pins, view}, changed) {
    if (!any(changed, "phase", "run", "ghost", "made", "step", "beyond", "view")) {
      return
    }
    const {buttons, scrubber, runs} = this
    if (any(changed, "phase", "run", "ghost", "made", "view")) {
      this.drawState(phase, run, ghost, made, view)
    }
    const text = run === null ? "no run yet" : `step ${beyond ?? run.steps[step]} / ${run.complete ? track(run, pins).at(-1) : run.total}`
    this.count.textContent = text
    const {last, there} = runs.player
    const place = run === null ? 0 : beyond === null ? step : runs.player.place
    Object.assign(scrubber, {value: String(place), ariaValueText: text})
    scrubber.style.setProperty("--share", String(run === null || last === 0 ? 0 : place / last))
    scrubber.style.setProperty("--there", String(run === null || last === 0 ? 0 : there / last))
    this.disable(buttons.back, run === null || step === 0)
    this.disable(buttons.forward, run === null || place >= there)
    this.disable(buttons.continue, run === null || step === 0 || run.divergedAt !== null)
  }

  /**
   * What does not change from step to step.
   * @param {import("./state.js").Phase} phase
   * @param {import("./state.js").Run | null} run
   * @param {import("./state.js").Run | null} ghost
   * @param {{steps: number, complete: boolean}} made
   * @param {Record<string, boolean>} view
   */
  drawState(phase, run, ghost, made, view) {
    const {buttons, scrubber, el} = this
    const playing = phase === "playing"
    const name = playing ? "Pause" : "Play"
    const title = withKey("play", name)
    if (buttons.play.title !== title) {
      buttons.play.setAttribute("aria-label", name)
      buttons.play.title = title
      buttons.play.classList.toggle("playing", playing)
    }
    el.classList.toggle("has-run", run !== null)
    el.classList.toggle("has-ghost", run !== null && ghost !== null)
    for (const axis of ["log", "linear"]) {
      el.querySelector(`[data-figure=loss_${axis}]`)?.toggleAttribute("hidden", (view.log ?? false) !== (axis === "log"))
    }
    scrubber.max = String(run === null ? 0 : this.runs.player.last)
    this.disable(scrubber, run === null)
    const begins = phase === "running"
    this.drawProgress(begins || (run !== null && !made.complete), begins || run === null ? 0 : made.steps / run.total)
  }

  /** What is disabled, or goes, hands the focus on: it is never lost. @param {HTMLButtonElement | HTMLInputElement} control @param {boolean} is */
  disable(control, is) {
    if (is && control === document.activeElement) {
      this.buttons.play.focus()
    }
    control.disabled = is
  }

  /** The button fills as the run is made. @param {boolean} busy @param {number} share */
  drawProgress(busy, share) {
    const {run, cancel} = this.buttons
    run.setAttribute("aria-busy", String(busy))
    run.classList.toggle("busy", busy)
    run.style.setProperty("--done", String(share))
    if (!busy) {
      clearTimeout(this.waiting)
      this.waiting = 0
      if (cancel === document.activeElement) {
        run.focus()
      }
      cancel.hidden = true
    } else if (this.waiting === 0) {
      this.waiting = window.setTimeout(() => (cancel.hidden = false), NOTICE)
    }
  }
}
