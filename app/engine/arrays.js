// Arrays as they travel: base64 in cached JSON, typed arrays over the websocket.

const TYPES = {float32: Float32Array, float64: Float64Array, int32: Int32Array}

/**
 * Turns what `drawing.encode` made back into typed arrays; everything else stays as it is.
 * @param {any} value
 * @returns {any}
 */
export function decode(value) {
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) {
    return value
  }
  if (typeof value.base64 === "string") {
    const bytes = Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0))
    return new TYPES[value.dtype](bytes.buffer)
  }
  if (Array.isArray(value)) {
    return value
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]))
}

/**
 * Cuts concatenated lines apart.
 * @param {ArrayLike<number>} values
 * @param {ArrayLike<number>} ends index after the last value of each line
 * @returns {Float64Array[]}
 */
export function split(values, ends) {
  const all = Float64Array.from(values)
  return Array.from(ends, (end, line) => all.subarray(line === 0 ? 0 : ends[line - 1], end))
}
