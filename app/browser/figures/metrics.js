// How well a network does: the confusion matrix of a classifier, the coefficient of determination of a regression.

import {scientific} from "../format.js"
import {any} from "../state.js"

const FAR = -1000 // a score below is shown in powers of ten

export class Metrics {
  /** @param {any} common formulas of all models @param {HTMLElement} card */
  constructor(common, card) {
    this.common = common
    this.title = /** @type {HTMLElement} */ (card.querySelector("h2"))
    this.place = /** @type {HTMLElement} */ (card.querySelector(".tables"))
    this.shown = ""
  }

  /** @param {import("../state.js").State} state @param {Set<string>} changed @param {import("./decision.js").Seen} seen */
  draw({data}, changed, seen) {
    if (!any(changed, "data", "theta", "model")) {
      return
    }
    const classes = data.task === "classification"
    const parts = [
      {name: "Test", y: data.test.y, output: seen.test},
      {name: "Training", y: data.train.y, output: seen.train},
    ]
    const names = data.classNames.map((/** @type {string} */ name, /** @type {number} */ k) => (name === `class ${k}` ? "" : `${k}: ${name}`)).filter(Boolean)
    this.title.textContent = classes ? (names.length > 0 ? names.join(", ") : "Confusion matrix") : `Test: R² ${this.score(parts[0], 2)}`
    const tables = classes ? parts.map((part) => this.matrix(part)).join("") : this.scores(parts)
    if (this.shown !== tables) {
      this.shown = tables
      this.place.innerHTML = tables
    }
  }

  /** @param {{name: string, y: Float64Array, output: Float64Array}} part */
  matrix({name, y, output}) {
    const counts = this.common.confusion(y, output)
    const share = this.common.accuracy(y, output) * 100
    const rows = [0, 1].map((is) => {
      const cells = [0, 1].map((said) => `<td class="${is === said ? "right" : "wrong"}">${counts[2 * is + said]}</td>`)
      return `<tr><th scope="row">is ${is}</th>${cells.join("")}</tr>`
    })
    const text = share.toFixed(share > 99.5 && share < 100 ? 1 : 0)
    const head = '<tr><td></td><th scope="col">pred. 0</th><th scope="col">pred. 1</th></tr>'
    return `<table><caption>${name}: ${text} % right</caption>${head}${rows.join("")}</table>`
  }

  /** @param {{name: string, y: Float64Array, output: Float64Array}[]} parts */
  scores(parts) {
    const rows = parts.map((part) => `<tr><th scope="row">${part.name}</th><td>${this.score(part, 3)}</td></tr>`)
    return `<table><caption>R²: 1 is perfect, 0 no better than the mean</caption>${rows.join("")}</table>`
  }

  /** @param {{y: Float64Array, output: Float64Array}} part @param {number} digits */
  score({y, output}, digits) {
    const value = this.common.r2(y, output)
    return value > FAR ? value.toFixed(digits).replace(/^-(0\.0*)$/, "$1") : scientific(value)
  }
}
