// What is measured at the point that is shown, and the numbers of it that are read.

import {loss as lossText, parameter} from "../format.js"
import {OWN} from "../models.js"
import {pointOn, project} from "../planes.js"
import {any} from "../state.js"

/**
 * @typedef {object} Measured at the point that is shown
 * @property {number} loss on the training data
 * @property {number} minimised with the penalty
 * @property {Float64Array} gradient of what is minimised
 * @property {number} norm of the gradient
 * @property {number | null} testLoss
 * @property {number | null} onPlane what the surface shows where the point is drawn; null where that is the point itself
 * @property {number} steepest the size of the gradient in a corner of the surface: what an arrow is measured by
 */

/**
 * @param {import("../state.js").State} state
 * @param {import("../models.js").Model} model
 * @param {any} common formulas of all models
 * @param {[number, number]} penalty
 * @param {number | null} known the gradient in the corner of the surface, where it is known already
 * @returns {Measured}
 */
export function measure({settings, data, theta, surface}, model, common, penalty, known) {
  const {train, test} = data
  const gradient = new Float64Array(model.count)
  const at = (/** @type {Float64Array} */ where) => model.evaluate(settings.loss, where, train.x, train.y, penalty, gradient)
  let [steepest, onPlane] = [1, /** @type {number | null} */ (null)]
  if (surface !== null && surface.plane.origin.length === theta.length) {
    const {plane, u, v} = surface
    if (known === null) {
      at(pointOn(common, plane, u[0], v[0]).slice())
    }
    steepest = known ?? common.norm(common.along(plane.directions, gradient))
    if (theta.length > 2) {
      const {us, vs} = project(common, plane, [theta])
      onPlane = at(pointOn(common, plane, us[0], vs[0]).slice())[0]
    }
  }
  const [minimised, loss] = at(theta)
  const testLoss = test === null ? null : model.loss(settings.loss, theta, test.x, test.y)
  return {loss, minimised, gradient, norm: common.norm(gradient), testLoss, onPlane, steepest}
}

export class Readout {
  /** @param {any} declaration @param {(name: string, text: string) => void} write */
  constructor(declaration, write) {
    this.declaration = declaration
    this.write = write
  }

  /** @param {import("../state.js").State} state @param {Set<string>} changed @param {Measured} measured */
  draw({settings, theta}, changed, {loss, minimised, norm, testLoss}) {
    if (any(changed, "theta", "data", "settings", "model")) {
      const {equation, losses, gradient = "∇L"} = this.declaration
      this.write("loss-name", `${losses[settings.loss].short}:`)
      this.write("loss", lossText(loss))
      this.write("norm", `|${gradient}| = ${lossText(norm)}`)
      if (testLoss !== null) {
        this.write("test-loss", `test ${lossText(testLoss)}`)
        const strength = settings.penalty.toUpperCase()
        this.write("penalised-loss", minimised === loss && settings.penalty === "none" ? "" : `with ${strength}: ${lossText(minimised)}`)
      }
      if (equation) {
        this.write("equation", settings.model === OWN ? ownEquation(equation, settings.own_model) : equationText(settings.standardise ? inZ(equation) : equation, theta))
      }
    }
  }
}

/** @typedef {{y: string, link: string, terms: [string, string][]}} Equation */

/** The same of the standardised input. @param {Equation} equation @returns {Equation} */
const inZ = (equation) => ({...equation, terms: equation.terms.map(([name, of]) => [name, of.replace("x", "z")])})

/** A model of the learner's. @param {Equation} equation of the lesson's @param {string} text */
const ownEquation = ({y, link}, text) => `${y}̂ = ${link === "" ? text : `${link}(${text})`}`

/** The model with its numbers. @param {Equation} equation @param {Float64Array} theta @param {(value: number) => string} text of a number */
export function equationText({y, link, terms}, theta, text = parameter) {
  const sum = terms.map(([, of], k) => {
    const value = text(theta[k])
    const number = k === 0 ? value : value.startsWith("−") ? ` − ${value.slice(1)}` : ` + ${value}`
    return of === "" ? number : `${number}·${of}`
  })
  return `${y}̂ = ${link}${link && "("}${sum.join("")}${link && ")"}`
}
