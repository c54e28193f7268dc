// The link to a lesson as it stands: what it takes to be there again, as a text that a person can read, and write.
//
//   1;linear;w=2.5;b=20;optimizer=adam;n_steps=200;run;step=120;show=best
//
// Its version, the lesson, then whatever is not as the lesson begins, in any order. README.md says it for teachers: what can be
// read there is to be read for ever.

import {admitted, changedSettings} from "./admit.js"
import {exact, parse, shortened} from "./format.js"
import {OWN} from "./models.js"
import {ownTableIn, ownTableText, shortOwnTableText} from "./own_table.js"
import {pointsIn, pointsText, shortPointsText} from "./points.js"
import {SUBJECT} from "./state.js"

export const VERSION = "1"
export const MOST = 1800 // characters of a text: the page's address stands before it
const LONGEST = 100_000 // characters of a text that is looked at
const MOST_ENTRIES = 200
const MOST_TOLD = 3 // entries of which it is said what became of them
const WORDS = 40 // characters of an entry that are repeated
const LEFT_OUT = "left_out"
export const REPORT = "#report=" // with which the address of a report begins

/**
 * @typedef {import("./controls.js").Setting} Setting
 * @typedef {{layer: number, unit: number, from: number}} Connection
 *
 * @typedef {object} First how a lesson begins
 * @property {Float64Array} theta with the settings that there are
 * @property {Record<string, boolean>} view
 * @property {string} plane
 *
 * @typedef {object} Asked what a link asks for
 * @property {Record<string, any>} settings all of them
 * @property {Record<string, any>} ran settings of the run that are others by now
 * @property {Record<string, number>} theta parameters by the names of their controls
 * @property {(initial: Float64Array) => Float64Array} start where a run starts, but for these, from where the lesson would begin
 * @property {boolean} run
 * @property {number | null} step that is shown; null where the run is played
 * @property {Record<string, boolean>} view
 * @property {string | null} plane
 * @property {Connection | null} chosen
 * @property {boolean} present whether presenter mode is to be on
 * @property {{settings: Record<string, any>, theta: Record<string, number>}[]} pins runs to compare it with: all settings of each,
 *   and the parameters that it starts from where they are not those of the run
 *
 * @typedef {{unknown: string[], moved: string[], leftOut: "" | "theta" | "points" | "table"}} Remarks entries that were not taken, and what became of others
 */

/** A lesson's parameters that have names of their own, in the order of theta; none for networks. @param {any} declaration @returns {string[]} */
const namesOf = ({kind, names, settings}) =>
  kind === "network" ? [] : (names ?? settings.flatMap((/** @type {Setting} */ {name, changes}) => (changes === "theta" ? [name] : [])))

/** The settings of a lesson that a link says nothing of; an optimizer that is chosen brings its own step size. @param {any} declaration @param {string} optimizer @returns {Record<string, any>} */
function standard({settings, optimizers}, optimizer) {
  const rows = settings.filter((/** @type {Setting} */ {changes}) => changes !== "theta")
  return {...Object.fromEntries(rows.map((/** @type {Setting} */ {name, default: value}) => [name, value])), step_size: optimizers[optimizer].stepSize}
}

/** The settings of a pinned run that a link says nothing of. @param {any} declaration @param {Record<string, any>} settings of the lesson @param {string} optimizer */
const pinned = ({optimizers}, settings, optimizer) => (optimizer === settings.optimizer ? settings : {...settings, optimizer, step_size: optimizers[optimizer].stepSize})

/** The text of a link to two lessons, side by side. @param {string} a @param {string} b */
export const pairText = (a, b) => `ab=${a}~${b}`

/** The texts of both lessons of such a link; null where it is none. @param {string} text @returns {string[] | null} */
export function pairIn(text) {
  const found = text.length > LONGEST ? null : /^ab=(\d+;.*)~(\d+;.*)$/.exec(text)
  return found === null ? null : found.slice(1)
}

/** Whether the address of a page claims to be a report. @param {string} hash of it */
export const isReport = (hash) => hash.startsWith(REPORT)

/** @param {any} value of a setting */
function valueText(value) {
  if (typeof value === "boolean") {
    return value ? "yes" : "no"
  }
  return Array.isArray(value) ? value.join(",") || "none" : typeof value === "number" ? exact(value) : encodeURIComponent(value)
}

