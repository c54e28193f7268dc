// The engine: embeds the pre-drawn lessons, and carries messages between them and the server.

import {decode} from "./arrays.js"
import {json, module, url} from "./loading.js"
import {Network} from "./network.js"
import {Plots} from "./plots.js"
import {Regression} from "./regression.js"
import {opened} from "./tabs.js"

/**
 * @param {any} model the Engine component
 * @param {any} view its view
 * @param {HTMLElement} el
 */
export function mount(model, view, el) {
  const style = document.createElement("link")
  style.rel = "stylesheet"
  style.href = url("engine/style.css")
  const root = document.createElement("div")
  root.className = "engine"
  el.replaceChildren(style, root)
  const {document: session} = view.model
  const page = session.roots().find((/** @type {any} */ {class_name: name}) => name === "Page")
  session.on_event("connection_lost", () => root.prepend(lost()))
  return new Engine(model, page, root)
}

class Engine {
  /**
   * @param {any} model the Engine component
   * @param {any} page the Page component
   * @param {HTMLElement} root
   */
  constructor(model, page, root) {
    this.model = model
    this.page = page
    this.root = root
    this.opened = ""
    /** @type {Promise<void>} */
    this.drawing = Promise.resolve()
    /** @type {Record<string, Promise<Regression | Network>>} */
    this.lessons = {}
    opened.addEventListener("lesson", () => this.open(/** @type {string} */ (opened.key)))
    model.on("msg:custom", async (/** @type {any} */ message) => (await this.lessons[message.lesson])?.receive(message))
    page.data.connect(page.data.properties.dark_theme.change, () => this.retheme())
    this.retheme()
    opened.choose(opened.key ?? model.lesson) // a tab may have been pressed before the engine was there
  }

  get theme() {
    return this.page.data.dark_theme ? "dark" : "light"
  }

  async retheme() {
    this.root.dataset.theme = this.theme
    const key = this.opened
    try {
      const lesson = await this.lessons[key]
      if (lesson !== undefined) {
        await this.drawFigures(lesson)
      }
    } catch (error) {
      console.warn(error)
      this.fail(key)
    }
  }

  /** Opens a lesson; it keeps its state while another one is open. @param {string} key */
  async open(key) {
    if (this.opened === key) {
      return
    }
    this.opened = key
    this.model.lesson = key
    this.root.querySelector(`#failed-${key}`)?.remove()
    this.showOnly(key)
    this.lessons[key] ??= this.build(key)
    try {
      const lesson = await this.lessons[key]
      this.showOnly(this.opened)
      await this.drawFigures(lesson)
    } catch (error) {
      console.warn(error)
      this.fail(key)
    }
  }

  /** @param {string | null} key */
  showOnly(key) {
    for (const child of /** @type {HTMLCollectionOf<HTMLElement>} */ (this.root.children)) {
      child.hidden = child.id !== `lesson-${key}` && child.className !== "lost"
    }
  }

  /** @param {string} key @returns {Promise<Regression | Network>} */
  async build(key) {
    const notice = panel(`lesson-${key}`, "Lesson", "Loading the lesson…")
    this.root.append(notice)
    try {
      const [facts, {formulas}] = await Promise.all([json(`lessons/${key}.json`), module("engine/formulas.js")])
      const Kind = {regression: Regression, network: Network}[facts.kind]
      const lesson = new Kind(decode(facts), formulas[key], (message) => this.model.send_msg(message))
      await lesson.ready
      notice.replaceWith(lesson.el)
      const slots = facts.settings.map((/** @type {any} */ {name}) => lesson.slot(name).querySelector(".widget"))
      const views = await embed(this.local(facts.controls), slots)
      lesson.adopt(Object.fromEntries(views.map((view) => [view.model.name, view.model.data])))
      return lesson
    } catch (error) {
      delete this.lessons[key] // the next attempt begins anew
      throw error
    } finally {
      notice.remove()
    }
  }

  /** Widgets drawn outside a session load the very module and style sheet that this session has loaded. @param {any} drawn */
  local(drawn) {
    const {esm, css_bundle: css} = this.page
    const text = JSON.stringify(drawn)
    return JSON.parse(text.replaceAll("{{esm}}", esm).replaceAll("{{module}}", url(esm)).replaceAll("{{css}}", css))
  }

  /** Embeds a lesson's figures in the page's theme, if they are not there yet; one lesson after the other. @param {Regression | Network} lesson */
  drawFigures(lesson) {
    this.drawing = this.drawing.catch(() => {}).then(() => this.embedFigures(lesson))
    return this.drawing
  }

  /** @param {Regression | Network} lesson */
  async embedFigures(lesson) {
    const {theme} = this
    if (lesson.el.dataset.theme === theme) {
      return
    }
    const drawn = await json(`lessons/${lesson.facts.key}-${theme}.json`)
    const names = drawn.roots.map((/** @type {any} */ {attributes: {name}}) => name.replace("_figure", ""))
    const slots = names.map((/** @type {string} */ name) => lesson.el.querySelector(`[data-figure=${name}]`))
    for (const slot of slots) {
      slot.replaceChildren()
    }
    const old = lesson.plots?.document
    lesson.drawOn(new Plots(await embed(drawn, slots)))
    lesson.el.dataset.theme = theme
    if (old !== undefined) {
      old.clear()
      window.Bokeh.documents.splice(window.Bokeh.documents.indexOf(old), 1)
    }
  }

  /** @param {string} key */
  fail(key) {
    const notice = panel(`failed-${key}`, "Lesson", "This lesson could not be loaded. Check the connection. ")
    const again = document.createElement("button")
    again.textContent = "Try again"
    again.addEventListener("click", () => {
      this.opened = ""
      this.open(key)
    })
    notice.append(again)
    this.root.append(notice)
    this.showOnly(this.opened === key ? null : this.opened)
    notice.hidden = this.opened !== key
  }
}

/**
 * Embeds a pre-drawn document; its roots go into the slots, in order.
 * @param {any} drawn the document as JSON
 * @param {HTMLElement[]} slots
 * @returns {Promise<any[]>} the roots' views
 */
async function embed(drawn, slots) {
  const ids = drawn.roots.map((/** @type {any} */ {id}) => id)
  const roots = Object.fromEntries(ids.map((/** @type {string} */ id, /** @type {number} */ i) => [id, slots[i]]))
  const [views] = await window.Bokeh.embed.embed_items({lesson: drawn}, [{docid: "lesson", root_ids: ids, roots}])
  return ids.map((/** @type {string} */ id) => views.get_by_id(id))
}

/** What stands over the page once the server cannot be heard any more. */
function lost() {
  const notice = document.createElement("p")
  notice.className = "lost"
  notice.setAttribute("role", "alert")
  notice.textContent = "The connection to the server was lost. By hand everything goes on; reload the page for new data and runs."
  return notice
}

/**
 * A panel that only says something.
 * @param {string} id
 * @param {string} label
 * @param {string} text
 */
function panel(id, label, text) {
  const element = document.createElement("div")
  element.id = id
  element.className = "notice"
  element.setAttribute("role", "tabpanel")
  element.setAttribute("aria-label", label)
  element.textContent = text
  return element
}
