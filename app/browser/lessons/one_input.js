// Lessons whose model is a formula of one input with few parameters.

import {Editor} from "../editing.js"
import {later, laterHasCome} from "../files.js"
import {Fit, squareStride} from "../figures/fit.js"
import {equationText} from "../figures/readout.js"
import {parameter, loss as lossText, setting as settingText, significant} from "../format.js"
import {bestFit} from "../minima.js"
import {OWN} from "../models.js"
import {searched, withOwn, wordsIn} from "../own.js"
import {oneInputPage, subscripted} from "../page.js"
import {parameterPlane, project, runPlane} from "../planes.js"
import {columns} from "../points.js"
import {saveFile} from "../saving.js"
import {any} from "../state.js"

const GRID = 121 // points along each side of the loss surface
const ROOM = 0.15 // of a slider's span, between the truth and the edge of the picture
const PREVIEW = 200 // steps
const NOTHING = 1e-9 // of the spread of x
/** @type {Record<string, number>} points that a solver has done with in a millisecond or two, of those that are dragged */
const AT_ONCE = {least_squares: Infinity, least_absolute: 200, newton: 150}
const STEEP = 8 // w and b of a sigmoid of standardised x, about as far from zero as they come
const NOTCHES = 200 // of a slider, at most ten times as many

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

  /** The range of a parameter: the slider's, widened where what is to be seen comes near its edge or leaves it. @param {string} name @param {{inSight: ArrayLike<number>[]}} data @returns {[number, number]} */
  function span(name, {inSight}) {
    const {start, end} = settingOf(name)
    const margin = ROOM * (end - start)
    const values = inSight.map((theta) => theta[names.indexOf(name)]).filter(Number.isFinite)
    return [Math.min(start, ...values.map((value) => Math.floor(value - margin))), Math.max(end, ...values.map((value) => Math.ceil(value + margin)))]
  }

  /** The data that the settings draw. @param {Record<string, any>} settings @param {string} recipe @returns {import("../state.js").Part} */
  function drawn(settings, recipe) {
    const index = Float64Array.from({length: settings.n}, (_, i) => i)
    const [x, y] = formulas.simulate[recipe](settings.seed, index, settings.noise, ...truthOf(settings))
    return {x: x.slice(), y: y.slice()}
  }

  /** @param {Record<string, any>} settings @returns {number[]} */
  const truthOf = (settings) => truths.map((/** @type {string} */ name) => settings[name])

  /** Parameters of a model of data whose truth is not known, or not in the model's units: the picture is to show them. @param {import("../state.js").Part} train @param {Float64Array} x in its own units @param {boolean} standardise @returns {ArrayLike<number>[]} */
  function likely({x: seen, y}, x, standardise) {
    if (formulas.solve.leastSquares !== undefined) {
      const [functions, change] = formulas.basis(seen)
      return [formulas.thetaOf(change, formulas.solve.leastSquares(functions, y)).slice()]
    }
    const [, mean, spread] = formulas.scaling.standardised(x)
    const corners = [STEEP, -STEEP].flatMap((w) => [STEEP, -STEEP].map((b) => Float64Array.of(w, b)))
    return standardise ? corners : corners.map((theta) => formulas.scaling.inX(theta, mean, spread).slice())
  }

  const fit = new Fit(declaration, formulas)
  /** @type {Editor} made with the figures, as is what opens data */
  let editor
  /** @type {Promise<import("../opening.js").Opening>} */
  let opening

  return {
    html: oneInputPage(declaration),
    seeksBest: true,
    snapshots: Infinity,
    preview: PREVIEW,
    batchSeed: (settings) => settings.seed,
    penalty: () => NO_PENALTY,
    model: modelOf,
    initial: (_, {count}) => Float64Array.from(names.slice(0, count), (/** @type {string} */ name) => settingOf(name).default),

    /** The model is trained on `train`; `shown` is the same with x in its own units, which `scale` leads back to. */
    data(settings) {
      const {points, standardise, noise} = settings
      const recipe = settings.recipe ?? recipes[0]
      const own = points.length > 0
      const shown = own ? columns(points) : drawn(settings, recipe)
      const [z, mean, spread] = standardise ? formulas.scaling.standardised(shown.x) : [shown.x, 0, 1]
      const train = {x: z.slice(), y: shown.y}
      const inSight = own || standardise ? likely(train, shown.x, standardise) : [truthOf(settings)]
      return {train, shown, own, scale: standardise ? {mean, spread} : null, inSight, test: null, recipe, noise, inputs: 1}
    },

    /** Whoever asks for other drawn data no longer wants points of their own. */
    implied(settings, given) {
      const draws = (/** @type {string} */ name) => settingOf(name).changes === "data" && name !== "standardise" && given[name] !== settings[name]
      return settings.points.length > 0 && !("points" in given) && Object.keys(given).some(draws) ? {points: []} : {}
    },

    bestAtOnce({settings, model, data: {own, train}}) {
      const {loss} = settings
      const {solver} = declaration.losses[loss]
      return own && !searched(settings) && train.y.length <= (AT_ONCE[solver] ?? 0) ? bestFit({loss, solver, model, train}, formulas).next().value : undefined
    },

    borders({modules, state}) {
      fit.formulas = modules[state.model.formulas]
      fit.grid.length === 0 && fit.place(state.data) // it has not been drawn yet
      return fit.borders(state)
    },

    thetaIndex: (name) => names.indexOf(name),

    firstPlane: keyOf(names.slice(0, 2)),

    planes(state) {
      const pairs = pairsOf(state).map((pair) => [keyOf(pair), keyOf(pair.map(subscripted))])
      return pairs.length === 1 ? [] : [...pairs, ...(state.run === null ? [] : [["path", "path"]])]
    },

    wanted(state) {
      const {data, theta, plane, run, made} = state
      const pairs = pairsOf(state)
      if (plane === "path" && run !== null && pairs.length > 1) {
        return made.complete ? aroundPath(common, run) : null
      }
      const [a, b] = pairs.find((pair) => keyOf(pair) === plane) ?? pairs[0]
      const at = parameterPlane(theta, names.indexOf(a), names.indexOf(b), [subscripted(a), subscripted(b)], keyOf([a, b]))
      return {plane: at, u: span(a, data), v: span(b, data), side: GRID}
    },

    figures(lesson) {
      const {most, high: largest} = settingOf("points")
      editor = new Editor(lesson, fit)
      opening = laterHasCome.then(({choosePoints, Opening}) => new Opening(lesson, choosePoints({classes: declaration.classes, most, largest}), (points) => opened(lesson, points)))
      const figure = {
        /** @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {Set<string>} changed */
        draw(plots, state, changed) {
          fit.formulas = lesson.modules[state.model.formulas]
          fit.draw(plots, state, changed)
        },
      }
      return [figure, editor]
    },

    actions: (lesson) => ({
      "new-data": () => lesson.change({seed: (/** @type {number} */ seed) => (seed + 1) % 1000}),
      workshop: () => lesson.change(declaration.workshop),
      "bad-guess": () => lesson.change(declaration.badGuess),
      "best-fit": () => {
        const {view, best} = lesson.state
        lesson.store.set({view: {...view, best: !view.best && (best === undefined || best?.theta != null)}}) // or as soon as it is found
        sayBest(lesson)
      },
      ...editor.actions,
      "open-data": () => later().then(async () => (await opening).ask(), () => {}),
      "save-data": () => {
        const {x, y} = lesson.state.data.shown
        const rows = Array.from(x, (/** @type {number} */ at, /** @type {number} */ i) => [at, y[i]])
        later().then(({csvText}) => saveFile(`${declaration.key}-data.csv`, "text/csv", csvText(["x", "y"], rows)), () => {})
      },
    }),

    /** What follows from the settings and is no figure. */
    draw(lesson, state, changed) {
      const {settings, view, best, data} = state
      if (any(changed, "settings", "data")) {
        const {noise, seed} = settings
        const n = data.train.y.length
        const noisy = settingOf("noise").only === null || settings.recipe === "rounded"
        lesson.write("data-summary", data.own ? `${n} points of your own` : `${n} points${noisy ? ` · noise ${settingText(noise, 3)}` : ""} · seed ${seed}`)
        const truth = /** @type {HTMLInputElement} */ (lesson.el.querySelector("[data-toggle=truth]"))
        truth.disabled = data.own // nobody knows what is behind points of one's own
        const squares = /** @type {HTMLElement | null} */ (lesson.el.querySelector("[data-toggle=squares]")?.parentElement)
        if (squares) {
          const stride = squareStride(n)
          squares.hidden = settings.loss !== "mse"
          squares.title = stride > 1 ? `Of one point in ${stride}, so that they can be told apart` : ""
        }
        for (const name of names) {
          const [start, end] = span(name, data)
          lesson.controls[name].span(start, end, Math.max(settingOf(name).step, 10 ** Math.floor(Math.log10((end - start) / NOTCHES))))
          lesson.controls[name].call(settings.model === OWN ? name : settingOf(name).label) // only of a line w is the slope
        }
      }
      if (changed.has("view")) {
        lesson.el.querySelector(".corner .sideways")?.toggleAttribute("hidden", !view.best)
      }
      if (any(changed, "data", "theta", "model")) {
        const {scale} = data
        const told = scale !== null && settings.model !== OWN
        lesson.texts.units.hidden = !told
        told && lesson.write("units", inOwnUnits(state.theta, scale))
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

  /** The points of a table are the lesson's from now on; how far a step may go on them is said where it is too far. @param {import("../lesson.js").Lesson} lesson @param {number[]} points */
  function opened(lesson, points) {
    editor.put(points)
    lesson.inTurn(() => {
      const {settings} = lesson.state
      const bound = lesson.bound()
      if (bound !== null && bound < settings.step_size && !settings.standardise) {
        lesson.store.set({words: {kind: "warning", text: `On these points the largest stable step size is ${significant(bound)}, and yours is ${settingText(settings.step_size)}: take a smaller one, or switch on Standardise x.`}})
      }
      return null
    })
  }

  /** What the model is in x's own units. @param {Float64Array} theta @param {{mean: number, spread: number}} scale */
  function inOwnUnits(theta, {mean, spread}) {
    const shift = Math.abs(mean) < NOTHING * spread ? "0" : significant(Math.abs(mean)) // where it is but rounding
    const own = equationText(declaration.equation, formulas.scaling.inX(theta, mean, spread), significant)
    return `z = (x ${mean < 0 && shift !== "0" ? "+" : "−"} ${shift}) / ${significant(spread)}, so ${own}`
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