/** @param {any} declaration @param {Record<string, any>} settings */
function settingTexts(declaration, settings) {
  const rows = declaration.settings.map((/** @type {Setting} */ row) => (row.name === "step_size" ? {...row, default: standard(declaration, settings.optimizer).step_size} : row))
  return Object.entries(changedSettings({settings: rows.filter((/** @type {Setting} */ {kind}) => kind !== "points" && kind !== "table")}, settings)).map(([name, value]) => `${name}=${valueText(value)}`)
}

/**
 * The text of a lesson as it stands.
 * @param {any} declaration
 * @param {import("./state.js").State} state
 * @param {First} first
 * @param {boolean} present whether presenter mode is on
 * @param {boolean} whole whether own data and a network's parameters are in it, as far as there is room
 */
export function linkText(declaration, {settings, start, phase, run, step, beyond, view, plane, chosen, pins}, first, present = false, whole = true) {
  const names = namesOf(declaration)
  const made = phase === "running" ? null : run
  const parts = [VERSION, declaration.key, ...settingTexts(declaration, settings)]
  names.forEach((name, k) => start[k] !== first.theta[k] && parts.push(`${name}=${exact(start[k])}`))
  const ran = made === null ? [] : Object.entries(made.settings).filter(([name, value]) => settings[name] !== value)
  parts.push(...ran.map(([name, value]) => `run.${name}=${valueText(value)}`))
  if (made !== null || phase === "running") {
    parts.push("run")
  }
  if (made !== null && phase !== "playing") {
    parts.push(`step=${beyond ?? made.steps[step]}`)
  }
  const switched = Object.keys(first.view).filter((name) => Boolean(view[name]) !== first.view[name])
  for (const [word, on] of /** @type {const} */ ([["show", true], ["hide", false]])) {
    const those = switched.filter((name) => Boolean(view[name]) === on)
    those.length > 0 && parts.push(`${word}=${those.join(",")}`)
  }
  if (plane !== first.plane) {
    parts.push(`plane=${plane.split(" and ").join(",")}`)
  }
  const place = chosen === null ? [] : [chosen.layer, chosen.unit, chosen.from]
  if (declaration.kind === "network" && place.some((at) => at > 0)) {
    parts.push(`chosen=${place.map((at) => at + 1).join(",")}`)
  }
  present && parts.push("present")
  parts.push(...pins.filter(({run: {theta}}) => theta.length > 0).flatMap(({run: {settings: own, theta}}, k) => pinTexts(declaration, `pin${k + 1}`, own, settings, theta[0], start)))
  const text = parts.join(";")
  if (!whole) {
    return text
  }
  return names.length > 0 ? withPoints(text, settings.points ?? []) : withTheta(withTable(text, settings), start, first.theta)
}

/** The learner's own points: exactly, or with fewer digits; as they fit. @param {string} text @param {import("./points.js").Points} points */
const withPoints = (text, points) => (points.length === 0 ? text : `${text};points=${fitting(text, ";points=", [pointsText(points), shortPointsText(points)])}`)

/** The learner's own table, where it is the data; likewise. @param {string} text @param {Record<string, any>} settings */
const withTable = (text, {dataset, table}) => (dataset !== OWN || !table ? text : `${text};table=${fitting(text, ";table=", table.values.length > MOST ? [] : [ownTableText(table), shortOwnTableText(table)])}`)

/** The first of some texts that there is room for behind another one. @param {string} text @param {string} name @param {string[]} texts */
const fitting = (text, name, texts) => texts.find((of) => text.length + name.length + of.length <= MOST) ?? LEFT_OUT

/** What is to be said of a text that does not hold all of a lesson; "" where it does. @param {string} text @param {Record<string, any>} settings of the lesson */
export function missingIn(text, {points = [], table = null}) {
  const [, rows] = /;table=([^;]*)/.exec(text) ?? []
  if (rows === LEFT_OUT) {
    return "Your data are too many for a link: whoever opens it begins with another data set. Save state keeps them as a file."
  }
  if (rows !== undefined && rows !== ownTableText(/** @type {any} */ (table))) {
    return "Your data are in this link with four digits a number: there is no room for more. Save state keeps them exactly."
  }
  const own = /;points=([^;]*)$/.exec(text)?.[1]
  if (own === LEFT_OUT) {
    return "Your points are too many for a link: whoever opens it begins with drawn data. Save data keeps them as a file."
  }
  if (own !== undefined && own !== pointsText(points)) {
    return "Your points are in this link with four digits each: there is no room for more. Save data keeps them exactly."
  }
  return isPartial(text) ? "This network has too many parameters for a link: whoever opens it begins with the initial weights. Save state keeps them as a file." : ""
}

