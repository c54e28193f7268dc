// What every lesson shares in the browser: settings and their controls, runs and their playback, words to the learner.
//
// A lesson is in one of two states. By hand: the learner moves the parameters. In a run: the player says which step is
// shown. Moving a parameter by hand, new data or another loss ends the run; nothing is ever drawn from two runs at once.

import {Control, nameWidget} from "./controls.js"
import {Player} from "./player.js"

const NOTICE = 500 // milliseconds until a learner is told that it takes longer
const PATIENCE = 20000 // milliseconds until a silent server is reported
const BETWEEN_WORDS = 1000 // milliseconds from one sentence on the progress to the next: a screen reader says each
const STACKED = "(max-width: 900px)" // as in style.css: one card above the other
const SETTLE = 60 // milliseconds from a change of the page's size until the figures have theirs

export class Lesson {
  /**
   * @param {any} facts what `drawing.lesson_json` gives
   * @param {string} html the lesson's page
   * @param {(message: any) => void} send to the server
   */
  constructor(facts, html, send) {
    this.facts = facts
    this.send = send
    /** @type {Record<string, any>} */
    this.settings = Object.fromEntries(facts.settings.map((/** @type {any} */ {name, default: value}) => [name, value]))
    /** @type {any} the run that is loaded, or null while parameters are moved by hand */
    this.run = null
    this.runs = 0 // answers to older runs are dropped
    this.requests = 0 // commits and runs; the server answers them in order
    /** @type {Record<string, number>} the request that told the server of a setting last */
    this.told = {}
    this.awaiting = false // whether the server owes a run
    this.waiting = 0
    this.telling = 0
    this.phase = "" // of the run that is awaited
    this.spoken = 0 // when the progress was last put into words, in milliseconds
    this.settling = 0
    /** @type {import("./plots.js").Plots | null} */
    this.plots = null
    /** @type {Promise<void>} all that the lesson needs beside its facts */
    this.ready = Promise.resolve()
    this.player = new Player({
      onStep: (step) => {
        if (!this.el.hidden) {
          this.draw()
        }
        if (this.run !== null && step === this.player.steps) {
          this.say(this.run.ending.text, this.run.ending.kind)
        } else if (this.run !== null && this.texts.status.textContent === this.run.ending.text) {
          this.say("")
        }
      },
      onChange: () => {
        this.drawTransport()
        if (!this.player.playing && this.run !== null) {
          this.draw()
          this.paused()
        }
      },
    })
    this.el = document.createElement("div")
    this.el.className = "lesson"
    this.el.id = `lesson-${facts.key}`
    this.el.setAttribute("role", "tabpanel")
    this.el.setAttribute("aria-label", facts.title)
    this.el.innerHTML = html
    /** @type {Record<string, HTMLElement>} */
    this.texts = Object.fromEntries(Array.from(this.all("[data-text]"), (e) => [e.dataset.text, e]))
    /** @type {Record<string, HTMLButtonElement>} */
    this.buttons = Object.fromEntries(Array.from(this.all("[data-action]"), (e) => [e.dataset.action, e]))
    /** @type {Record<string, boolean>} what the learner wants to see */
    this.show = Object.fromEntries(Array.from(this.all("[data-toggle]"), (e) => [e.dataset.toggle, e.checked]))
    this.scrubber = /** @type {HTMLInputElement} */ (this.el.querySelector(".scrubber"))
    this.listen()
    const observer = new ResizeObserver(() => this.resized())
    for (const place of this.all(".plot")) {
      observer.observe(place)
    }
  }

  // --- what a lesson adds ---

  /** Draws everything that moves: called at every frame of a run and at every movement by hand. */
  draw() {}
  /** Draws what hangs on the run but not on the step. */
  drawRun() {}
  /** Takes what the server computed of the data. @param {any} _message */
  receiveLandscape(_message) {}
  /** The run as it is kept. @param {any} message @returns {any} */
  unpack(message) {
    return message
  }
  /** @returns {Record<string, any>} what a run needs to know beside the settings */
  request() {
    return {}
  }
  /** @returns {number} the number of steps of the loaded run */
  get steps() {
    return 0
  }
  /** Keeps the parameters that are shown when a run begins or ends. */
  keepShown() {}
  /** A run was paused, or came to its end. */
  paused() {}
  /** The server has not answered. */
  givenUp() {}
  /** A control moved. @param {string} _name @param {any} _value */
  onMove(_name, _value) {}
  /** @returns {Record<string, () => void>} what the lesson's own buttons do */
  actions() {
    return {}
  }

  // --- settings ---

  /** @param {string} selector @returns {NodeListOf<any>} */
  all(selector) {
    return this.el.querySelectorAll(selector)
  }

  /** The place of a control. @param {string} name @returns {HTMLElement} */
  slot(name) {
    return /** @type {HTMLElement} */ (this.el.querySelector(`[data-control="${name}"]`))
  }

