// The network's picture: inputs, units and outputs from left to right, each with what it makes of the plane of the data;
// connections as wide as their weights, coloured by their sign. Built anew for an architecture, painted for a theta.

import {weightAt} from "../models.js"
import {SIDE} from "./decision.js"

const PICTURE = 20 // pixels along each side of a unit's picture
const STRIDE = SIDE / PICTURE
// As in the pictures: what pushes towards class 1 is orange, towards class 0 blue.
const POSITIVE = "#e8883a"
const NEGATIVE = "#2f86c4"
const NEAR = 7 // pixels within which a pointer touches a connection
const WIDEST = 7

/** @typedef {{layer: number, unit: number, from: number}} Chosen layer 0 is the first hidden one */

export class Diagram {
  /**
   * @param {HTMLElement} card
   * @param {string[]} colors from class 0 to class 1
   * @param {{onChoose: (chosen: Chosen) => void, onFeature: (name: string) => void, onHidden: (change: (hidden: number[]) => number[]) => void}} listeners
   */
  constructor(card, colors, listeners) {
    this.place = /** @type {HTMLElement} */ (card.querySelector(".units"))
    this.head = /** @type {HTMLElement} */ (card.querySelector(".layers"))
    this.listeners = listeners
    this.palette = new Uint32Array(colors.map((color) => {
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
      return (255 << 24) | (b << 16) | (g << 8) | r
    }))
    this.canvas = document.createElement("canvas")
    this.tip = document.createElement("div")
    this.tip.className = "tip"
    this.tip.hidden = true
    /** @type {HTMLButtonElement[][]} by column: inputs, layers, output */
    this.nodes = []
    /** @type {HTMLElement[]} headings of the hidden layers */
    this.heads = []
    /** @type {number[]} which of the first column's units are inputs of the network */
    this.inputs = []
    /** @type {number[]} pixels across a unit, by column */
    this.sizes = []
    /** @type {{x: number, y: number}[][]} middles of the units, by column; none while the diagram has no size */
    this.centers = []
    /** @type {Float64Array | null} what was painted last */
    this.theta = null
    /** @type {Chosen} */
    this.chosen = {layer: 0, unit: 0, from: 0}
    /** @type {number[]} units from that of the chosen connection to the output; none while no path is drawn */
    this.path = []
    /** @type {CanvasRenderingContext2D[][]} */
    this.pictures = []
    this.image = new ImageData(PICTURE, PICTURE)
    this.pixels = new Uint32Array(this.image.data.buffer)
    this.place.addEventListener("pointermove", (event) => this.hover(event))
    this.place.addEventListener("pointerleave", () => (this.tip.hidden = true))
    this.place.addEventListener("click", (event) => this.click(event))
    this.place.addEventListener("keydown", (event) => this.key(event))
    this.place.addEventListener("focusin", (event) => this.stopAt(/** @type {HTMLElement} */ (event.target)))
    new ResizeObserver(() => this.layOut()).observe(this.place)
  }

  /**
   * @param {{sizes: number[], inputNames: string[], features: {name: string, label: string, on: boolean}[] | null,
   *   layers: import("../models.js").Layer[], maxLayers: number, maxUnits: number, hidden: number[]}} network
   *   features: the switches, where the inputs are made from coordinates
   */
  build(network) {
    this.network = network
    this.theta = null
    const {sizes, inputNames, features} = network
    const {activeElement} = document
    const focused = activeElement?.closest(".diagram") ? activeElement.getAttribute("aria-label") : null
    this.place.replaceChildren(this.canvas, this.tip)
    this.pictures = []
    const switches = features ?? inputNames.map((label) => ({name: label, label, on: true}))
    const columns = [switches.length, ...sizes.slice(1)]
    this.centers = []
    this.nodes = columns.map((count, column) =>
      Array.from({length: count}, (_, index) => this.node(column, index, switches)),
    )
    // Only the inputs that are on have a place among the network's inputs.
    this.inputs = switches.map(({on}, index) => (on ? index : -1)).filter((index) => index >= 0)
    this.stopAt(this.nodes[1][0])
    this.buildHead()
    this.layOut()
    if (focused !== null) {
      const again = [...this.head.querySelectorAll("button"), ...this.nodes.flat()]
      const same = again.find((button) => button.getAttribute("aria-label") === focused)
      const beside = same?.disabled ? /** @type {HTMLElement | null} */ (same.parentElement?.querySelector("button:enabled")) : null
      beside?.focus() // at its limit
      same?.focus()
    }
  }

