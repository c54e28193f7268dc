// The page: tabs of lessons, each built when it is first opened; light and dark.

import {Address} from "./address.js"
import {copied, element} from "./dialog.js"
import {embedded, showOnlyFigures} from "./embed.js"
import {fetchAhead, formulas, json, later} from "./files.js"
import {KEYS, listenToKeys, nameKeys, showKeys, withKey} from "./keyboard.js"
import {Lesson} from "./lesson.js"
import {oneInput} from "./lessons/one_input.js"
import {askedIn, compared, isReport, lessonIn, missingIn, pairIn, pairText, sentence, textIn, VERSION} from "./link.js"
import {recalled, remember} from "./memory.js"
import {COMMON, OWN} from "./models.js"
import {covered, Presenter, presenting} from "./presenter.js"
import {Plots} from "./plots.js"
import {saveFile} from "./saving.js"
import {Workplace} from "./workplace.js"

const ROOMY = 1200 // pixels of width from which on the course is open at first
const SHEET = {width: 1040, height: 660} // pixels of A4, or of letter, on its side, beneath a heading
const UNLOADED = "This part of the page could not be loaded. Check the connection, then try again."
const ALREADY = 1500 // milliseconds from the first lesson to fetching what may be wanted later
const COPIED = 2000 // milliseconds for which it is said
const DAMAGED = "This report cannot be read: its link is not whole. Ask for it again."
const UNREPORTED = "The data of this exercise were too many for a report: another data set is in their place."
const UNREADABLE = "What stands behind the # of this address is no link that these lessons understand: nothing was changed."

const main = /** @type {HTMLElement} */ (document.getElementById("main"))
const tabs = /** @type {HTMLButtonElement[]} */ (Array.from(document.querySelectorAll("[role=tab]")))
/** @type {Record<string, Promise<Lesson>>} */
const lessons = {}
/** @type {Workplace[]} those of the network, whose formulas are many */
const workplaces = []
/** @type {Record<string, import("./course.js").Course>} */
const courses = {}
const courseButton = /** @type {HTMLButtonElement} */ (document.getElementById("course"))
const codeButton = /** @type {HTMLButtonElement} */ (document.getElementById("code"))
const linkButton = /** @type {HTMLButtonElement} */ (document.getElementById("link"))
/** @param {string} id @returns {HTMLButtonElement} */
const buttonOf = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id))
const told = /** @type {HTMLElement} */ (document.getElementById("told"))
const address = new Address()
const figures = embedded(location.search) // all that is shown, where the page is a part of another one
const half = new URLSearchParams(location.search).has("half") // whether this is one of two lessons side by side, in the frame of a page
/** @type {import("./pair.js").Pair | null} two lessons side by side, in place of the one that is open */
let pair = null
const early = document.documentElement.dataset.lesson // whose tab was pressed before the program was there
const home = early ?? /** @type {string} */ (tabs[0].dataset.lesson)
/** @type {Lesson[]} those that are there */
const built = []
const presenter = new Presenter(() => built, buttonOf("present"), buttonOf("answer"))
/** @type {import("./demonstrations.js").Demonstrations | null} */
let demonstrations = null
let opened = ""
/** @type {Promise<void>} */
let drawing = Promise.resolve()

const theme = () => document.documentElement.dataset.theme ?? "light"