/** A pinned run; none where it began with another network's parameters. @param {any} declaration @param {string} word @param {Record<string, any>} own settings @param {Record<string, any>} settings of the lesson @param {Float64Array} from where it began @param {Float64Array} start of the lesson's run */
function pinTexts(declaration, word, own, settings, from, start) {
  const names = namesOf(declaration)
  const moved = Array.from(from.keys()).filter((k) => from[k] !== start[k])
  if (from.length !== start.length || (names.length === 0 && moved.length > 0)) {
    return []
  }
  const base = pinned(declaration, settings, own.optimizer)
  const others = Object.keys(own).filter((name) => valueText(own[name]) !== valueText(name === "optimizer" ? settings[name] : base[name]))
  return [word, ...others.map((name) => `${word}.${name}=${valueText(own[name])}`), ...moved.map((k) => `${word}.${names[k]}=${exact(from[k])}`)]
}

/** A network's parameters, where they are not those that it begins with: the ones that are others, or all; as they fit. @param {string} text @param {Float64Array} start @param {Float64Array} initial */
function withTheta(text, start, initial) {
  const others = Array.from(start.keys()).filter((k) => start[k] !== initial[k])
  if (others.length === 0 || text.endsWith(`;table=${LEFT_OUT}`)) {
    return text // parameters of a network for other data than those that whoever opens it has
  }
  const some = others.map((k) => `${k + 1}:${exact(start[k])}`).join(",")
  const all = [start, Float32Array.from(start)].map(packed)
  const [shortest] = [some, all[0]].sort((a, b) => a.length - b.length)
  return `${text};theta=${fitting(text, ";theta=", [shortest, all[1]])}`
}

/** Whether a text says that parameters were too many for it. @param {string} text */
export const isPartial = (text) => text.endsWith(`;theta=${LEFT_OUT}`)

/** Numbers as letters that no program takes for something else: their bytes, the least first. @param {Float64Array | Float32Array} values */
function packed(values) {
  const view = new DataView(new ArrayBuffer(values.byteLength))
  values.forEach((/** @type {number} */ value, /** @type {number} */ k) => (values instanceof Float64Array ? view.setFloat64(8 * k, value, true) : view.setFloat32(4 * k, value, true)))
  const letters = btoa(Array.from(new Uint8Array(view.buffer), (byte) => String.fromCharCode(byte)).join(""))
  return letters.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
}

/** So many numbers from such letters; null where they are others. @param {string} text @param {number} count @returns {Float64Array | null} */
function unpacked(text, count) {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0))
    const view = new DataView(bytes.buffer)
    const size = bytes.length / count
    if (size !== 4 && size !== 8) {
      return null
    }
    const values = Float64Array.from({length: count}, (_, k) => (size === 8 ? view.getFloat64(8 * k, true) : view.getFloat32(4 * k, true)))
    return values.every(Number.isFinite) ? values : null
  } catch {
    return null
  }
}