  /**
   * @param {number} column
   * @param {number} index
   * @param {{name: string, label: string, on: boolean}[]} switches
   */
  node(column, index, switches) {
    const button = document.createElement("button")
    button.type = "button"
    button.className = "unit"
    const picture = document.createElement("canvas")
    picture.width = picture.height = PICTURE
    button.append(picture)
    if (column === 0) {
      const {name, label, on} = switches[index]
      button.classList.toggle("off", !on)
      if (this.network?.features) {
        const caption = document.createElement("span")
        caption.textContent = label
        button.append(caption)
        button.setAttribute("aria-pressed", String(on))
        button.setAttribute("aria-label", `Input ${label}`)
        button.addEventListener("click", () => this.listeners.onFeature(name))
      } else {
        button.setAttribute("aria-label", `Input ${label}`)
        button.title = label
      }
    } else {
      const output = column === /** @type {any} */ (this.network).sizes.length - 1
      button.setAttribute("aria-label", output ? "Output" : `Unit ${index + 1} of layer ${column}`)
      button.addEventListener("click", () => this.listeners.onChoose({layer: column - 1, unit: index, from: -1}))
    }
    button.addEventListener("focus", () => this.tell(column, index))
    button.addEventListener("blur", () => (this.tip.hidden = true))
    this.place.append(button)
    ;(this.pictures[column] ??= [])[index] = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d"))
    return button
  }

  /** The headings of the layers, with the buttons that change them. */
  buildHead() {
    const {hidden, maxLayers, maxUnits} = /** @type {any} */ (this.network)
    /** @param {string} text @param {string} label @param {(hidden: number[]) => number[]} next @param {boolean} possible */
    const change = (text, label, next, possible) => {
      const button = document.createElement("button")
      button.type = "button"
      button.textContent = text
      button.setAttribute("aria-label", label)
      button.title = label
      button.disabled = !possible
      button.addEventListener("click", () => this.listeners.onHidden(next))
      return button
    }
    const total = document.createElement("span")
    total.className = "total"
    total.append(
      `${hidden.length} hidden layer${hidden.length === 1 ? "" : "s"} `,
      change("−", "Remove a layer", (now) => now.slice(0, -1), hidden.length > 0),
      change("+", "Add a layer", (now) => [...now, Math.min(now.at(-1) ?? 4, maxUnits)], hidden.length < maxLayers),
    )
    this.heads = hidden.map((/** @type {number} */ units, /** @type {number} */ index) => {
      const head = document.createElement("span")
      head.className = "head"
      head.append(
        `${units} `,
        change("−", `Remove a unit from layer ${index + 1}`, (now) => changed(now, index, -1), units > 1),
        change("+", `Add a unit to layer ${index + 1}`, (now) => changed(now, index, 1), units < maxUnits),
      )
      return head
    })
    this.head.replaceChildren(total, ...this.heads)
  }

  /** Places the units; called when there is another architecture, or another size. */
  layOut() {
    const {clientWidth: width, clientHeight: height} = this.place
    if (this.nodes.length === 0 || width === 0) {
      return
    }
    const ratio = window.devicePixelRatio
    this.canvas.width = Math.round(width * ratio)
    this.canvas.height = Math.round(height * ratio)
    const widest = (width / this.nodes.length) * 0.55
    this.sizes = this.nodes.map((column) => Math.max(5, Math.min(38, (height - 4) / column.length - 4, widest)))
    const left = this.sizes[0] / 2 + (/** @type {any} */ (this.network).features ? 44 : 8)
    const right = width - /** @type {number} */ (this.sizes.at(-1)) / 2 - 8
    this.centers = this.nodes.map((column, c) => {
      const x = left + ((right - left) * c) / (this.nodes.length - 1)
      const size = this.sizes[c]
      const gap = Math.min(height / column.length, size * 1.9)
      return column.map((node, i) => {
        const y = height / 2 + (i - (column.length - 1) / 2) * gap
        node.style.left = `${x - size / 2}px`
        node.style.top = `${y - size / 2}px`
        node.style.width = node.style.height = `${size}px`
        return {x, y}
      })
    })
    this.heads.forEach((/** @type {HTMLElement} */ head, /** @type {number} */ index) => {
      head.style.left = `${this.centers[index + 1][0].x}px`
    })
    if (this.theta !== null) {
      this.paintEdges()
    }
  }

