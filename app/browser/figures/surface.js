// The loss on a plane through theta space: colours and contour lines, the path of the run on it, the point that is shown.
//
// A point of theta space is drawn where it falls on the plane. Where the loss there is another than the plane shows, the
// point wears a ring.

import {clip, contains, thin} from "../geometry.js"
import {pointOn, project} from "../planes.js"
import {any, placeAt, sameSurface, stepCompared} from "../state.js"
import {logTicks} from "../ticks.js"

const ARROW_LENGTH = 54 // pixels
const ARROW_HEAD = 9
const LEAST_ARROW = 22 // a shorter one would hide behind the point
const ARROW_MAGNITUDES = 4 // powers of ten from the longest arrow to none
const BAR_TICKS = 6
const LEAST_DISTANCE = 0.002 // between drawn steps of a path, as a share of the picture
const HEAD = 15 // pixels across
const RING = 40 // pixels that the ring grows for each factor e between the loss and the plane's
const LARGEST_RING = 80
const LEAST_RATIO = 1.02 // between the loss and the plane's: less is not worth a ring

/** @typedef {{w: number, b: number}} Place on the plane, under the figure's names of its coordinates */

export class Surface {
  /** @param {any} common formulas of all models @param {any} declaration of the lesson */
  constructor(common, declaration) {
    this.common = common
    this.declaration = declaration
    /** @type {import("../geometry.js").Frame} */
    this.frame = {left: 0, right: 1, bottom: 0, top: 1}
    /** @type {WeakMap<any, {plane: any, length: number, us: Float64Array, vs: Float64Array}>} of runs, on the plane that is shown */
    this.paths = new WeakMap()
  }

  /**
   * @param {import("../plots.js").Plots} plots
   * @param {import("../state.js").State} state
   * @param {Set<string>} changed
   * @param {import("./readout.js").Measured} measured of the point that is shown
   */
  draw(plots, state, changed, measured) {
    const {surface, run, ghost, stale, step} = state
    if (surface === null || surface.plane.origin.length !== state.theta.length) {
      return
    }
    if (changed.has("surface")) {
      this.drawLandscape(plots, surface)
    }
    const {plane} = surface
    if (any(changed, "surface", "run", "ghost", "made", "step", "stale")) {
      const shown = run === null ? null : this.pathOf(run, plane)
      const old = stale ? shown : ghost === null ? null : this.pathOf(ghost, plane)
      this.line(plots, ["ghost"], old?.us ?? [], old?.vs ?? [])
      const walked = shown === null || stale ? [] : this.thinned(shown, step)
      this.line(plots, ["path_edge", "path"], walked.map((k) => shown?.us[k] ?? NaN), walked.map((k) => shown?.vs[k] ?? NaN))
      this.drawEdgeMark(plots, state, shown)
    }
    if (any(changed, "surface", "pins", "run", "step", "beyond", "phase", "settings")) {
      this.drawPins(plots, state, plane)
    }
    if (any(changed, "surface", "run", "start")) {
      this.point(plots, "start", run === null ? null : this.place(plane, state.start))
    }
    if (any(changed, "surface", "best", "view")) {
      const theta = state.view.best ? state.best?.theta : null
      this.point(plots, "best", theta ? this.place(plane, theta) : null)
    }
    if (any(changed, "surface", "theta", "data", "settings", "chosen")) {
      const head = this.place(plane, state.theta)
      this.point(plots, "head", head)
      this.drawRing(plots, head, measured)
      this.drawArrow(plots, head, plane, measured)
    }
  }

  /** @param {import("../planes.js").Plane} plane @param {Float64Array} theta @returns {Place} */
  place(plane, theta) {
    const {us, vs} = project(this.common, plane, [theta])
    return {w: us[0], b: vs[0]}
  }

