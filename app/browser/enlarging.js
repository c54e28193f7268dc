// Figures for a projector: whatever is drawn on them, larger. Knows Bokeh's models by their properties, not the figures: what
// is a width of a line, a size of a mark or of a text is multiplied.

const LEAST_CURVE = 2 // pixels, before it is enlarged, of a line that shows something: a thinner one is drawn as if it were so wide
const BORDER = 6 // pixels, the same, in the place of a colour bar
const ENLARGED = /(^|_)(line_width|font_size|standoff)$/

/** @type {WeakMap<any, Record<string, any>>} what the models' properties were */
const drawn = new WeakMap()

/**
 * Enlarges all that is drawn on a document's figures, without their colour bars; with a factor of 1 they are as they were.
 * @param {any} document
 * @param {number} factor
 */
export function enlarge(document, factor) {
  const models = new Set(document.roots().flatMap((/** @type {any} */ root) => [...root.references()]))
  for (const model of models) {
    const were = drawn.get(model) ?? enlargeable(model)
    drawn.set(model, were)
    if (Object.keys(were).length > 0) {
      model.setv(factor === 1 ? were : enlarged(model.type, were, factor))
    }
  }
}

/** The properties that are enlarged, as they are. @param {any} model @returns {Record<string, any>} */
function enlargeable(model) {
  const named = (/** @type {string} */ name) =>
    ENLARGED.test(name) || name === "size" || name === "line_dash" || name === "min_border_right" || (name === "visible" && model.type === "ColorBar")
  return Object.fromEntries(Object.entries(model.attributes).filter(([name, value]) => named(name) && value !== null))
}

/** @param {string} type of the model @param {Record<string, any>} were its properties @param {number} factor @returns {Record<string, any>} */
export function enlarged(type, were, factor) {
  const width = numberOf(were.line_width)
  const wider = type === "Line" && width !== null ? (Math.max(width, LEAST_CURVE) * factor) / width : factor
  return Object.fromEntries(
    Object.entries(were).map(([name, value]) => {
      if (name === "visible") {
        return [name, false]
      }
      if (name === "min_border_right") {
        return [name, Math.round(BORDER * factor)]
      }
      if (name.endsWith("standoff")) {
        return [name, Math.round(times(value, factor))] // whole pixels only
      }
      return [name, times(value, /^line_(width|dash)$/.test(name) ? wider : factor)]
    }),
  )
}

/** The number that a property has for all that it draws; null where it has none, or one for each. @param {any} value */
function numberOf(value) {
  const number = value?.value ?? value
  return typeof number === "number" ? number : null
}

/** A number, a size in pixels, a pattern of dashes, or one of them as the value of all; whatever else as it is. @param {any} value @param {number} factor @returns {any} */
function times(value, factor) {
  if (typeof value === "number") {
    return value * factor
  }
  if (typeof value === "string") {
    return /^[\d.]+px$/.test(value) ? `${parseFloat(value) * factor}px` : value
  }
  if (Array.isArray(value)) {
    return value.map((item) => times(item, factor))
  }
  return typeof value?.value !== "undefined" ? {...value, value: times(value.value, factor)} : value
}
