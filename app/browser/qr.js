// A text as a QR code (ISO/IEC 18004:2015): its bytes, error correction level L, the smallest version that holds it.
// Level L, because a screen is never torn: fewer and larger squares can be read from further away.

import {drawing} from "./dialog.js"

const LEVEL_L = 1 // its bits in the format
const MODE_BYTES = 4
const MOST_VERSIONS = 40
const LIKE_A_FINDER = ["10111010000", "00001011101"] // with the light beside it
const QUIET = 4 // squares of margin
// Per version, of level L: codewords of correction in each block, and blocks (table 9 of the standard).
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30]
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25]

/** @type {((row: number, column: number) => boolean)[]} which squares each mask turns over */
const MASKS = [
  (i, j) => (i + j) % 2 === 0,
  (i) => i % 2 === 0,
  (_, j) => j % 3 === 0,
  (i, j) => (i + j) % 3 === 0,
  (i, j) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2 === 0,
  (i, j) => ((i * j) % 2) + ((i * j) % 3) === 0,
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2 === 0,
  (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2 === 0,
]

/** @typedef {number[][]} Squares row by row, 1 where dark */

/**
 * @param {string} text
 * @returns {Squares | null} null where it is too long
 */
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text)
  const version = Array.from({length: MOST_VERSIONS}, (_, k) => k + 1).find((one) => bitsOf(bytes, one) <= 8 * dataCodewords(one))
  if (version === undefined) {
    return null
  }
  const {squares, fixed} = frame(version)
  place(squares, fixed, interleaved(codewords(bytes, version), version))
  const masked = MASKS.map((mask, number) => withFormat(squares.map((row, i) => row.map((dark, j) => (fixed[i][j] ? dark : dark ^ Number(mask(i, j))))), number))
  const costs = masked.map(cost)
  return masked[costs.indexOf(Math.min(...costs))]
}

/** The code as a picture, with its margin. @param {Squares} squares @param {string} label */
export function qrPicture(squares, label) {
  const side = squares.length + 2 * QUIET
  const dark = squares.flatMap((row, i) => row.flatMap((is, j) => (is ? [`M${j + QUIET} ${i + QUIET}h1v1h-1z`] : [])))
  const content = `<rect width="${side}" height="${side}" fill="#fff"/><path fill="#000" d="${dark.join("")}"/>`
  return drawing(`0 0 ${side} ${side}`, {role: "img", "aria-label": label, class: "qr", "shape-rendering": "crispEdges"}, content)
}

// --- the data ---

/** Squares for data and correction, less those with a task of their own. @param {number} version */
function rawSquares(version) {
  const places = alignment(version).length
  const patterns = places === 0 ? 0 : 25 * (places * places - 3) - 10 * (places - 2) // three would lie on corners; some on the timing
  const size = sizeOf(version)
  return size * size - 3 * 64 - 2 * (size - 16) - 31 - patterns - (version >= 7 ? 36 : 0)
}

/** @param {number} version */
const allCodewords = (version) => Math.floor(rawSquares(version) / 8)

/** @param {number} version */
const dataCodewords = (version) => allCodewords(version) - CORRECTION[version - 1] * BLOCKS[version - 1]

/** @param {number} version */
const lengthBits = (version) => (version < 10 ? 8 : 16)

/** @param {Uint8Array} bytes @param {number} version */
const bitsOf = (bytes, version) => 4 + lengthBits(version) + 8 * bytes.length

/** Mode, length, bytes, an end, and filling up to the version's size. @param {Uint8Array} bytes @param {number} version @returns {number[]} */
function codewords(bytes, version) {
  /** @type {number[]} */
  const bits = []
  const add = (/** @type {number} */ value, /** @type {number} */ count) => {
    for (let k = count - 1; k >= 0; k--) {
      bits.push((value >> k) & 1)
    }
  }
  add(MODE_BYTES, 4)
  add(bytes.length, lengthBits(version))
  bytes.forEach((byte) => add(byte, 8))
  const most = 8 * dataCodewords(version)
  add(0, Math.min(4, most - bits.length))
  add(0, (8 - (bits.length % 8)) % 8)
  const words = Array.from({length: bits.length / 8}, (_, k) => bits.slice(8 * k, 8 * k + 8).reduce((word, bit) => 2 * word + bit, 0))
  for (let fill = 0xec; words.length < most / 8; fill ^= 0xec ^ 0x11) {
    words.push(fill)
  }
  return words
}

