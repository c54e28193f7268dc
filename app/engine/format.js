// Numbers as a learner reads them.

/**
 * A loss: two decimals; four significant figures when tiny, scientific when huge.
 * @param {number} value
 */
export function loss(value) {
  if (!Number.isFinite(value)) {
    return "too large"
  }
  const size = Math.abs(value)
  if (size >= 1e6) {
    return scientific(value)
  }
  if (size >= 0.01 || size === 0) {
    return value.toFixed(2)
  }
  return size >= 1e-4 ? value.toPrecision(4) : scientific(value)
}

/** @param {number} value */
function scientific(value) {
  const [mantissa, exponent] = value.toExponential(3).split("e")
  return `${mantissa}e${exponent.replace("+", "")}`
}

/**
 * A parameter in an equation: two decimals and a true minus sign.
 * @param {number} value
 */
export function parameter(value) {
  const size = Math.abs(value)
  const text = size >= 1e5 ? scientific(size) : size.toFixed(2)
  return value < 0 && Number(text) !== 0 ? `−${text}` : text
}

/**
 * A setting in its box: as many figures as it needs, at most `figures` significant ones.
 * @param {number} value
 * @param {number} figures
 */
export function setting(value, figures = 4) {
  if (!Number.isFinite(value)) {
    return ""
  }
  return String(Number(value.toPrecision(figures)))
}

/**
 * What a learner typed, as a number; NaN where it is none. Accepts a decimal comma and a true minus sign.
 * @param {string} text
 */
export function parse(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".")
  return plain === "" ? NaN : Number(plain)
}