  /**
   * Puts the pre-drawn controls under their labels.
   * @param {Record<string, any>} widgets the widgets' data models, by name
   */
  adopt(widgets) {
    /** @type {Record<string, Control>} */
    this.controls = {}
    for (const setting of this.facts.settings) {
      const host = this.slot(setting.name)
      this.controls[setting.name] = new Control(setting, widgets[setting.name], host, {
        onMove: (name, value) => {
          this.forgive()
          this.onMove(name, value)
        },
        onCommit: (name, value) => this.commit({[name]: value}),
        onComplaint: (text) => this.complain([{setting: setting.name, text}]),
      })
      nameWidget(host, setting.label)
    }
    this.drawSettings()
  }

  /** Tells the server what was let go. @param {Record<string, any>} settings */
  commit(settings) {
    Object.assign(this.settings, settings)
    this.tell("commit", settings)
  }

  /** @param {"commit" | "run"} kind @param {Record<string, any>} settings @param {Record<string, any>} more */
  tell(kind, settings, more = {}) {
    this.requests += 1
    for (const name of Object.keys(settings)) {
      this.told[name] = this.requests
    }
    this.send({kind, lesson: this.facts.key, request: this.requests, settings, ...more})
  }

  /** Settings that changed elsewhere: by the server, or by a button. @param {Record<string, any>} settings */
  take(settings) {
    Object.assign(this.settings, settings)
    for (const [name, value] of Object.entries(settings)) {
      this.controls?.[name]?.set(value)
    }
    this.drawSettings()
  }

  /** What follows from the settings: which controls and which loss axis there are. */
  drawSettings() {
    const {controls, facts, settings, show} = this
    const optimizer = facts.optimizers[settings.optimizer]
    for (const name of facts.hyperparameters) {
      controls?.[name].visible(optimizer.hyperparameters.includes(name))
    }
    controls?.batch_size.visible(optimizer.batches)
    for (const axis of ["log", "linear"]) {
      this.el.querySelector(`[data-figure=loss_${axis}]`)?.toggleAttribute("hidden", show.log !== (axis === "log"))
    }
  }

  // --- runs ---

  /** *Run gradient descent*: the server trains from what is shown now. */
  start() {
    this.endRun()
    this.busy(true)
    this.say("")
    if (matchMedia(STACKED).matches) {
      const figure = this.el.querySelector(".card.decision") ?? this.el.querySelector(".card.surface")
      figure?.scrollIntoView({behavior: "smooth", block: "start"}) // where there is something to watch
    }
    this.tell("run", this.settings, {run_id: this.runs, ...this.request()})
  }

  endRun() {
    this.keepShown()
    this.abandon()
    if (this.run !== null) {
      this.run = null
      this.player.load(0)
      this.say("")
      this.drawRun()
    }
  }

  /** Whatever run the server still owes is no longer wanted. */
  abandon() {
    if (this.awaiting) {
      this.send({kind: "cancel", lesson: this.facts.key})
      this.say("")
    }
    this.runs += 1 // an answer that is still on its way is dropped
    this.busy(false)
  }

  /** An answer of the server. @param {any} message */
  receive(message) {
    const {kind} = message
    const stale = message.run_id !== undefined && message.run_id !== this.runs
    if (kind === "settings") {
      this.receiveSettings(message)
      if (!stale && message.run_id !== undefined) {
        this.busy(false)
      }
    } else if (kind === "landscape") {
      this.receiveLandscape(message)
    } else if (stale) {
      return
    } else if (kind === "run") {
      this.busy(false)
      this.say("")
      this.run = this.unpack(message)
      this.run.at = Float64Array.from(this.run.loss, (_, step) => step)
      this.player.load(this.steps)
      this.drawRun()
      this.player.play()
    } else if (kind === "progress") {
      this.drawProgress(message)
    } else if (kind === "error") {
      if (message.run_id !== undefined) {
        this.busy(false)
      }
      this.say(message.text, "warning")
    }
  }

  /** What the server used in place of settings that it could not; not of those that it has been told of since. @param {any} message */
  receiveSettings({settings, complaints, request}) {
    const current = (/** @type {string} */ name) => !(this.told[name] > request)
    this.take(Object.fromEntries(Object.entries(settings).filter(([name]) => current(name))))
    this.complain(complaints.filter((/** @type {any} */ {setting}) => setting === null || current(setting)))
  }

  /** How far a training is: the button fills. @param {{step: number, queued: boolean}} message */
  drawProgress({step, queued}) {
    if (this.run !== null) {
      return // overtaken by the run itself
    }
    this.busy(true)
    this.buttons.cancel.hidden = false
    this.buttons.run.style.setProperty("--done", String(step / this.settings.n_steps))
    const phase = queued ? "waiting" : step === 0 ? "beginning" : "training"
    if (phase !== this.phase || performance.now() - this.spoken >= BETWEEN_WORDS) {
      this.phase = phase
      this.spoken = performance.now()
      this.say(
        {
          waiting: "Waiting for a place: other trainings are under way…",
          beginning: "Getting ready to train…",
          training: `Training: step ${step} of ${this.settings.n_steps}`,
        }[phase],
      )
    }
  }

