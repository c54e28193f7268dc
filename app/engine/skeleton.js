// The page of a lesson as HTML: the four cards in the order of the idea, the figures, the transport.
// Elements with data-control receive a pre-drawn control, those with data-figure a figure.

const EQUATIONS = {
  linear: "<mi>y</mi><mo>=</mo><mi>w</mi><mo>·</mo><mi>x</mi><mo>+</mo><mi>b</mi>",
  logistic:
    "<mi>p</mi><mo>=</mo><mi>σ</mi><mo stretchy='false'>(</mo><mi>w</mi><mo>·</mo><mi>x</mi><mo>+</mo><mi>b</mi><mo stretchy='false'>)</mo>",
}

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** @param {import("./controls.js").Setting} setting */
function control({name, label, doc, kind}) {
  const box =
    kind === "select"
      ? ""
      : `<input class="value" inputmode="decimal" autocomplete="off" spellcheck="false" aria-label="Exact value of ${escape(label)}">`
  const heading = kind === "select" ? "" : `<div class="heading"><span title="${escape(doc)}">${escape(label)}</span>${box}</div>`
  return `<div class="control ${kind}" data-control="${name}" data-label="${escape(label)}">${heading}<div class="widget"></div></div>`
}

/** @param {string} name @param {string} label */
function toggle(name, label, checked = false) {
  return `<label class="toggle"><input type="checkbox" data-toggle="${name}"${checked ? " checked" : ""}>${label}</label>`
}

/**
 * @param {any} lesson the facts of a lesson, as `drawing.lesson_json` gives them
 * @returns {string} HTML
 */
export function skeleton(lesson) {
  /** @param {string} card */
  const controls = (card) => lesson.settings.filter((/** @type {any} */ {card: of}) => of === card).map(control).join("")
  return `
<div class="side">
<section class="card data" aria-label="Data">
  <h2>Data</h2>
  <details>
    <summary><span data-text="data-summary"></span></summary>
    <div class="controls">${controls("data")}</div>
    ${toggle("truth", lesson.classes ? "Show true curve" : "Show true line")}
  </details>
  <div class="buttons">
    <button type="button" data-action="new-data">New data</button>
    <button type="button" data-action="workshop" title="The settings of the workshop that this page makes interactive">Workshop settings</button>
  </div>
</section>
<section class="card model" aria-label="Model">
  <h2>Model</h2>
  <div class="equation"><math>${EQUATIONS[lesson.key]}</math><span class="live" data-text="equation"></span></div>
  <div class="controls">${controls("model")}</div>
  <div class="buttons">
    <button type="button" data-action="bad-guess">Bad guess</button>
    <button type="button" data-action="best-fit" aria-pressed="false">Show best fit</button>
  </div>
</section>
<section class="card loss" aria-label="Loss">
  <h2>Loss</h2>
  <div class="readout"><span data-text="loss-name"></span> <b data-text="loss"></b></div>
  <div class="controls">${controls("loss")}</div>
  <div class="toggles">${toggle("residuals", "Show residuals", !lesson.classes)}${lesson.squares ? toggle("squares", "as squares") : ""}</div>
</section>
<section class="card optimizer" aria-label="Optimizer">
  <h2>Optimizer</h2>
  <div class="controls">${controls("optimizer")}</div>
  <button type="button" class="run" data-action="run">Run gradient descent</button>
</section>
</div>
<div class="stage">
<section class="card figure fit" aria-label="Data and fit">
  <h2>Data and fit</h2>
  <div class="plot" data-figure="fit" role="img" aria-label="The data and the model's curve"></div>
</section>
<section class="card figure surface" aria-label="Loss surface and path">
  <h2>Loss surface and path</h2>
  <div class="plot" data-figure="surface" role="img"
    aria-label="The loss for every w and b, with the current point. Drag the point, or click, to move w and b; the sliders do the same."></div>
</section>
<section class="card figure history" aria-label="Loss over steps">
  <h2>Loss over steps</h2>
  ${toggle("log", "log axis", true)}
  <p class="empty">Press <b>Run gradient descent</b>: the loss of every step appears here.</p>
  <div class="plot" data-figure="loss_log" role="img" aria-label="The loss over the steps of the run, logarithmic axis"></div>
  <div class="plot" data-figure="loss_linear" role="img" aria-label="The loss over the steps of the run, linear axis" hidden></div>
</section>
<section class="card transport" aria-label="Playback">
  <button type="button" data-action="reset" aria-label="Reset" title="Reset: back to the start"><svg viewBox="0 0 24 24"><path d="M6 5v14M19 5.5v13L9 12z"/></svg></button>
  <button type="button" data-action="back" aria-label="Step back" title="Step back"><svg viewBox="0 0 24 24"><path d="M16 6v12L7 12z"/></svg></button>
  <button type="button" class="play" data-action="play" aria-label="Play" title="Play"><svg viewBox="0 0 24 24"><path data-icon="play" d="M8 5v14l11-7z"/><path data-icon="pause" d="M7 5h4v14H7zM13 5h4v14h-4z"/></svg></button>
  <button type="button" data-action="forward" aria-label="Step forward" title="Step forward"><svg viewBox="0 0 24 24"><path d="M8 6v12l9-6z"/></svg></button>
  <input type="range" class="scrubber" aria-label="Step of the run" min="0" max="0" value="0" step="1">
  <span class="count" data-text="count"></span>
  <select class="speed" aria-label="Speed">
    ${[0.25, 0.5, 1, 2, 4].map((speed) => `<option value="${speed}"${speed === 1 ? " selected" : ""}>${speed}×</option>`).join("")}
  </select>
</section>
<p class="status"><span role="status" data-text="status"></span><span class="norm" data-text="norm"></span></p>
</div>`
}