/** @param {string} key @returns {Promise<Lesson>} */
async function build(key) {
  const places = {runs: new Workplace(), surveys: new Workplace()}
  const declaration = await json(`lessons/${key}.json`)
  const name = `formulas/${key}.js`
  const others = declaration.kind === "one_input" ? {} : later().then(({kinds}) => kinds)
  const [own, common, kinds] = await Promise.all([formulas(name), formulas(COMMON), others])
  /** @type {Record<string, (declaration: any, formulas: any, common: any) => import("./lesson.js").Kind>} */
  const all = {one_input: oneInput, ...kinds}
  const kind = all[declaration.kind](declaration, own, common)
  /** @type {Record<string, any>} */
  const modules = {[name]: own}
  const first = declaration.first ?? name
  modules[first] = await formulas(first)
  for (const place of Object.values(places)) {
    place.ask("load", {formulas: [first, COMMON]}, {part: () => {}, failed: () => {}})
    if (declaration.kind === "network") {
      workplaces.push(place)
    }
  }
  const lesson = new Lesson(declaration, kind, common, modules, places)
  lesson.openState = (text) => withLater((rest) => openState(rest, text))
  lesson.el.hidden = true
  nameKeys(lesson.el)
  built.push(lesson)
  listenToFigures(lesson)
  presenter.dress(lesson)
  address.follow(lesson)
  if (figures !== null) {
    const missing = showOnlyFigures(lesson.el, figures)
    missing.length > 0 && tell(`Not among the figures of this lesson: ${missing.join(", ").slice(0, 80)}.`)
  }
  main.append(lesson.el)
  return lesson
}

/** A lesson, built if it is not there yet. @param {string} key */
function there(key) {
  return (lessons[key] ??= build(key).catch((error) => {
    delete lessons[key] // the next attempt begins anew
    throw error
  }))
}

// --- the address ---

/** Does what the page's address says: opens a report, or a lesson as it was. */
async function arrive() {
  tell("")
  const error = /** @type {HTMLElement} */ (document.getElementById("error"))
  if (error.textContent === DAMAGED) {
    error.hidden = true
  }
  if (isReport(location.hash)) {
    await open(opened || home, false)
    await openReport(error)
    return
  }
  const text = textIn(location.hash) || `${VERSION};${home}`
  const both = half ? null : pairIn(text)
  if (both !== null) {
    await showPair(both)
    return
  }
  const key = lessonIn(text)
  if (key === null || !tabs.some((tab) => tab.dataset.lesson === key)) {
    await open(opened || home, false)
    tell(UNREADABLE)
    return
  }
  const opening = open(key, false)
  if (text !== address.said[key]) {
    const lesson = await lessons[key].catch(() => null) // which has been said
    if (lesson !== null) {
      address.said[key] = text
      restore(lesson, text)
    }
  }
  await opening
}

/** Puts a lesson as a link says. @param {Lesson} lesson @param {string} text of the link */
const restore = (lesson, text) => restoreAsked(lesson, askedIn(lesson.declaration, lesson.firstView, text), "link")

/** Puts a lesson as it was. @param {Lesson} lesson @param {ReturnType<typeof askedIn>} read @param {"link" | "file"} what it was read in */
function restoreAsked(lesson, {asked, remarks}, what) {
  const before = lesson.state.settings
  lesson.restore(asked)
  asked.present && !presenting() && present(true)
  lesson.inTurn(() => {
    if (lesson.state.settings !== before) {
      const said = sentence(compared(asked, lesson.state, remarks), what)
      said !== "" && tell(said)
    }
    return null
  })
}

/** Two lessons side by side, in place of the one that is open. @param {string[]} texts of their links */
async function showPair(texts) {
  await withLater(({Pair}) => {
    closePair()
    opened = ""
    address.open = ""
    showOnly("")
    tabs.forEach((tab) => tab.setAttribute("aria-selected", "false"))
    pair = new Pair(texts, {
      changed: (text) => history.replaceState(null, "", address.with(text)),
      keep: (text) => (location.hash = text),
    })
    main.after(pair.el)
    document.body.classList.add("paired")
  })
  texts.some((text) => text.split(";").includes("present")) && !presenting() && present(true)
}

/** The lesson that is open beside itself. */
async function openPair() {
  const lesson = await lessons[opened]
  if (lesson !== undefined) {
    lesson.runs.player.pause()
    const text = address.write(lesson)
    history.pushState(null, "", address.with(pairText(text, text)))
    await showPair([text, text])
  }
}

function closePair() {
  pair?.close()
  pair = null
  document.body.classList.remove("paired")
}

