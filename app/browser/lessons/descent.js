// Gradient descent on a function of one number: no data, no model; the loss is the function itself.

import {FunctionFigure} from "../figures/function.js"
import {loss as lossText, parameter, setting, significant} from "../format.js"
import {OWN} from "../models.js"
import {Opening} from "../opening.js"
import {descentPage} from "../page.js"
import {any} from "../state.js"
import {endingOnFunction} from "../words.js"

/** @type {[number, number]} */
const NO_PENALTY = [0, 0]
const NO_DATA = {train: {x: new Float64Array(0), y: new Float64Array(0)}, test: null}

/**
 * @param {any} declaration
 * @param {any} formulas of the lesson
 * @returns {import("../lesson.js").Kind}
 */
export function descent(declaration, formulas) {
  const {functions, gradient: slopeName} = declaration
  const model = /** @type {const} */ ({kind: "descent", formulas: `formulas/${declaration.key}.js`, count: 1})

  /** @type {FunctionFigure} */
  let figure

  /** Where the step after the one that is shown leads: that of the run, or the first from here. @param {import("../lesson.js").Lesson} lesson @param {import("../state.js").State} state */
  function next(lesson, state) {
    const {run, stale, step, theta} = state
    if (run !== null && !stale) {
      return run.theta[step + 1]?.[0] ?? null
    }
    return lesson.pathOf({...lesson.order(state), theta, steps: 1, snapshots: 2})[1]?.[0] ?? null
  }

  /** The slope, and the rule of the next step with its numbers. @param {import("../lesson.js").Lesson} lesson @param {import("../state.js").State} state @param {number} slope @param {number | null} to where the step leads */
  function say(lesson, {settings, theta}, slope, to) {
    lesson.write("slope", `slope ${slopeName} = ${significant(slope)}`)
    const plain = settings.optimizer === "gradient_descent"
    const rule = plain ? ` − ${setting(settings.step_size)} · ${slope < 0 ? `(${significant(slope)})` : significant(slope)} =` : ` → ${declaration.optimizers[settings.optimizer].label}:`
    lesson.write("rule", to === null ? "" : `w ← ${significant(theta[0], 4)}${rule} ${significant(to, 4)}`)
  }

  return {
    html: descentPage(declaration),
    seeksBest: false,
    snapshots: Infinity,
    preview: 0,
    batchSeed: () => 0,
    penalty: () => NO_PENALTY,
    model: () => model,
    initial: ({loss}) => Float64Array.of(functions[loss].start),
    data: () => NO_DATA,
    thetaIndex: () => 0,
    firstPlane: "",
    planes: () => [],
    wanted: () => null,
    begins: (before, settings) => before.loss !== settings.loss,

    figures(lesson) {
      figure = new FunctionFigure(declaration, formulas, (state) => next(lesson, state), (state, slope, to) => say(lesson, state, slope, to))
      new Opening(lesson, null, () => {}) // a saved state can be dropped here too
      return [figure]
    },

    grasp: (lesson, plots) => ({
      at: (event, clamp) => figure.placeAt(plots, event, clamp),
      distance: (event) => plots.distance("function", event, lesson.state.theta[0], lesson.measured?.loss ?? 0),
      move: (w) => lesson.change({w}),
    }),

    actions: (lesson) => ({
      workshop: () => lesson.change(declaration.workshop),
      "best-fit": () => {
        const {view} = lesson.state
        lesson.store.set({view: {...view, best: !view.best}})
      },
    }),

    draw(lesson, state, changed) {
      const {settings, view} = state
      const {minima, span, formula} = functions[settings.loss]
      if (any(changed, "settings", "data")) {
        lesson.write("formula", `f(w) = ${formula}`)
        lesson.controls.w.span(span[0], span[1])
      }
      if (changed.has("view")) {
        const button = lesson.buttons["best-fit"]
        button.textContent = view.best ? "Hide minima" : "Show minima"
        button.setAttribute("aria-pressed", String(Boolean(view.best)))
      }
      if (any(changed, "view", "settings") && view.best) {
        const places = minima.map((/** @type {any} */ {w, value}) => `f(${parameter(w)}) = ${lossText(value)}`)
        lesson.store.set({words: {kind: "", answer: true, text: `${minima.length === 1 ? "The minimum" : "The minima"}: ${places.join("; ")}.`}})
      }
    },

    curvature: (settings) => functions[settings.loss].curvature ?? 0,

    ending(lesson, run) {
      const {minima} = functions[run.settings.loss]
      const {hessian} = declaration.optimizers[run.settings.optimizer]
      const [end] = run.theta[run.theta.length - 1]
      const [bend] = formulas.hessian[run.settings.loss](Float64Array.of(end), NO_DATA.train.x, NO_DATA.train.y, 0, 0)
      return endingOnFunction(run, {minima, bound: lesson.bound(run.settings), hessian, bend, own: run.settings.optimizer === OWN})
    },
  }
}
