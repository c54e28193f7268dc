// Where the ticks of an axis in units of the loss stand.

/**
 * A few round numbers, evenly spread on a logarithmic axis; powers of ten where there are many.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
export function logTicks(low, high, most) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.floor(Math.log10(high))]
  const powers = Array.from({length: last - first + 1}, (_, k) => first + k)
  const inside = (/** @type {number} */ tick) => tick >= low && tick <= high
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`))).filter(inside)
    if (ticks.length <= most) {
      return ticks.length > 1 ? ticks : linearTicks(low, high, most)
    }
  }
  const stride = Math.ceil(powers.length / most)
  return powers.filter((power) => power % stride === 0).map((power) => Number(`1e${power}`)).filter(inside)
}

/**
 * A few multiples of 1, 2 or 5 times a power of ten.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
export function linearTicks(low, high, most) {
  const power = 10 ** Math.floor(Math.log10((high - low) / most))
  const step = power * /** @type {number} */ ([1, 2, 5, 10].find((factor) => (high - low) / (power * factor) <= most))
  const first = Math.ceil(low / step)
  return Array.from({length: Math.floor(high / step) - first + 1}, (_, k) => Number(((first + k) * step).toPrecision(12)))
}