/** Does something with what is not needed at first. @param {(rest: Awaited<ReturnType<typeof later>>) => any} act */
async function withLater(act) {
  try {
    await act(await later())
  } catch (error) {
    console.warn(error)
    tell(UNLOADED)
  }
}

/** What is offered of a figure: by its button, or by a right click. @param {Lesson} lesson */
function listenToFigures(lesson) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (lesson.all("[data-more]"))) {
    const card = /** @type {HTMLElement} */ (button.closest(".figure"))
    const offered = () => withLater(({offer}) => offer(lesson, card))
    button.addEventListener("click", offered)
    card.addEventListener("contextmenu", (event) => {
      if (/** @type {Element} */ (event.target).closest(".plot") !== null) {
        event.preventDefault()
        event.stopPropagation() // Bokeh has a menu of its own
        offered()
      }
    }, {capture: true})
  }
}

/** A quiet sentence above the lesson. @param {string} text "" for none @param {HTMLElement[]} more beside it */
function tell(text, ...more) {
  const close = element("button", {type: "button", ariaLabel: "Close"}, "✕")
  close.addEventListener("click", () => tell(""))
  told.replaceChildren(text, ...more, close)
  told.hidden = text === ""
}

/** The text of the link to what is open, as it stands, and what is not in it; null where nothing is open. @returns {Promise<{text: string, missing: string} | null>} */
async function textNow() {
  if (pair !== null) {
    return {text: pair.both, missing: pair.missing}
  }
  const lesson = await lessons[opened]
  if (lesson === undefined) {
    return null
  }
  const text = address.write(lesson)
  return {text, missing: missingIn(text, lesson.state.settings)}
}

/** Copies the link to what is open, as it stands. */
async function copyLink() {
  const now = await textNow()
  if (now !== null) {
    const {text, missing} = now
    const done = await copied(address.with(text))
    linkButton.textContent = done ? "Copied" : "Copy link"
    setTimeout(() => (linkButton.textContent = "Copy link"), COPIED)
    const scan = element("button", {type: "button"}, "QR code")
    scan.addEventListener("click", () => withLater(({showScannable}) => showScannable(address.with(text))))
    tell(done ? missing || "The link is copied." : "Copying is not possible here: the link is the page's address.", scan, ...(pair === null ? await stateButtons() : []))
  }
}

/** What saves the lesson that is open as a file, and opens such a file. */
async function stateButtons() {
  const lesson = await lessons[opened]
  const save = element("button", {type: "button", title: "A file with all that the link holds, and your own data and weights whole"}, "Save state")
  save.addEventListener("click", () => withLater(({stateText}) => saveFile(`${lesson.declaration.key}-state.json`, "application/json", stateText(lesson))))
  const ask = element("button", {type: "button", title: "A state that was saved here; it can be dropped on the page too"}, "Open state")
  ask.addEventListener("click", () => withLater((rest) => rest.askForState((state) => openState(rest, state))))
  return [save, ask]
}

/** Opens a lesson as a file says it was. @param {Awaited<ReturnType<typeof later>>} rest @param {string} text of the file */
async function openState({stateIn}, text) {
  const keys = tabs.map((tab) => tab.dataset.lesson ?? "")
  const read = await stateIn(text, keys, async (key) => {
    const {declaration, firstView} = await there(key)
    return {declaration, views: firstView}
  })
  if (typeof read === "string") {
    tell(read)
    return
  }
  await open(read.key)
  tell("")
  restoreAsked(await lessons[read.key], read, "file")
}

/** Shows the link to what is open, as it stands, to cameras. */
async function scanLink() {
  const now = await textNow()
  now !== null && withLater(({showScannable}) => showScannable(address.with(now.text)))
}

// --- presenter mode ---

/** Presenter mode, on or off; the course gives it room. @param {boolean} wanted */
async function present(wanted) {
  presenter.present(wanted)
  const lesson = await lessons[opened]
  lesson !== undefined && address.settle(lesson)
  await showCourse(!half && !wanted && recalled("course") !== "folded" && innerWidth >= ROOMY)
}

