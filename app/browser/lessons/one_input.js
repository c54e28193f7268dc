// Lessons whose model is a formula of one input with few parameters.

import {Fit, squareStride} from "../figures/fit.js"
import {parameter, loss as lossText, setting as settingText} from "../format.js"
import {OWN} from "../models.js"
import {searched, withOwn, wordsIn} from "../own.js"
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
  const {names, truths, recipes} = declaration // of the names the last one is only that of models that use it
  const own = /** @type {const} */ ({kind: "one_input", formulas: `formulas/${declaration.key}.js`, count: truths.length})
  const keyOf = (/** @type {string[]} */ pair) => pair.join(" and ")
  const settingOf = (/** @type {string} */ name) => declaration.settings.find((/** @type {any} */ row) => row.name === name)

  /** The names of the parameters that a model has. @param {import("../state.js").State} state @returns {string[]} */
  const namesOf = ({theta}) => names.slice(0, theta.length)

  /** @param {import("../state.js").State} state */
  const pairsOf = (state) => namesOf(state).flatMap((a, i, all) => all.slice(i + 1).map((b) => [a, b]))

  /** The model, with what the learner has written in it. @param {Record<string, any>} settings @returns {import("../models.js").OneInput} */
  function modelOf({loss, own_loss, model, own_model}) {
    if (model !== OWN) {
      return loss === OWN ? {...own, formulas: withOwn(own.formulas, {own_loss})} : own
    }
    const count = wordsIn(own_model).includes(names[names.length - 1]) ? names.length : names.length - 1
    return {...own, count, formulas: withOwn(own.formulas, loss === OWN ? {own_model, own_loss} : {own_model, loss})}
  }

  /** The range of a parameter: the slider's, widened where the truth comes near its edge or leaves it. @param {string} name @param {Record<string, any>} settings @returns {[number, number]} */
  function span(name, settings) {
    const {start, end} = settingOf(name)
    const margin = ROOM * (end - start)
    const truth = settings[truths[names.indexOf(name)]] ?? 0
    return [Math.min(start, Math.floor(truth - margin)), Math.max(end, Math.ceil(truth + margin))]
  }

  return {
    html: oneInputPage(declaration),
    seeksBest: true,
    snapshots: Infinity,
    preview: PREVIEW,
    batchSeed: (settings) => settings.seed,
    penalty: () => NO_PENALTY,
    model: modelOf,
    initial: (_, {count}) => Float64Array.from(names.slice(0, count), (/** @type {string} */ name) => settingOf(name).default),

    data(settings) {
      const recipe = settings.recipe ?? recipes[0]
      const index = Float64Array.from({length: settings.n}, (_, i) => i)
      const truth = truths.map((/** @type {string} */ name) => settings[name])
      const [x, y] = formulas.simulate[recipe](settings.seed, index, settings.noise, ...truth)
      return {train: {x: x.slice(), y: y.slice()}, test: null, recipe, noise: settings.noise, inputs: 1}
    },

    thetaIndex: (name) => names.indexOf(name),

    firstPlane: keyOf(names.slice(0, 2)),

    planes(state) {
      const pairs = pairsOf(state).map((pair) => [keyOf(pair), keyOf(pair.map(subscripted))])
      return pairs.length === 1 ? [] : [...pairs, ...(state.run === null ? [] : [["path", "path"]])]
    },

    wanted(state) {
      const {settings, theta, plane, run, made} = state
      const pairs = pairsOf(state)
      if (plane === "path" && run !== null && pairs.length > 1) {
        return made.complete ? aroundPath(common, run) : null
      }
      const [a, b] = pairs.find((pair) => keyOf(pair) === plane) ?? pairs[0]
      const at = parameterPlane(theta, names.indexOf(a), names.indexOf(b), [subscripted(a), subscripted(b)], keyOf([a, b]))
      return {plane: at, u: span(a, settings), v: span(b, settings), side: GRID}
    },

    figures(lesson) {
      const fit = new Fit(declaration, formulas)
      return [
        {
          /** @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {Set<string>} changed */
          draw(plots, state, changed) {
            fit.formulas = lesson.modules[state.model.formulas]
            fit.draw(plots, state, changed)
          },
        },
      ]
    },

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
        for (const name of names) {
          lesson.controls[name].span(...span(name, settings))
          lesson.controls[name].call(settings.model === OWN ? name : settingOf(name).label) // only of a line w is the slope
        }
      }
      lesson.el.querySelector(".equation math")?.toggleAttribute("hidden", settings.model === OWN)
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
      store.set({words: {kind: "warning", text: "The best fit could not be computed."}})
    } else if (!theta) {
      store.set({words: {kind: "warning", text: `There is no best fit to show. ${declaration.reasons[best.reason] ?? "No minimum was found, from a few starts."}`}})
    } else if (view.best) {
      const where = Array.from(theta, (value, k) => `${subscripted(names[k])} = ${parameter(value)}`)
      const {us, vs} = surface === null ? {us: [NaN], vs: [NaN]} : project(common, surface.plane, [theta])
      const inside = surface !== null && us[0] >= surface.u[0] && us[0] <= surface.u[1] && vs[0] >= surface.v[0] && vs[0] <= surface.v[1]
      const outside = inside || surface === null ? "" : " It lies outside of the picture."
      store.set({words: {kind: "", answer: true, text: `${searched(settings) ? "Lowest found" : "Best fit"}: ${where.join(", ")}, with a loss of ${lossText(best.loss)}.${outside}`}})
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