  /** @param {import("../plots.js").Plots} plots @param {import("../state.js").Surface} surface */
  drawLandscape(plots, {u, v, side, loss, limits, contours, plane}) {
    this.frame = {left: u[0], right: u[1], bottom: v[0], top: v[1]}
    plots.model("surface_colors").setv({low: limits[0], high: limits[1]})
    plots.model("surface_ticks").ticks = logTicks(limits[0], limits[1], BAR_TICKS)
    plots.relayout("surface") // the colour bar has other labels
    plots.image("surface", loss, side, {x: u, y: v})
    plots.set("contours", contours)
    plots.span("surface", {x: u, y: v})
    plots.axes("surface", plane.labels[0], plane.labels[1])
  }

  /** The runs that are compared, as far as the step that is shown; those whose loss surface this is. @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {import("../planes.js").Plane} plane */
  drawPins(plots, state, plane) {
    const {settings: rows, pins: styles} = this.declaration
    const step = stepCompared(state)
    const drawn = state.pins.filter(({run}) => run.made >= 0 && sameSurface(rows, run.settings, state.settings)).map(({run, slot}) => {
      const path = this.pathOf(run, plane)
      const last = placeAt(run, step)
      const walked = this.thinned(path, last)
      return {...clip(walked.map((k) => path.us[k]), walked.map((k) => path.vs[k]), this.frame), head: {w: path.us[last], b: path.vs[last]}, style: styles[slot]}
    })
    const [xs, ys] = [drawn.map(({x}) => x), drawn.map(({y}) => y)]
    plots.set("pins_edge", {xs, ys})
    plots.set("pins", {xs, ys, color: drawn.map(({style}) => style[0]), dash: drawn.map(({style}) => style[1])})
    const heads = drawn.filter(({head}) => contains(head.w, head.b, this.frame))
    plots.set("pin_heads", {w: heads.map(({head}) => head.w), b: heads.map(({head}) => head.b), color: heads.map(({style}) => style[0])})
  }

  /** Where the kept steps of a run fall on the plane. @param {import("../state.js").Run} run @param {import("../planes.js").Plane} plane */
  pathOf(run, plane) {
    let path = this.paths.get(run)
    if (path === undefined || path.plane !== plane || path.length !== run.theta.length) {
      path = {plane, length: run.theta.length, ...project(this.common, plane, run.theta)}
      this.paths.set(run, path)
    }
    return path
  }

  /** The kept steps up to one that are worth drawing. @param {{us: Float64Array, vs: Float64Array}} path @param {number} last */
  thinned({us, vs}, last) {
    return thin(us.subarray(0, last), vs.subarray(0, last), this.frame, LEAST_DISTANCE).concat(last)
  }

  /** @param {import("../plots.js").Plots} plots @param {string[]} names the sources that show it @param {ArrayLike<number>} us @param {ArrayLike<number>} vs */
  line(plots, names, us, vs) {
    const {x, y} = clip(us, vs, this.frame)
    for (const name of names) {
      plots.set(name, {w: x, b: y})
    }
  }

  /** @param {import("../plots.js").Plots} plots @param {string} name @param {Place | null} at */
  point(plots, name, at) {
    const shown = at !== null && contains(at.w, at.b, this.frame)
    plots.set(name, shown ? {w: [at.w], b: [at.b]} : {w: [], b: []})
  }

  /** A ring around the point, the wider the further its loss is from that of the plane beneath it. @param {import("../plots.js").Plots} plots @param {Place} at @param {import("./readout.js").Measured} measured */
  drawRing(plots, at, {minimised, onPlane}) {
    const factor = onPlane === null ? 0 : Math.abs(Math.log(minimised / onPlane))
    const shown = factor > Math.log(LEAST_RATIO) && contains(at.w, at.b, this.frame)
    plots.set("off_plane", shown ? {w: [at.w], b: [at.b], size: [plots.scale * Math.min(HEAD + 5 + RING * factor, LARGEST_RING)]} : {w: [], b: [], size: []})
  }