/** Does something with the list of demonstrations. @param {(all: import("./demonstrations.js").Demonstrations) => Promise<void>} act */
const withDemonstrations = (act) =>
  withLater(({Demonstrations}) => {
    demonstrations ??= new Demonstrations({
      show: (one) => demonstrate(one).catch((error) => console.warn(error)),
      address: (text) => address.with(text),
      titles: Object.fromEntries(tabs.map((tab) => [tab.dataset.lesson, tab.textContent ?? ""])),
    })
    return act(demonstrations)
  })

/** Shows a demonstration. @param {import("./demonstrations.js").Demonstration} demonstration */
async function demonstrate({lesson: key, link, figures: shown}) {
  const both = pairIn(link)
  if (both !== null) {
    history.pushState(null, "", address.with(link))
    await showPair(both)
    return
  }
  await open(key)
  const lesson = await lessons[key]
  restore(lesson, link)
  presenter.showFigures(lesson, shown)
}

/** What the keys do. */
function listenForKeys() {
  const press = (/** @type {string} */ name) => () => (pair === null ? lessons[opened]?.then((lesson) => lesson.buttons[name]?.click(), () => {}) : pair.actions[name]?.())
  listenToKeys({
    ...Object.fromEntries(["play", "back", "forward", "reset", "run", "new-data"].map((name) => [name, press(name)])),
    edit: () => lessons[opened]?.then((lesson) => /** @type {HTMLElement | null} */ (lesson.el.querySelector("[data-toggle=edit]"))?.click(), () => {}),
    lesson: (key) => tabs[Number(key) - 1]?.click(),
    present: () => buttonOf("present").click(),
    demonstrations: () => buttonOf("demonstrations").click(),
    next: () => withDemonstrations((all) => all.go(1)),
    previous: () => withDemonstrations((all) => all.go(-1)),
    answer: () => presenter.cover(!covered()),
    screen: () => (document.fullscreenElement === null ? document.documentElement.requestFullscreen() : document.exitFullscreen()).catch(() => {}),
    scan: () => scanLink(),
    keys: showKeys,
  }, presenting)
  for (const name of ["present", "demonstrations", "answer"]) {
    buttonOf(name).title = withKey(name, buttonOf(name).title)
  }
  tabs.forEach((tab, k) => (tab.title = `Key ${k + 1}`))
}

/** In a frame the keys mean what they mean around it. */
function handKeysOn() {
  const hand = (/** @type {string} */ key) => parent.dispatchEvent(new KeyboardEvent("keydown", {key}))
  listenToKeys(Object.fromEntries(Object.keys(KEYS).map((name) => [name, hand])), presenting)
}

/** In a frame the page is dressed as the one around it. @param {DOMStringMap} around */
function dress(around) {
  const is = (/** @type {string} */ name) => name in around
  around.theme !== theme() && retheme(around.theme ?? "light")
  is("presenting") !== presenting() && present(is("presenting"))
  is("covered") !== covered() && presenter.cover(is("covered"))
}

// --- the course ---

/** Whether the course stands beside the lessons. */
const courseOpen = () => courseButton.getAttribute("aria-expanded") === "true"

/** Puts the course beside the lesson that is open, or takes it away. @param {boolean} wanted */
async function showCourse(wanted) {
  courseButton.setAttribute("aria-expanded", String(wanted))
  main.classList.toggle("with-course", wanted)
  const key = opened
  if (!(key in courses)) {
    courseButton.querySelector(".done")?.replaceChildren() // what is counted there is another lesson's
  }
  if (!wanted || key in courses || !(key in lessons)) {
    courses[key]?.opened(wanted)
    return
  }
  const lesson = await lessons[key]
  const [{Course}, chapter] = await Promise.all([later(), json(`course/${key}.json`)])
  courses[key] ??= new Course(lesson, chapter, {
    open,
    counted: (done, of) => key === opened && (courseButton.querySelector(".done") ?? courseButton).replaceChildren(`${done}/${of}`),
  })
  courses[key].opened(courseOpen())
}

