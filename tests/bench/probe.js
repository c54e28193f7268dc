// Watches a page from the inside. Injected before any of the page's own scripts.
//
// "Painted" means: after the event, the figure's canvas was drawn on and the condition held, and the frame that shows
// it has been through style, layout and paint on the main thread (an urgent task that is posted inside a frame runs
// right after it). What the compositor does after that, the page cannot see.
{
  /** @type {WeakMap<HTMLCanvasElement, string | undefined>} */
  const figures = new WeakMap()
  /** @type {Set<string>} figures drawn on since the last recorded frame */
  const drawn = new Set()
  /** @type {any} the event that is being timed */
  let timed = null
  let recording = false
  let inFrame = false
  /** @type {IdleRequestCallback[] | null} what waits for an idle moment, while none is given */
  let held = null

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
    if (!figures.has(canvas) && canvas.isConnected) {
      let name
      for (let node = canvas; node !== null && name === undefined; node = node.parentNode ?? node.host ?? null) {
        name = node.dataset?.figure ?? /\bfigure-(\w+)/.exec(node.className)?.[1]
      }
      figures.set(canvas, name)
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

  const idle = window.requestIdleCallback.bind(window)
  window.requestIdleCallback = (callback, options) => (held === null ? idle(callback, options) : held.push(callback))

  /** Runs a task before all others. */
  const soon = (task) => scheduler.postTask(task, {priority: "user-blocking"})

  /** Looks at the end of this frame, or of the next one if this is none. */
  const afterFrame = (look) => (inFrame ? soon(look) : request(() => soon(look)))

  const look = () => {
    if (timed.holds()) {
      timed.done(performance.now() - timed.at)
      timed = null
    } else {
      request(() => soon(look)) // drawn, but the text is not there yet
    }
  }

  /** Milliseconds from the navigation to the frame in which a figure is there, with what it shows. */
  const first = (figure, selector) => new Promise((done) => waiting.add({figure, selector, done}))
  const waiting = new Set()

  const {stroke} = CanvasRenderingContext2D.prototype
  CanvasRenderingContext2D.prototype.stroke = function (...path) {
    const figure = figureOf(this.canvas)
    drawn.add(figure)
    if (timed?.at !== undefined && !timed.posted && figure === timed.figure && timed.counts()) {
      timed.posted = true
      afterFrame(look)
    }
    for (const entry of waiting) {
      if (entry.figure === figure && document.querySelector(entry.selector) !== null) {
        waiting.delete(entry)
        afterFrame(() => entry.done(performance.now()))
      }
    }
    return stroke.apply(this, path)
  }

  const textOf = (element) => element?.value ?? (element?.shadowRoot ?? element)?.textContent

  /** Times from an event to the frame in which a figure was redrawn, and something holds. */
  const time = (target, event, figure, {counts = () => true, holds = () => true}) => {
    probe.painted = new Promise((done) => {
      timed = {figure, counts, holds, done}
    })
    const start = ({timeStamp}) => {
      timed.at = timeStamp
    }
    target.addEventListener(event, start, {capture: true, once: true})
  }

  const probe = {
    /** The text, or the value, of the first match. */
    text: (selector) => textOf(find(selector)),

    /** Whether a figure has been drawn on since the last recorded frame. */
    drew: (figure) => drawn.has(figure),

    /** @type {Promise<number>} milliseconds from the event to the end of the frame that shows its effect */
    painted: Promise.resolve(0),

    /** From the navigation: data, line and loss are there; the loss surface is there too. */
    usable: first("fit", "[data-text=loss]:not(:empty)"),
    complete: first("surface", ".lesson:not(.no-plane)"),

    /** Times the next key press, until a figure is redrawn and the readout shows something else. */
    timeKey(figure, readout) {
      const element = find(readout)
      const before = textOf(element)
      time(window, "keydown", figure, {holds: () => textOf(element) !== before})
    },

    /** Times the next press of Run, until a figure is drawn at a later step than the first of a run. */
    timeRun(figure, count, action) {
      const element = find(count)
      time(find(`[data-action=${action}]`), "click", figure, {counts: () => /step [1-9]/.test(textOf(element))})
    },

    /** Times the next press of a lesson's tab, until one of its figures is drawn. */
    timeTab(key, figure) {
      time(document.getElementById(`tab-${key}`), "click", figure, {counts: () => document.getElementById(`lesson-${key}`)?.hidden === false})
    },

    /** @type {{at: number, playing: boolean, figures: string[]}[]} */
    frames: [],

    /** Records every frame, until `stop`. */
    record() {
      const button = find("[data-action=play]")
      recording = true
      probe.frames = []
      drawn.clear()
      const frame = (at) => {
        probe.frames.push({at, playing: button?.getAttribute("aria-label") === "Pause", figures: [...drawn]})
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

    /** @type {number[]} milliseconds from each movement of the pointer to the end of the frame that shows it */
    moves: [],

    /** Times every movement of the pointer that a figure is redrawn for, from here on. */
    timeMoves(figure) {
      let at = 0 // of the first movement that is not shown yet
      addEventListener(
        "pointermove",
        ({timeStamp}) => {
          if (at === 0) {
            at = timeStamp
            drawn.delete(figure)
            afterFrame(() => {
              if (drawn.has(figure)) {
                probe.moves.push(performance.now() - at)
              }
              at = 0
            })
          }
        },
        {capture: true},
      )
    },

    /** From here on there is no idle moment, until `release`. */
    hold() {
      held = []
    },

    release() {
      const callbacks = held ?? []
      held = null
      for (const callback of callbacks) {
        idle(callback)
      }
    },
  }
  window.probe = probe
}