  /** The connection from an input (counted among those that are on) to a unit. @param {number} layer @param {number} from @param {number} unit */
  ends(layer, from, unit) {
    const at = layer === 0 ? this.inputs[from] : from
    const [start, end] = [this.centers[layer][at], this.centers[layer + 1][unit]]
    return [
      {x: start.x + this.sizes[layer] / 2, y: start.y},
      {x: end.x - this.sizes[layer + 1] / 2, y: end.y},
    ]
  }

  /**
   * @param {Float64Array} theta
   * @param {Chosen} chosen
   * @param {number[]} path units from that of the chosen connection to the output, one a layer; none for no path
   * @param {Float64Array[]} outputs of each layer's units over the grid, unit after unit for each point, from -1 to 1
   * @param {boolean} line whether the grid is a line
   */
  paint(theta, chosen, path, outputs, line) {
    this.theta = theta
    this.chosen = chosen
    this.path = path
    this.paintEdges()
    outputs.forEach((values, l) => this.paintColumn(l + 1, values, line))
    this.nodes.forEach((column, c) =>
      column.forEach((node, i) => {
        const is = c - 1 === chosen.layer && i === chosen.unit
        if (node.classList.contains("chosen") !== is) {
          node.classList.toggle("chosen", is)
          node.setAttribute("aria-current", String(is))
        }
      }),
    )
  }

  /**
   * The pictures of one column of units.
   * @param {number} column
   * @param {Float64Array} values over the grid, unit after unit for each point, from -1 to 1
   * @param {boolean} line whether the grid is a line
   */
  paintColumn(column, values, line) {
    const {palette, pixels, image} = this
    const top = palette.length - 1
    const contexts = this.pictures[column]
    const units = contexts.length
    for (let unit = 0; unit < units; unit++) {
      for (let row = 0; row < PICTURE; row++) {
        const up = line ? 0 : (PICTURE - 1 - row) * STRIDE * SIDE // rows go upwards on the plane
        for (let k = 0; k < PICTURE; k++) {
          const value = values[(up + k * STRIDE) * units + unit]
          pixels[row * PICTURE + k] = palette[Math.round(((Math.min(Math.max(value, -1), 1) + 1) / 2) * top)]
        }
      }
      contexts[unit].putImageData(image, 0, 0)
    }
  }