/** Opens the report that the page's address holds. @param {HTMLElement} place where it is said that it is none */
async function openReport(place) {
  const {readReport, showReport} = await later()
  const report = readReport(location.hash)
  if (report === null) {
    place.hidden = false
    place.textContent = DAMAGED
    return
  }
  history.replaceState(null, "", location.href.split("#")[0]) // it is read; what follows is not about it
  await showReport(report, async (key, settings, start) => {
    await open(key)
    await showCourse(true)
    const lesson = await lessons[key]
    lesson.restore({
      settings: {...lesson.firstSettings, ...settings}, run: true,
      start: (initial) => (start.length === initial.length ? Float64Array.from(start) : initial),
    })
    settings.dataset === OWN && !settings.table && tell(UNREPORTED)
  })
}

/** Opens a lesson; it keeps its state while another one is open. @param {string} key @param {boolean} another whether it is a place of its own in the history */
async function open(key, another = true) {
  if (opened === key) {
    return
  }
  closePair()
  if (another) {
    tell("")
  }
  address.opened(key, another)
  opened = key
  for (const tab of tabs) {
    const is = tab.dataset.lesson === key
    tab.setAttribute("aria-selected", String(is))
    tab.tabIndex = is ? 0 : -1
  }
  document.getElementById(`failed-${key}`)?.remove()
  const notice = key in lessons ? null : panel(key, `loading-${key}`, "Loading the lesson…")
  showOnly(key)
  try {
    const lesson = await there(key)
    notice?.remove()
    showOnly(opened)
    if (opened === key) {
      lesson.shown()
      address.settle(lesson) // what went on while it was not seen
      await drawFigures(lesson)
      await withLater(() => showCourse(courseOpen()))
    }
  } catch (error) {
    console.warn(error)
    notice?.remove()
    fail(key)
  }
}

/** Shows a lesson, or what is said in its place. @param {string} key */
function showOnly(key) {
  for (const child of /** @type {HTMLCollectionOf<HTMLElement>} */ (main.children)) {
    child.hidden = child.id !== `lesson-${key}` && child.dataset.of !== key
  }
}

/** Embeds a lesson's figures in the page's theme, if they are not there yet; one lesson after the other. @param {Lesson} lesson */
function drawFigures(lesson) {
  drawing = drawing.catch(() => {}).then(() => embedFigures(lesson))
  return drawing
}

/** @param {Lesson} lesson */
async function embedFigures(lesson) {
  const name = theme()
  if (lesson.el.dataset.theme === name) {
    return
  }
  const drawn = await json(`figures/${lesson.declaration.key}-${name}.json`)
  const ids = drawn.roots.map((/** @type {any} */ {id}) => id)
  const slots = drawn.roots.map((/** @type {any} */ root) => lesson.el.querySelector(`[data-figure=${root.attributes.name.replace("_figure", "")}]`))
  for (const slot of slots) {
    slot.replaceChildren()
  }
  const old = lesson.plots?.document
  const roots = Object.fromEntries(ids.map((/** @type {string} */ id, /** @type {number} */ i) => [id, slots[i]]))
  const [views] = await window.Bokeh.embed.embed_items({lesson: drawn}, [{docid: "lesson", root_ids: ids, roots}])
  lesson.el.dataset.theme = name
  lesson.drawOn(new Plots(ids.map((/** @type {string} */ id) => views.get_by_id(id))))
  presenter.dress(lesson)
  if (old !== undefined) {
    old.clear()
    window.Bokeh.documents.splice(window.Bokeh.documents.indexOf(old), 1)
  }
}

/** @param {string} key */
function fail(key) {
  document.getElementById(`lesson-${key}`)?.setAttribute("hidden", "")
  const notice = panel(key, `failed-${key}`, "This lesson could not be loaded. Check the connection. ")
  const again = document.createElement("button")
  again.textContent = "Try again"
  again.addEventListener("click", () => {
    document.getElementById(`tab-${key}`)?.focus() // the button goes
    notice.remove()
    opened = ""
    arrive() // the address is about this lesson
  })
  notice.append(again)
}

