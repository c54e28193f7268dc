// What every lesson shares in the browser: settings and their controls, runs and their playback, words to the learner.
//
// A lesson is in one of two states. By hand: the learner moves the parameters. In a run: the player says which step is
// shown. Moving a parameter by hand, new data or another loss ends the run; nothing is ever drawn from two runs at once.

import {Control, nameWidget} from "./controls.js"
import {Player} from "./player.js"

const NOTICE = 500 // milliseconds until a learner is told that it takes longer
const PATIENCE = 20000 // milliseconds until a silent server is reported

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
    this.requests = 0 // commits; the server answers them in order
    this.awaiting = false // whether the server owes a run
    this.waiting = 0
    this.telling = 0
    /** @type {import("./plots.js").Plots | null} */
    this.plots = null
    this.player = new Player({
      onStep: () => this.draw(),
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
  }

  // --- what a lesson adds ---

  /** Draws everything that moves: called at every frame of a run and at every movement by hand. */
  draw() {}
  /** Draws what hangs on the run but not on the step. */
  drawRun() {}
  /** What follows from the settings: which controls there are, names, summaries. */
  drawSettings() {}
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
    this.send({kind: "commit", lesson: this.facts.key, request: ++this.requests, settings})
  }

  /** Settings that changed elsewhere: by the server, or by a button. @param {Record<string, any>} settings */
  take(settings) {
    Object.assign(this.settings, settings)
    for (const [name, value] of Object.entries(settings)) {
      this.controls?.[name]?.set(value)
    }
    this.drawSettings()
  }

  // --- runs ---

  /** *Run gradient descent*: the server trains from what is shown now. */
  start() {
    this.endRun()
    this.busy(true)
    this.say("")
    this.send({kind: "run", lesson: this.facts.key, run_id: this.runs, settings: this.settings, ...this.request()})
  }

  endRun() {
    this.keepShown()
    if (this.awaiting) {
      this.send({kind: "cancel", lesson: this.facts.key})
      this.say("")
    }
    this.runs += 1 // an answer that is still on its way is dropped
    this.busy(false)
    if (this.run !== null) {
      this.run = null
      this.player.load(0)
      this.say("")
      this.drawRun()
    }
  }

  /** An answer of the server. @param {any} message */
  receive(message) {
    if (message.kind === "settings") {
      this.take(message.settings)
      this.complain(message.complaints)
      if (message.run_id === this.runs) {
        this.busy(false)
      }
    } else if (message.run_id !== undefined && message.run_id !== this.runs) {
      return
    } else if (message.kind === "landscape") {
      this.receiveLandscape(message)
    } else if (message.kind === "run") {
      this.busy(false)
      this.say("")
      this.run = this.unpack(message)
      this.player.load(this.steps)
      this.drawRun()
      this.player.play()
    } else if (message.kind === "progress") {
      if (this.run !== null) {
        return // overtaken by the run itself
      }
      this.busy(true)
      this.buttons.cancel.hidden = false
      this.say(`Training: step ${message.step} of ${this.settings.n_steps}`)
    } else if (message.kind === "error") {
      this.busy(false)
      this.say(message.text, "warning")
    }
  }

  /** Why settings were not taken as they came: beside their controls, and as the status. @param {{setting: string | null, text: string}[]} complaints */
  complain(complaints) {
    this.say(complaints.map(({text}) => text).join(" "), "warning")
    for (const {setting, text} of complaints) {
      if (setting !== null) {
        this.controls?.[setting]?.complain(text)
      }
    }
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
      this.buttons.cancel.hidden = true
    }
    this.buttons.run.classList.toggle("busy", busy)
    this.buttons.run.setAttribute("aria-busy", String(busy))
    if (busy) {
      this.telling ||= setTimeout(() => {
        this.buttons.cancel.hidden = false
        this.say("Training…")
      }, NOTICE)
      this.waiting = setTimeout(() => {
        this.busy(false)
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