  paintEdges() {
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"))
    const ratio = window.devicePixelRatio
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, this.canvas.width, this.canvas.height)
    for (const edge of this.edges()) {
      context.beginPath()
      trace(context, edge.start, edge.end)
      context.lineWidth = Math.min(0.4 + 1.6 * Math.abs(edge.weight), WIDEST)
      context.strokeStyle = edge.weight >= 0 ? POSITIVE : NEGATIVE
      context.globalAlpha = 0.75
      context.stroke()
      const {layer, unit, from} = this.chosen
      const isChosen = edge.layer === layer && edge.unit === unit && edge.from === from
      const behind = edge.layer - layer // how many layers behind the chosen connection
      if (isChosen || (behind > 0 && edge.unit === this.path[behind] && edge.from === this.path[behind - 1])) {
        context.globalAlpha = 1
        context.lineWidth = isChosen ? 2 : 3
        context.lineCap = isChosen ? "butt" : "round"
        context.strokeStyle = getComputedStyle(this.place).color
        context.setLineDash(isChosen ? [5, 4] : [0, 6])
        context.stroke()
        context.setLineDash([])
        context.lineCap = "butt"
      }
    }
  }

  *edges() {
    if (this.centers.length === 0) {
      return
    }
    for (const [layer, shape] of /** @type {any} */ (this.network).layers.entries()) {
      for (let unit = 0; unit < shape.units; unit++) {
        for (let from = 0; from < shape.inputs; from++) {
          const [start, end] = this.ends(layer, from, unit)
          yield {layer, unit, from, start, end, weight: /** @type {Float64Array} */ (this.theta)[weightAt(shape, from, unit)]}
        }
      }
    }
  }

  // --- looking and choosing ---

  /** The connection nearest to a pointer, if one is near. @param {MouseEvent} event */
  edgeAt(event) {
    if (!this.theta) {
      return null
    }
    const {left, top} = this.place.getBoundingClientRect()
    const [x, y] = [event.clientX - left, event.clientY - top]
    let [nearest, least] = [/** @type {any} */ (null), NEAR]
    for (const edge of this.edges()) {
      const distance = distanceTo(x, y, edge.start, edge.end)
      if (distance < least) {
        ;[nearest, least] = [edge, distance]
      }
    }
    return nearest
  }

  /** @param {PointerEvent} event */
  hover(event) {
    const unit = /** @type {Element} */ (event.target).closest(".unit")
    if (unit !== null) {
      this.nodes.forEach((column, c) => column.forEach((node, i) => node === unit && this.tell(c, i)))
      return
    }
    const edge = this.edgeAt(event)
    this.tip.hidden = edge === null
    if (edge !== null) {
      const {left, top} = this.place.getBoundingClientRect()
      this.say(`w = ${edge.weight.toFixed(2)}`, event.clientX - left, event.clientY - top)
    }
  }

  /** Says what a unit is. @param {number} column @param {number} index */
  tell(column, index) {
    const {x, y} = this.centers[column][index]
    const node = this.nodes[column][index]
    const name = node.getAttribute("aria-label")
    const bias = column === 0 || !this.theta ? "" : `: b = ${this.theta[/** @type {any} */ (this.network).layers[column - 1].b + index].toFixed(2)}`
    this.say(`${name}${bias}`, x, y - this.sizes[column] / 2)
  }

  /** @param {string} text @param {number} x @param {number} y */
  say(text, x, y) {
    this.tip.textContent = text
    this.tip.hidden = false
    const width = this.tip.offsetWidth
    this.tip.style.left = `${Math.min(Math.max(x - width / 2, 0), this.place.clientWidth - width)}px`
    this.tip.style.top = `${Math.max(y - 30, 0)}px`
  }

  /** @param {MouseEvent} event */
  click(event) {
    if (/** @type {Element} */ (event.target).closest(".unit") === null) {
      const edge = this.edgeAt(event)
      if (edge !== null) {
        this.listeners.onChoose({layer: edge.layer, unit: edge.unit, from: edge.from})
      }
    }
  }

  /** The Tab key stops at one unit only, the one that had the focus last. @param {HTMLElement} unit */
  stopAt(unit) {
    for (const node of this.nodes.flat()) {
      node.tabIndex = node === unit ? 0 : -1
    }
  }

  /** Arrow keys go from unit to unit. @param {KeyboardEvent} event */
  key(event) {
    const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key]
    const column = this.nodes.findIndex((nodes) => nodes.includes(/** @type {any} */ (event.target)))
    if (move === undefined || column < 0) {
      return
    }
    event.preventDefault()
    const index = this.nodes[column].indexOf(/** @type {any} */ (event.target))
    const next = this.nodes[Math.min(Math.max(column + move[0], 0), this.nodes.length - 1)]
    next[Math.min(Math.max(index + move[1], 0), next.length - 1)].focus()
  }
}

/** Layers with one unit more or less in one of them. @param {number[]} hidden @param {number} index @param {number} by */
function changed(hidden, index, by) {
  return hidden.map((units, at) => (at === index ? units + by : units))
}

/**
 * A connection as a curve that leaves and arrives level.
 * @param {CanvasRenderingContext2D} context
 * @param {{x: number, y: number}} start
 * @param {{x: number, y: number}} end
 */
function trace(context, start, end) {
  const middle = (start.x + end.x) / 2
  context.moveTo(start.x, start.y)
  context.bezierCurveTo(middle, start.y, middle, end.y, end.x, end.y)
}

/**
 * @param {number} x
 * @param {number} y
 * @param {{x: number, y: number}} start
 * @param {{x: number, y: number}} end
 * @returns {number} about how far a point is from the connection, in pixels
 */
function distanceTo(x, y, start, end) {
  if (x < start.x || x > end.x) {
    return Infinity
  }
  // The curve's x is start + (end - start) (1.5 t - 1.5 t² + t³), nearly a line: its inverse by Newton's method.
  const share = (x - start.x) / (end.x - start.x)
  let t = share
  for (let k = 0; k < 4; k++) {
    t -= (1.5 * t - 1.5 * t * t + t ** 3 - share) / (1.5 - 3 * t + 3 * t * t)
  }
  const height = start.y + (end.y - start.y) * t * t * (3 - 2 * t)
  return Math.abs(y - height)
}
