// Watches a page from the inside. Injected before any of the page's own scripts.
//
// "Painted" means: after the event, the figure's canvas was drawn on and the condition held, and the frame that shows
// it has been through style, layout and paint on the main thread (an urgent task that is posted inside a frame runs
// right after it). What the compositor does after that, the page cannot see.
{
  /** @type {WeakMap<HTMLCanvasElement, string>} */
  const figures = new WeakMap()
  /** @type {Set<string>} figures drawn on since the last recorded frame */
  const drawn = new Set()
  /** @type {any} the event that is being timed */
  let timed = null
  let recording = false
  let inFrame = false

  /** The first match in the page that is not in a hidden lesson, through shadow roots. */
  const find = (selector, root = document) => {
    const here = [...root.querySelectorAll(selector)].find((element) => element.closest("[hidden]") === null)
    if (here !== undefined) {
      return here
    }
    for (const element of root.querySelectorAll("*")) {
      const found = element.shadowRoot && find(selector, element.shadowRoot)
      if (found) {
        return found
      }
    }
    return null
  }

  /** The figure that a canvas belongs to: named by data-figure, or by a class figure-NAME. */
  const figureOf = (canvas) => {
    for (let node = canvas; node !== null && !figures.has(canvas); node = node.parentNode ?? node.host ?? null) {
      const name = node.dataset?.figure ?? /\bfigure-(\w+)/.exec(node.className)?.[1]
      if (name !== undefined) {
        figures.set(canvas, name)
      }
    }
    return figures.get(canvas)
  }

  const request = window.requestAnimationFrame.bind(window)
  window.requestAnimationFrame = (callback) =>
    request((at) => {
      inFrame = true
      soon(() => {
        inFrame = false
      })
      callback(at)
    })

  /** Runs a task before all others. */
  const soon = (task) => scheduler.postTask(task, {priority: "user-blocking"})

  /** Looks at the end of this frame, or of the next one if this is none. */
  const afterFrame = () => (inFrame ? soon(look) : request(() => soon(look)))

  const look = () => {
    if (timed.holds()) {
      timed.done(performance.now() - timed.at)
      timed = null
    } else {
      request(() => soon(look)) // drawn, but the text is not there yet
    }
  }

  const {stroke} = CanvasRenderingContext2D.prototype
  CanvasRenderingContext2D.prototype.stroke = function (...path) {
    const figure = figureOf(this.canvas)
    drawn.add(figure)
    if (timed?.at !== undefined && !timed.posted && figure === timed.figure && timed.counts()) {
      timed.posted = true
      afterFrame()
    }
    return stroke.apply(this, path)
  }

  const textOf = (element) => (element?.shadowRoot ?? element)?.textContent

  const time = (event, figure, {counts = () => true, holds = () => true}) => {
    probe.painted = new Promise((done) => {
      timed = {figure, counts, holds, done}
    })
    const start = ({timeStamp}) => {
      timed.at = timeStamp
    }
    addEventListener(event, start, {capture: true, once: true})
  }

  const probe = {
    /** The text of the first match. */
    text: (selector) => textOf(find(selector)),

    /** Whether a figure has been drawn on since the last recorded frame. */
    drew: (figure) => drawn.has(figure),

    /** @type {Promise<number>} milliseconds from the event to the end of the frame that shows its effect */
    painted: Promise.resolve(0),

    /** Times the next key press, until a figure is redrawn and the readout shows another number. */
    timeKey(figure, readout) {
      const element = find(readout)
      const before = textOf(element)
      time("keydown", figure, {holds: () => textOf(element) !== before})
    },

    /** Times the next click, until a figure is drawn at a later step than the first of a run. */
    timeRun(figure, count) {
      const element = find(count)
      time("click", figure, {counts: () => /step [1-9]/.test(textOf(element))})
    },

    /** @type {{at: number, playing: boolean, figures: string[]}[]} */
    frames: [],

    /** Records every frame, until `stop`. */
    record() {
      const button = find("[data-action=play]")
      recording = true
      probe.frames = []
      const frame = (at) => {
        probe.frames.push({at, playing: button.getAttribute("aria-label") === "Pause", figures: [...drawn]})
        drawn.clear()
        if (recording) {
          request(frame)
        }
      }
      request(frame)
    },

    stop() {
      recording = false
      return probe.frames
    },
  }
  window.probe = probe
}