  /** A mark at the picture's edge, where the run has left it. @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {{us: Float64Array, vs: Float64Array} | null} path */
  drawEdgeMark(plots, {run, step}, path) {
    const none = {w: [], b: [], angle: []}
    if (run === null || path === null || step === 0 || contains(path.us[step], path.vs[step], this.frame)) {
      plots.set("edge_mark", none)
      return
    }
    let inside = step
    while (inside > 0 && !contains(path.us[inside], path.vs[inside], this.frame)) {
      inside -= 1
    }
    const {x, y} = clip(path.us.subarray(inside, inside + 2), path.vs.subarray(inside, inside + 2), this.frame)
    const {width, height} = plots.size("surface")
    const [dx, dy] = [path.us[inside + 1] - path.us[inside], path.vs[inside + 1] - path.vs[inside]]
    const angle = Math.atan2((dy * height) / (this.frame.top - this.frame.bottom), (dx * width) / (this.frame.right - this.frame.left))
    plots.set("edge_mark", x.length === 0 ? none : {w: [x[x.length - 1]], b: [y[y.length - 1]], angle: [angle - Math.PI / 2]})
  }

  /**
   * The direction of steepest descent within the plane, as an arrow. Gradients span many magnitudes: its length follows the logarithm.
   * @param {import("../plots.js").Plots} plots
   * @param {Place} at
   * @param {import("../planes.js").Plane} plane
   * @param {import("./readout.js").Measured} measured
   */
  drawArrow(plots, at, plane, {gradient, steepest}) {
    const {frame} = this
    const {width, height} = plots.size("surface")
    const [perW, perB] = [width / (frame.right - frame.left), height / (frame.top - frame.bottom)]
    const [gu, gv] = this.common.along(plane.directions, gradient)
    // The gradient lives in the plane: its direction on the screen follows the axes' scales.
    const [dx, dy] = [-gu * perW, -gv * perB]
    const size = Math.hypot(dx, dy)
    const share = Math.hypot(gu, gv) / steepest
    const [longest, head, least] = [ARROW_LENGTH, ARROW_HEAD, LEAST_ARROW].map((pixels) => plots.scale * pixels)
    const length = longest * Math.min(Math.max(1 + Math.log10(share) / ARROW_MAGNITUDES, 0), 1)
    if (!(size > 0) || !Number.isFinite(size) || !(length >= least) || !contains(at.w, at.b, frame)) {
      this.line(plots, ["arrow_edge", "arrow"], [], [])
      return
    }
    const [ux, uy] = [dx / size, dy / size]
    const barb = (/** @type {number} */ side) => [length * ux - head * (ux + side * uy), length * uy - head * (uy - side * ux)]
    const tip = [length * ux, length * uy]
    const pixels = [[0, 0], tip, barb(1), tip, barb(-1)]
    this.line(plots, ["arrow_edge", "arrow"], pixels.map(([x]) => at.w + x / perW), pixels.map(([, y]) => at.b + y / perB))
  }

  // --- where a pointer is ---

  /** Where a pointer is on the plane; null outside of its frame unless `clamp`. @param {import("../plots.js").Plots} plots @param {PointerEvent} event @param {boolean} clamp @returns {Place | null} */
  placeAt(plots, event, clamp) {
    const {sx, sy, frame} = plots.under("surface", event)
    const {bbox, x_scale: scaleX, y_scale: scaleY} = frame
    if (!clamp && !bbox.contains(sx, sy)) {
      return null
    }
    const within = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) => Math.min(Math.max(value, low), high)
    return {
      w: within(scaleX.invert(sx), this.frame.left, this.frame.right),
      b: within(scaleY.invert(sy), this.frame.bottom, this.frame.top),
    }
  }

  /** The parameters at a place: what is shown, moved within the plane. @param {import("../planes.js").Plane} plane @param {Place} at */
  thetaAt(plane, {w, b}) {
    return pointOn(this.common, plane, w, b).slice()
  }

  /** The path that the optimizer would take from here, faintly. @param {import("../plots.js").Plots} plots @param {import("../state.js").State} state @param {Float64Array[]} thetas */
  preview(plots, {surface}, thetas) {
    if (surface !== null && (thetas.length === 0 || thetas[0].length === surface.plane.origin.length)) {
      const {us, vs} = project(this.common, surface.plane, thetas)
      this.line(plots, ["preview"], us, vs)
    }
  }
}