/** A panel that only says something, in place of a lesson. @param {string} key @param {string} id @param {string} text */
function panel(key, id, text) {
  const element = document.createElement("div")
  Object.assign(element, {id, className: "notice", textContent: text, hidden: opened !== key})
  element.dataset.of = key
  element.setAttribute("role", "status")
  main.append(element)
  return element
}

/** @param {KeyboardEvent} event */
function tabKey(event) {
  const at = tabs.indexOf(/** @type {HTMLButtonElement} */ (event.target))
  const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1}[event.key]
  if (to !== undefined) {
    event.preventDefault()
    const next = tabs[(to + tabs.length) % tabs.length]
    next.focus()
    open(/** @type {string} */ (next.dataset.lesson))
  }
}

/** Light or dark, as chosen or as the system has it. @param {string} name */
async function retheme(name) {
  document.documentElement.dataset.theme = name
  const lesson = await lessons[opened]
  if (lesson !== undefined) {
    await drawFigures(lesson).catch((error) => {
      console.warn(error)
      fail(opened)
    })
  }
}

/** A lesson is printed as it is seen, on one sheet: figures cannot be drawn anew for it. */
function fitSheet() {
  const seen = document.getElementById(`lesson-${opened}`)
  if (seen !== null) {
    const {offsetWidth: width, offsetHeight: height} = seen
    const {style} = document.documentElement
    style.setProperty("--sheet-width", `${width}px`)
    style.setProperty("--sheet-height", `${height}px`)
    style.setProperty("--sheet-zoom", String(Math.min(SHEET.width / width, SHEET.height / height)))
  }
}

function listen() {
  for (const tab of tabs) {
    tab.addEventListener("click", () => open(/** @type {string} */ (tab.dataset.lesson)))
    tab.addEventListener("keydown", tabKey)
  }
  document.getElementById("theme")?.addEventListener("click", () => {
    const name = theme() === "dark" ? "light" : "dark"
    remember("theme", name)
    retheme(name)
  })
  linkButton.addEventListener("click", () => copyLink())
  buttonOf("present").addEventListener("click", () => present(!presenting()).catch((error) => console.warn(error)))
  buttonOf("demonstrations").addEventListener("click", () => withDemonstrations((all) => all.list()))
  buttonOf("pair").addEventListener("click", () => openPair().catch((error) => console.warn(error)))
  codeButton.addEventListener("click", async () => {
    const lesson = await lessons[opened]
    if (lesson !== undefined) {
      await withLater(({showCode}) => showCode(lesson))
    }
  })
  courseButton.addEventListener("click", () => {
    const wanted = !courseOpen()
    remember("course", wanted ? "open" : "folded")
    withLater(() => showCourse(wanted))
  })
  addEventListener("beforeprint", fitSheet)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ({matches}) => {
    if (recalled("theme") === null) {
      retheme(matches ? "dark" : "light")
    }
  })
}

listen()
const alone = figures === null && !half
if (half) {
  handKeysOn()
  Object.assign(window, {half: {lesson: () => lessons[opened], dress}}) // for the page around
} else if (alone) {
  listenForKeys()
}
const left = recalled("course")
document.body.classList.toggle("embedded", figures !== null)
document.body.classList.toggle("half", half)
showCourse(alone && (left === null ? innerWidth >= ROOMY : left === "open"))
arrive()
  .catch((error) => console.warn(error))
  .then(() => {
    early !== undefined && open(early)
    figures === null && setTimeout(fetchAll, ALREADY)
  })
addEventListener("hashchange", () => arrive().catch((error) => console.warn(error)))

/** All that may still be wanted, here and in the workers. */
function fetchAll() {
  later().catch(() => {}) // whoever needs it says that it is not there
  fetchAhead((name) => {
    for (const place of workplaces) {
      place.ask("load", {formulas: [name]}, {part: () => {}, failed: () => {}})
    }
  })
}