  /** Why settings were not taken as they came: beside their controls; as the status where there is none. @param {{setting: string | null, text: string}[]} complaints */
  complain(complaints) {
    const rest = complaints.filter(({setting, text}) => {
      const control = setting === null ? undefined : this.controls?.[setting]
      control?.complain(text)
      return control === undefined
    })
    this.say(rest.map(({text}) => text).join(" "), "warning")
  }

  /** A complaint is over as soon as something else is tried. */
  forgive() {
    for (const control of Object.values(this.controls ?? {})) {
      control.complain("")
    }
    if (this.texts.status.parentElement?.dataset.kind === "warning") {
      this.say("")
    }
  }

  /** The run under way is no longer wanted. */
  cancel() {
    this.endRun()
    this.say("Training cancelled; your settings are kept.")
  }

  /** @param {boolean} busy */
  busy(busy) {
    this.awaiting = busy
    clearTimeout(this.waiting)
    if (!busy) {
      clearTimeout(this.telling)
      this.telling = 0
      this.phase = ""
      this.buttons.cancel.hidden = true
      this.buttons.run.style.removeProperty("--done")
    }
    this.buttons.run.classList.toggle("busy", busy)
    this.buttons.run.setAttribute("aria-busy", String(busy))
    if (busy) {
      this.telling ||= setTimeout(() => {
        this.buttons.cancel.hidden = false
        this.say("Training…")
      }, NOTICE)
      this.waiting = setTimeout(() => {
        this.abandon()
        this.givenUp()
        this.say("The server has not answered. Check the connection and press Run again; your settings are kept.", "warning")
      }, PATIENCE)
    }
  }

  // --- playback ---

  listen() {
    const {player} = this
    const actions = {
      run: () => this.start(),
      cancel: () => this.cancel(),
      reset: () => this.reset(),
      back: () => this.stepTo(player.step - 1),
      forward: () => this.stepTo(player.step + 1),
      play: () => (player.playing ? player.pause() : this.run === null ? this.start() : player.play()),
      ...this.actions(),
    }
    for (const [name, button] of Object.entries(this.buttons)) {
      button.addEventListener("click", actions[name])
    }
    for (const box of this.all("[data-toggle]")) {
      box.addEventListener("change", () => {
        this.show[box.dataset.toggle] = box.checked
        this.drawSettings()
        this.drawRun()
      })
    }
    this.scrubber.addEventListener("input", () => this.stepTo(Number(this.scrubber.value)))
    this.el.querySelector(".speed")?.addEventListener("change", (/** @type {any} */ event) => {
      player.speed = Number(event.target.value)
    })
  }

  /** The figures have another size, or are seen again: what is placed by pixels is placed anew. */
  resized() {
    clearTimeout(this.settling)
    this.settling = setTimeout(() => !this.el.hidden && this.draw(), SETTLE)
  }

  reset() {
    this.stepTo(0)
  }

  /** @param {number} step */
  stepTo(step) {
    if (this.run !== null) {
      this.player.pause()
      this.player.seek(step)
    }
  }

  /** Puts w and b on their sliders. @param {number} w @param {number} b */
  showValues(w, b) {
    const how = this.player.playing ? "follow" : "set"
    this.controls?.w[how](w)
    this.controls?.b[how](b)
  }

  drawTransport() {
    const {playing, step, steps} = this.player
    const name = playing ? "Pause" : "Play"
    this.buttons.play.setAttribute("aria-label", name)
    this.buttons.play.title = name
    this.buttons.play.classList.toggle("playing", playing)
    this.el.classList.toggle("has-run", this.run !== null)
    this.scrubber.max = String(steps)
    this.scrubber.disabled = this.run === null
    this.scrubber.value = String(step)
    this.scrubber.style.setProperty("--share", String(steps === 0 ? 0 : step / steps))
    for (const control of ["back", "forward"]) {
      this.buttons[control].disabled = this.run === null
    }
    this.text("count", this.run === null ? "no run yet" : this.countText(step, steps))
    this.scrubber.setAttribute("aria-valuetext", this.run === null ? "no run yet" : this.countText(step, steps))
  }

  /** @param {number} step @param {number} steps */
  countText(step, steps) {
    return `step ${step} / ${steps}`
  }

  // --- words ---

  /** A sentence for the learner. @param {string} text @param {string} kind */
  say(text, kind = "") {
    const paragraph = /** @type {HTMLElement} */ (this.texts.status.parentElement)
    paragraph.dataset.kind = kind
    this.text("status", text)
    this.texts.status.title = text
  }

  /** @param {string} name @param {string} text */
  text(name, text) {
    if (this.texts[name].textContent !== text) {
      this.texts[name].textContent = text
    }
  }
}
