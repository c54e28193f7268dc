// Numbers as a learner reads them.

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"

/**
 * A loss: two decimals; four significant figures when tiny, a power of ten when huge or next to nothing.
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
    return value.toFixed(2).replace("-", "−")
  }
  return size >= 1e-4 ? value.toPrecision(4) : scientific(value)
}

/** @param {number} value @param {number} digits behind the point */
export function scientific(value, digits = 2) {
  const [mantissa, exponent] = value.toExponential(digits).split("e")
  const raised = Array.from(exponent.replace("+", ""), (digit) => RAISED[Number(digit)] ?? "⁻").join("")
  return `${mantissa.replace("-", "−")}·10${raised}`
}

/**
 * A few significant figures, without more zeros than a learner counts.
 * @param {number} value
 * @param {number} figures
 */
export function significant(value, figures = 3) {
  const size = Math.abs(value)
  return size !== 0 && (size >= 1e6 || size < 1e-4) ? scientific(value, figures - 1) : String(Number(value.toPrecision(figures))).replace("-", "−")
}

/** Two numbers with three figures, or as many as tell them apart. @param {number} a @param {number} b @returns {[string, string]} */
export function apart(a, b) {
  for (let figures = 3; figures < 12; figures++) {
    const [one, other] = [significant(a, figures), significant(b, figures)]
    if (one !== other) {
      return [one, other]
    }
  }
  return [String(a), String(b)]
}

/** A number with as few digits as bring it back. @param {number} value */
export const exact = (value) => String(value).replace("e+", "e")

/** The beginning of a text that may be long. @param {string} text @param {number} most characters */
export const shortened = (text, most) => (text.length > most ? `${text.slice(0, most)}…` : text)

/** @param {number} count @param {string} noun */
export const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`

/** A share as a percentage; never 0 or 100 % of what is not all or nothing. @param {number} share */
export function percent(share) {
  const whole = Math.round(share * 100)
  return whole === 0 && share > 0 ? "less than 1 %" : whole === 100 && share < 1 ? "over 99 %" : `${whole} %`
}

/**
 * A parameter in an equation: two decimals and a true minus sign.
 * @param {number} value
 */
export function parameter(value) {
  const size = Math.abs(value)
  const text = size >= 1e5 ? scientific(size) : size.toFixed(2)
  return value < 0 && text !== "0.00" ? `−${text}` : text
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