/** Blocks with their corrections, word by word in turn. @param {number[]} words @param {number} version @returns {number[]} */
function interleaved(words, version) {
  const [count, correction] = [BLOCKS[version - 1], CORRECTION[version - 1]]
  const short = Math.floor(words.length / count)
  const longer = words.length % count // the last so many blocks have one word more
  /** @type {number[][]} */
  const blocks = []
  for (let k = 0, at = 0; k < count; k++) {
    const length = short + (k >= count - longer ? 1 : 0)
    blocks.push(words.slice(at, at + length))
    at += length
  }
  const divisor = generator(correction)
  const corrections = blocks.map((block) => remainder(block, divisor))
  const turns = (/** @type {number[][]} */ of) => Array.from({length: Math.max(...of.map(({length}) => length))}, (_, k) => of.flatMap((block) => (k < block.length ? [block[k]] : []))).flat()
  return [...turns(blocks), ...turns(corrections)]
}

// --- Reed and Solomon's code over the field of 256 elements, with 2 as its generator and x⁸ + x⁴ + x³ + x² + 1 ---

/** @param {number} a @param {number} b */
function times(a, b) {
  let product = 0
  for (let k = 7; k >= 0; k--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d)
    product ^= ((b >> k) & 1) * a
  }
  return product
}

/** The coefficients of (x − 1)(x − 2)…(x − 2^(degree − 1)), the highest left out, which is 1. @param {number} degree @returns {number[]} */
function generator(degree) {
  let polynomial = [1]
  for (let k = 0, root = 1; k < degree; k++, root = times(root, 2)) {
    const [by, last] = [root, polynomial.length]
    polynomial = Array.from({length: last + 1}, (_, n) => (n < last ? polynomial[n] : 0) ^ (n > 0 ? times(polynomial[n - 1], by) : 0))
  }
  return polynomial.slice(1)
}

/** @param {number[]} words @param {number[]} divisor */
function remainder(words, divisor) {
  const rest = new Array(divisor.length).fill(0)
  for (const word of words) {
    const factor = word ^ rest.shift()
    rest.push(0)
    divisor.forEach((coefficient, k) => (rest[k] ^= times(coefficient, factor)))
  }
  return rest
}

// --- the squares ---

/** @param {number} version */
const sizeOf = (version) => 17 + 4 * version

/** Where the middles of the alignment patterns are, along each side. @param {number} version @returns {number[]} */
function alignment(version) {
  if (version === 1) {
    return []
  }
  const count = Math.floor(version / 7) + 2
  const last = sizeOf(version) - 7
  const step = version === 32 ? 26 : 2 * Math.ceil((last - 6) / (2 * (count - 1)))
  return [6, ...Array.from({length: count - 1}, (_, k) => last - step * (count - 2 - k))]
}

