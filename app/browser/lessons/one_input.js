// Lessons whose model is a formula of one input with few parameters.

import {Fit, squareStride} from "../figures/fit.js"
import {parameter, loss as lossText, setting as settingText} from "../format.js"
import {OWN, withOwn} from "../own.js"
import {oneInputPage, subscripted} from "../page.js"
import {parameterPlane, project, runPlane} from "../planes.js"
import {any} from "../state.js"

const GRID = 121 // points along each side of the loss surface
const ROOM = 0.15 // of a slider's span, between the truth and the edge of the picture
const PREVIEW = 200 // steps

/** @type {[number, number]} */
const NO_PENALTY = [0, 0]

/**
 * @param {any} declaration
 * @param {any} formulas of the lesson
 * @param {any} common formulas of all models
 * @returns {import("../lesson.js").Kind}
 */
export function oneInput(declaration, formulas, common) {
  const {names, truths, recipes} = declaration
  const model = /** @type {const} */ ({kind: "one_input", formulas: `formulas/${declaration.key}.js`, count: names.length})
  const pairs = names.flatMap((/** @type {string} */ a, /** @type {number} */ i) => names.slice(i + 1).map((/** @type {string} */ b) => [a, b]))
  const keyOf = (/** @type {string[]} */ pair) => pair.join(" and ")
  const settingOf = (/** @type {string} */ name) => declaration.settings.find((/** @type {any} */ row) => row.name === name)

  /** The range of a parameter: the slider's, widened where the truth comes near its edge or leaves it. @param {string} name @param {Record<string, any>} settings @returns {[number, number]} */
  function span(name, settings) {
    const {start, end} = settingOf(name)
    const margin = ROOM * (end - start)
    const truth = settings[truths[names.indexOf(name)]]
    return [Math.min(start, Math.floor(truth - margin)), Math.max(end, Math.ceil(truth + margin))]
  }

  return {
    html: oneInputPage(declaration),
    seeksBest: true,
    snapshots: Infinity,
    preview: PREVIEW,
    batchSeed: (settings) => settings.seed,
    penalty: () => NO_PENALTY,
    model: ({loss, own_loss}) => (loss === OWN ? {...model, formulas: withOwn(model.formulas, {own_loss})} : model),
    initial: () => Float64Array.from(names, (/** @type {string} */ name) => settingOf(name).default),

    data(settings) {
      const recipe = settings.recipe ?? recipes[0]
      const index = Float64Array.from({length: settings.n}, (_, i) => i)
      const truth = truths.map((/** @type {string} */ name) => settings[name])
      const [x, y] = formulas.simulate[recipe](settings.seed, index, settings.noise, ...truth)
      return {train: {x: x.slice(), y: y.slice()}, test: null, recipe, noise: settings.noise, inputs: 1}
    },

    thetaIndex: (name) => names.indexOf(name),

    firstPlane: keyOf(pairs[0]),

    planes: (state) => (pairs.length === 1 ? [] : [...pairs.map((/** @type {string[]} */ pair) => [keyOf(pair), keyOf(pair.map(subscripted))]), ...(state.run === null ? [] : [["path", "path"]])]),

    wanted({settings, theta, plane, run, made}) {
      if (plane === "path" && run !== null && pairs.length > 1) {
        return made.complete ? aroundPath(common, run) : null
      }
      const [a, b] = pairs.find((/** @type {string[]} */ pair) => keyOf(pair) === plane) ?? pairs[0]
      const at = parameterPlane(theta, names.indexOf(a), names.indexOf(b), [subscripted(a), subscripted(b)], keyOf([a, b]))
      return {plane: at, u: span(a, settings), v: span(b, settings), side: GRID}
    },

    figures: () => [new Fit(declaration, formulas)],

    actions: (lesson) => ({
      "new-data": () => lesson.change({seed: (/** @type {number} */ seed) => (seed + 1) % 1000}),
      workshop: () => lesson.change(declaration.workshop),
      "bad-guess": () => lesson.change(declaration.badGuess),
      "best-fit": () => {
        const {view, best} = lesson.state
        lesson.store.set({view: {...view, best: !view.best && best?.theta != null}})
        sayBest(lesson)
      },
    }),

    /** What follows from the settings and is no figure. */
    draw(lesson, state, changed) {
      const {settings, view, best} = state
      if (any(changed, "settings", "data")) {
        const {n, noise, seed} = settings
        const noisy = settingOf("noise").only === null || settings.recipe === "rounded"
        lesson.write("data-summary", `${n} points${noisy ? ` · noise ${settingText(noise, 3)}` : ""} · seed ${seed}`)
        const squares = /** @type {HTMLElement | null} */ (lesson.el.querySelector("[data-toggle=squares]")?.parentElement)
        if (squares) {
          const stride = squareStride(n)
          squares.hidden = settings.loss !== "mse"
          squares.title = stride > 1 ? `Of one point in ${stride}, so that they can be told apart` : ""
        }
        names.forEach((/** @type {string} */ name) => lesson.controls[name].span(...span(name, settings)))
      }
      if (any(changed, "view", "best")) {
        const button = lesson.buttons["best-fit"]
        button.textContent = view.best ? "Hide best fit" : "Show best fit"
        button.setAttribute("aria-pressed", String(view.best))
        if (best !== undefined && !best?.theta && view.best) {
          lesson.store.set({view: {...view, best: false}})
        }
        if (changed.has("best") && best !== undefined && view.best) {
          sayBest(lesson)
        }
      }
    },
  }

  /** Where the best fit lies; why there is none. @param {import("../lesson.js").Lesson} lesson */
  function sayBest({store, state: {best, view, surface, settings}}) {
    const theta = best?.theta
    if (best === undefined) {
      store.set({words: {kind: "", text: "The best fit is being looked for…"}})
    } else if (best === null) {
      store.set({words: {kind: "warning", text: settings.loss === OWN ? "No minimum of your loss was found, from a few starts." : "The best fit could not be computed."}})
    } else if (!theta) {
      store.set({words: {kind: "warning", text: `There is no best fit to show. ${declaration.reasons[best.reason]}`}})
    } else if (view.best) {
      const where = names.map((/** @type {string} */ name, /** @type {number} */ k) => `${subscripted(name)} = ${parameter(theta[k])}`)
      const {us, vs} = surface === null ? {us: [NaN], vs: [NaN]} : project(common, surface.plane, [theta])
      const inside = surface !== null && us[0] >= surface.u[0] && us[0] <= surface.u[1] && vs[0] >= surface.v[0] && vs[0] <= surface.v[1]
      const outside = inside || surface === null ? "" : " It lies outside of the picture."
      store.set({words: {kind: "", answer: true, text: `${settings.loss === OWN ? "Lowest found" : "Best fit"}: ${where.join(", ")}, with a loss of ${lossText(best.loss)}.${outside}`}})
    } else {
      store.set({words: {kind: "", text: ""}})
    }
  }
}

/**
 * The plane of a run and the part of it that the run needs.
 * @param {any} common formulas of all models
 * @param {import("../state.js").Run} run
 * @param {number} side
 */
export function aroundPath(common, run, side = GRID) {
  const plane = (run.plane ??= runPlane(common, run.theta))
  const {us, vs} = project(common, plane, run.theta)
  return {plane, u: around(us), v: around(vs), side}
}

/** A range with room around what is to be seen. @param {Float64Array} values @returns {[number, number]} */
function around(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = Math.max(0.3 * (high - low), 1)
  return [low - room, high + room]
}
