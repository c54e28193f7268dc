// How Bokeh paints a figure, made fit for animation. Bokeh 3.9 and 3.10.

/**
 * Takes a figure out of the Tab key's way: it is a picture, and what can be done on it the controls do too.
 * @param {any} view a figure's view
 */
export function skipWithTab(view) {
  view.canvas_view.events_el.tabIndex = -1
}

// Whatever is painted writes its place into a style sheet of its own, at every paint: some forty sheets that the browser reads
// anew, and a page whose style it works out anew. A sheet that says what it said is left alone; what is drawn on a canvas only
// needs none.
const changedSheetsOnly = once(() => {
  const sheet = window.Bokeh.require("core/dom").InlineStyleSheet.prototype
  const update = sheet._update
  sheet._update = function (/** @type {string} */ css) {
    if (css !== this.el.textContent) {
      update.call(this, css)
    }
  }
})

// Whatever is painted is drawn half a pixel further down and right, and so was what Bokeh cleared: half a pixel at the upper and the
// left edge kept what had once been there.
const clearedToTheEdge = once(() => {
  const layer = window.Bokeh.require("core/util/canvas").CanvasLayer.prototype
  const clear = layer.clear
  layer.clear = function () {
    const {x, y, width, height} = this.bbox
    this.ctx instanceof CanvasRenderingContext2D ? this.ctx.clearRect(x - 1, y - 1, width + 2, height + 2) : clear.call(this)
  }
})

/** @param {() => void} act */
function once(act) {
  let done = false
  return () => {
    if (!done) {
      done = true
      act()
    }
  }
}

/**
 * @param {any} view a figure's view
 */
export function paintEveryFrame(view) {
  changedSheetsOnly()
  clearedToTheEdge()
  for (const renderer of view.computed_renderer_views) {
    if (renderer.model.type === "GlyphRenderer") {
      renderer.update_position = () => {}
    }
  }
  // Bokeh paints at most once in 1000/60 ms by the clock: in an animation it comes a little too early every time, and paints
  // every second frame, late. Here all of one movement is painted once, in the task, and so in the frame, that it is made in.
  let asked = false
  view.throttled_paint = async () => {
    if (!asked) {
      asked = true
      await null
      asked = false
      if (!view.is_destroyed) {
        view.repaint()
      }
    }
  }
  view.throttled_paint.stop = () => {}

  // Bokeh measures every axis label before each paint, more than half of its work; their sizes change with the axes only,
  // and whoever changes those asks for a new layout.
  const measure = view._invalidate_layout_if_needed
  view._invalidate_layout_if_needed = function () {
    if (this._needs_layout) {
      measure.call(this)
    }
  }
}