/** The text in a page's address, without what programs on its way have made of it; "" where there is none. @param {string} hash */
export function textIn(hash) {
  const text = hash.replace(/^#/, "")
  return text.length > LONGEST || text.includes(";") ? text : decoded(text)
}

/** @param {string} text @returns {string} as it stands where it cannot be decoded */
function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Which lesson a text names; null where it is no text of a lesson. @param {string} text @returns {string | null} */
export function lessonIn(text) {
  const [version, lesson] = text.length > LONGEST ? [] : text.split(";", 2)
  return version === VERSION && lesson !== undefined ? lesson : null
}

/**
 * What a text asks for of a lesson. Each value passes the declaration of its control.
 * @param {any} declaration of the lesson that it names
 * @param {Record<string, boolean>} views what can be switched on, and whether it is at first
 * @param {string} text
 * @returns {{asked: Asked, remarks: Remarks}}
 */
export function askedIn(declaration, views, text) {
  /** @type {Remarks} */
  const remarks = {unknown: [], moved: [], leftOut: ""}
  /** @type {[string, any][]} */
  const given = []
  /** @type {[string, any][]} */
  const ran = []
  /** @type {[string, number][]} */
  const theta = []
  /** @type {Pick<Asked, "run" | "step" | "view" | "plane" | "chosen" | "start" | "present">} */
  const rest = {run: false, step: null, view: {...views}, plane: null, chosen: null, present: false, start: (initial) => initial}
  const bounds = declaration.settings.find((/** @type {Setting} */ {changes}) => changes === "theta")
  /** @type {Record<number, {own: Record<string, any>, theta: Record<string, number>}>} by their numbers */
  const pins = {}

  /** @type {Record<string, (value: string, entry: string) => boolean>} what the words do that name no setting; whether they could */
  const words = {
    run: () => (rest.run = true),
    present: () => (rest.present = true),
    step(value) {
      const step = parse(value)
      rest.step = step >= 0 ? Math.round(step) : null
      return rest.step !== null && Number.isFinite(step)
    },
    show: (value) => switched(value, true),
    hide: (value) => switched(value, false),
    plane: (value) => Boolean((rest.plane = value.split(",").join(" and "))),
    chosen(value) {
      if (declaration.kind !== "network") {
        return false
      }
      const places = value.split(",").map(Number)
      const [layer, unit, from] = places.map((place) => place - 1)
      rest.chosen = places.length === 3 && places.every((place) => Number.isInteger(place) && place >= 1) ? {layer, unit, from} : null
      return rest.chosen !== null
    },
    theta(value, entry) {
      if (declaration.kind !== "network") {
        return false
      }
      rest.start = (initial) => parameters(value, initial, bounds, () => remarks.unknown.push(entry), () => remarks.moved.push(`${shown(entry)} was too large`))
      remarks.leftOut = value === LEFT_OUT ? "theta" : ""
      return true
    },
  }

  /** @param {string} names @param {boolean} on */
  function switched(names, on) {
    const known = names.split(",").filter((name) => Object.hasOwn(views, name))
    known.forEach((name) => (rest.view[name] = on))
    return known.length === names.split(",").length
  }

  /** @param {string} name @param {string} value @returns {[Setting, any] | null} what a setting takes of a value */
  function taken(name, value) {
    const row = declaration.settings.find((/** @type {Setting} */ row) => row.name === name)
    if ((row?.kind === "points" || row?.kind === "table") && value === LEFT_OUT) {
      remarks.leftOut = row.kind
      return [row, row.default]
    }
    const read = row === undefined ? undefined : valueIn(row, value)
    const used = row === undefined ? undefined : admitted(row, read, declaration)
    if (used !== undefined && typeof used === "number" && used !== read) {
      remarks.moved.push(`${shown(`${name}=${value}`)} became ${exact(used)}`)
    } else if (row?.kind === "points" && used !== undefined && pointsText(used) !== pointsText(/** @type {number[]} */ (read))) {
      remarks.moved.push("some points were moved to the nearest place that they can have")
    }
    return used === undefined ? null : [row, used]
  }

  /** What is said of a pinned run; whether it could be. @param {number} number @param {string | undefined} name of a setting; none where it is there @param {string} value */
  function pinSaid(number, name, value) {
    const use = name === undefined || number > declaration.pins.length ? null : taken(name, value)
    const takes = name === undefined ? number <= declaration.pins.length : use !== null && use[0].changes !== "data" && !SUBJECT.includes(name)
    if (takes) {
      const pin = (pins[number] ??= {own: {}, theta: {}})
      use !== null && ((use[0].changes === "theta" ? pin.theta : pin.own)[use[0].name] = use[1])
    }
    return takes
  }

  const entries = text.split(";").slice(2)
  for (const entry of entries.slice(0, MOST_ENTRIES).filter((entry) => entry !== "")) {
    const [name, ...more] = entry.split("=").map(decoded)
    const value = more.join("=")
    if (Object.hasOwn(words, name)) {
      words[name](value, entry) || remarks.unknown.push(entry)
      continue
    }
    const [, number, of] = /^pin([1-9])(?:\.(.+))?$/.exec(name) ?? []
    if (number !== undefined) {
      pinSaid(Number(number), of, value) || remarks.unknown.push(entry)
      continue
    }
    const own = name.startsWith("run.")
    const use = taken(own ? name.slice(4) : name, value)
    if (use === null || (own && use[0].changes !== "run")) {
      remarks.unknown.push(entry)
    } else {
      const into = own ? ran : use[0].changes === "theta" ? theta : given
      into.push([use[0].name, use[1]])
    }
  }
  remarks.unknown.push(...entries.slice(MOST_ENTRIES))
  const own = Object.fromEntries(given)
  const settings = {...standard(declaration, own.optimizer ?? declaration.settings.find((/** @type {Setting} */ {name}) => name === "optimizer").default), ...own}
  const steps = Object.fromEntries(ran).n_steps ?? settings.n_steps
  if (rest.step !== null && rest.step > steps) {
    remarks.moved.push(`step=${exact(rest.step)} became ${steps}`)
    rest.step = steps
  }
  const compare = Object.values(pins).map(({own: of, theta: from}) => ({settings: {...pinned(declaration, settings, of.optimizer ?? settings.optimizer), ...of}, theta: from}))
  return {asked: {...rest, settings, ran: Object.fromEntries(ran), theta: Object.fromEntries(theta), pins: compare}, remarks}
}

/** @param {Setting} row @param {string} text */
function valueIn({kind}, text) {
  if (kind === "list") {
    return text === "none" || text === "" ? [] : text.split(",").map((item) => (/^\d+$/.test(item) ? Number(item) : item))
  }
  if (kind === "points") {
    return pointsIn(text)
  }
  if (kind === "table") {
    return ownTableIn(text)
  }
  if (kind === "switch") {
    return text === "yes" ? true : text === "no" ? false : undefined
  }
  return kind === "number" || kind === "integer" ? parse(text) : text
}

/**
 * A network's parameters: all of them, or the numbers of some and their values.
 * @param {string} value
 * @param {Float64Array} initial
 * @param {Setting} bounds of each
 * @param {() => void} unknown called where it cannot be read, or is of another network
 * @param {() => void} moved called where one was beyond its bounds
 */
function parameters(value, initial, {low, high}, unknown, moved) {
  if (value === LEFT_OUT) {
    return initial
  }
  const pairs = value.split(",").map((pair) => pair.split(":").map(Number))
  const some = pairs.every(([number, at]) => Number.isInteger(number) && number >= 1 && number <= initial.length && Number.isFinite(at))
  const read = value.includes(":") ? (some ? initial.slice() : null) : unpacked(value, initial.length)
  if (read === null) {
    unknown()
    return initial
  }
  if (value.includes(":")) {
    pairs.forEach(([number, at]) => (read[number - 1] = at))
  }
  const used = read.map((at) => Math.min(Math.max(at, low), high))
  used.some((at, k) => at !== read[k]) && moved()
  return used
}

/** An entry as it is repeated to a person. @param {string} entry */
const shown = (entry) => shortened(entry, WORDS)

/** What became of what was asked for, where the lesson as a whole could not be so. @param {Asked} asked @param {import("./state.js").State} state @param {Remarks} remarks @returns {Remarks} */
export function compared({settings, plane, chosen}, state, remarks) {
  const same = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(a) === JSON.stringify(b)
  const others = Object.keys(settings).filter((name) => !same(settings[name], state.settings[name]))
  const moved = others.map((name) => `${shown(`${name}=${valueText(settings[name])}`)} became ${valueText(state.settings[name])}`)
  const unknown = [
    ...(plane !== null && plane !== state.plane ? [`plane=${plane}`] : []),
    ...(chosen !== null && !same(chosen, state.chosen) ? ["chosen"] : []),
  ]
  return {...remarks, moved: [...remarks.moved, ...moved], unknown: [...remarks.unknown, ...unknown]}
}

/** What a person is told of a link, or a file, that was not taken as it is; "" where it was. @param {Remarks} remarks @param {"link" | "file"} what */
export function sentence({unknown, moved, leftOut}, what = "link") {
  const parts = [
    ...moved.slice(0, MOST_TOLD),
    ...(moved.length > MOST_TOLD ? [`${moved.length - MOST_TOLD} more values became others`] : []),
    ...(unknown.length > 0 ? [`not understood, and left out: ${unknown.slice(0, MOST_TOLD).map(shown).join(", ")}${unknown.length > MOST_TOLD ? `, and ${unknown.length - MOST_TOLD} more` : ""}`] : []),
    ...(leftOut === "theta" ? ["the network's weights were too many for it: these are the ones that it begins with"] : []),
    ...(leftOut === "table" ? ["its own data were too many for it: another data set is in their place"] : []),
    ...(leftOut === "points" ? ["its own points were too many for it: these data are drawn"] : []),
  ]
  return parts.length === 0 ? "" : `Of this ${what}: ${parts.join("; ")}.`
}
