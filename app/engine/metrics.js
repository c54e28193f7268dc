// How well a network does: the confusion matrix of a classifier, the coefficient of determination of a regression.

const FAR = -1000 // a score below is shown in powers of ten

/** @typedef {{name: string, y: Float64Array, output: Float64Array}} Part outputs are logits where y are classes */

/**
 * @param {boolean} classes whether y are classes
 * @param {Part[]} parts of the data
 * @returns {{title: string, tables: string}} a heading, and tables as HTML
 */
export function metrics(classes, parts) {
  return classes
    ? {title: "Confusion matrix", tables: parts.map(matrix).join("")}
    : {title: `${parts[0].name}: R² ${score(parts[0], 2)}`, tables: scores(parts)}
}

/** @param {Part} part */
function matrix({name, y, output}) {
  const counts = confusion(y, output)
  const right = ((counts[0][0] + counts[1][1]) / y.length) * 100
  const rows = [0, 1].map((is) => {
    const cells = [0, 1].map((said) => `<td class="${is === said ? "right" : "wrong"}">${counts[is][said]}</td>`)
    return `<tr><th scope="row">is ${is}</th>${cells.join("")}</tr>`
  })
  const share = right.toFixed(right > 99.5 && right < 100 ? 1 : 0)
  const head = '<tr><td></td><th scope="col">pred. 0</th><th scope="col">pred. 1</th></tr>'
  return `<table><caption>${name}: ${share} % right</caption>${head}${rows.join("")}</table>`
}

/** @param {Part[]} parts */
function scores(parts) {
  const rows = parts.map((part) => `<tr><th scope="row">${part.name}</th><td>${score(part, 3)}</td></tr>`)
  return `<table><caption>R²: 1 is perfect, 0 no better than the mean</caption>${rows.join("")}</table>`
}

/** R² of a part in words. @param {Part} part @param {number} digits */
function score({y, output}, digits) {
  const value = r2(y, output)
  return value > FAR ? value.toFixed(digits).replace(/^-(0\.0*)$/, "$1") : value.toExponential(2).replace("e+", "e")
}

/** Counts by what is and what was said. @param {Float64Array} y @param {Float64Array} logits */
function confusion(y, logits) {
  const counts = [
    [0, 0],
    [0, 0],
  ]
  y.forEach((is, i) => (counts[is][logits[i] > 0 ? 1 : 0] += 1))
  return counts
}

/** Coefficient of determination. @param {Float64Array} y @param {Float64Array} predicted */
function r2(y, predicted) {
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length
  const residual = y.reduce((sum, value, i) => sum + (value - predicted[i]) ** 2, 0)
  const total = y.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return 1 - residual / (total || 1)
}