/** What every code of a version has, and which squares that are. @param {number} version @returns {{squares: Squares, fixed: boolean[][]}} */
function frame(version) {
  const size = sizeOf(version)
  const squares = Array.from({length: size}, () => new Array(size).fill(0))
  const fixed = Array.from({length: size}, () => new Array(size).fill(false))
  const set = (/** @type {number} */ i, /** @type {number} */ j, /** @type {boolean | number} */ dark) => {
    if (i >= 0 && i < size && j >= 0 && j < size) {
      squares[i][j] = Number(dark)
      fixed[i][j] = true
    }
  }
  const rings = (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ reach, /** @type {number} */ light) => {
    for (let i = -reach; i <= reach; i++) {
      for (let j = -reach; j <= reach; j++) {
        const ring = Math.max(Math.abs(i), Math.abs(j))
        set(row + i, column + j, ring !== light && ring !== 4)
      }
    }
  }
  for (let k = 0; k < size; k++) {
    set(6, k, k % 2 === 0)
    set(k, 6, k % 2 === 0)
  }
  for (const [row, column] of [[3, 3], [3, size - 4], [size - 4, 3]]) {
    rings(row, column, 4, 2)
  }
  const middles = alignment(version)
  const last = middles.length - 1
  middles.forEach((row, i) => middles.forEach((column, j) => (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0) || rings(row, column, 2, 1)))
  for (let k = 0; k < 9; k++) { // room for the format
    fixed[8][k] = fixed[k][8] = true
    fixed[8][Math.max(size - 1 - k, size - 8)] = fixed[Math.max(size - 1 - k, size - 8)][8] = true
  }
  set(size - 8, 8, 1)
  if (version >= 7) {
    const bits = (version << 12) | checked(version << 12, 0x1f25)
    for (let k = 0; k < 18; k++) {
      const [long, short] = [Math.floor(k / 3), size - 11 + (k % 3)]
      set(long, short, (bits >> k) & 1)
      set(short, long, (bits >> k) & 1)
    }
  }
  return {squares, fixed}
}

/** The rest of a division of polynomials over two elements. @param {number} bits @param {number} divisor */
function checked(bits, divisor) {
  const degree = 31 - Math.clz32(divisor)
  let rest = bits
  while (rest >> degree > 0) {
    rest ^= divisor << (31 - Math.clz32(rest) - degree)
  }
  return rest
}

/** Puts words where they belong: up and down, two columns at a time, from the right. @param {Squares} squares @param {boolean[][]} fixed @param {number[]} words */
function place(squares, fixed, words) {
  const size = squares.length
  let at = 0
  for (let right = size - 1, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) { // the column of the timing is skipped
    for (let k = 0; k < size; k++) {
      const i = up ? size - 1 - k : k
      for (const j of [right, right - 1]) {
        if (!fixed[i][j] && at < 8 * words.length) {
          squares[i][j] = (words[at >> 3] >> (7 - (at & 7))) & 1
          at += 1
        }
      }
    }
  }
}

/** @param {Squares} squares @param {number} mask @returns {Squares} the same, with which level and mask they have */
function withFormat(squares, mask) {
  const size = squares.length
  const data = ((LEVEL_L << 3) | mask) << 10
  const bits = (data | checked(data, 0x537)) ^ 0x5412
  for (let k = 0; k < 15; k++) {
    const bit = (bits >> k) & 1
    squares[k < 6 ? k : k < 8 ? k + 1 : size - 15 + k][8] = bit
    squares[8][k < 8 ? size - 1 - k : k === 8 ? 7 : 14 - k] = bit
  }
  return squares
}

/** How hard a code is to read (clause 7.8.3). @param {Squares} squares */
function cost(squares) {
  const size = squares.length
  const columns = squares.map((_, j) => squares.map((row) => row[j]))
  let sum = 0
  for (const line of [...squares, ...columns]) {
    for (let k = 0, run = 0; k < size; k++) {
      run = k > 0 && line[k] === line[k - 1] ? run + 1 : 1
      sum += run === 5 ? 3 : run > 5 ? 1 : 0
    }
    const text = line.join("")
    for (const pattern of LIKE_A_FINDER) {
      for (let k = text.indexOf(pattern); k >= 0; k = text.indexOf(pattern, k + 1)) {
        sum += 40
      }
    }
  }
  for (let i = 1; i < size; i++) {
    for (let j = 1; j < size; j++) {
      const four = squares[i][j] + squares[i - 1][j] + squares[i][j - 1] + squares[i - 1][j - 1]
      sum += four === 0 || four === 4 ? 3 : 0
    }
  }
  const dark = squares.flat().reduce((a, b) => a + b, 0)
  return sum + 10 * Math.floor(Math.abs((100 * dark) / (size * size) - 50) / 5)
}
