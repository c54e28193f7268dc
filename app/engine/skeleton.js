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
  return `<div class="control ${kind}" data-control="${name}" data-label="${escape(label)}">${heading}<div class="widget"></div><p class="complaint" role="alert" hidden></p></div>`
}

/** @param {string} name @param {string} label */
function toggle(name, label, checked = false) {
  return `<label class="toggle"><input type="checkbox" data-toggle="${name}"${checked ? " checked" : ""}>${label}</label>`
}

/** @param {any} lesson @param {string} card */
function controls({settings}, card) {
  return `<div class="controls">${settings.filter((/** @type {any} */ {card: of}) => of === card).map(control).join("")}</div>`
}

/** The optimizer's card, the same in every lesson. @param {any} lesson */
function optimizerCard(lesson) {
  return `
<section class="card optimizer" aria-label="Optimizer">
  <h2>Optimizer</h2>
  ${controls(lesson, "optimizer")}
  <div class="buttons">
    <button type="button" class="run" data-action="run">Run gradient descent</button>
    <button type="button" class="cancel" data-action="cancel" hidden>Cancel</button>
  </div>
</section>`
}

/** @param {boolean} test whether the loss on test data is drawn too */
const history = (test) => `
<section class="card figure history" aria-label="Loss over steps">
  <h2>Loss over steps</h2>
  <div class="corner">${test ? '<span class="legend"><i></i>training <i class="test"></i>test</span>' : ""}${toggle("log", "log axis", true)}</div>
  <p class="empty">Press <b>Run gradient descent</b>: the loss of every step appears here.</p>
  <div class="plot" data-figure="loss_log" role="img" aria-label="The loss over the steps of the run, logarithmic axis"></div>
  <div class="plot" data-figure="loss_linear" role="img" aria-label="The loss over the steps of the run, linear axis" hidden></div>
</section>`

/** @param {string} action @param {string} label @param {string} title @param {string} icon @param {string} kind */
function transportButton(action, label, title, icon, kind = "") {
  return `<button type="button" class="${kind}" data-action="${action}" aria-label="${label}" title="${title}"><svg viewBox="0 0 24 24">${icon}</svg></button>`
}

const TRANSPORT = `
<section class="card transport" aria-label="Playback">
  ${transportButton("reset", "Reset", "Reset: back to the start", '<path d="M6 5v14M19 5.5v13L9 12z"/>')}
  ${transportButton("back", "Step back", "Step back", '<path d="M16 6v12L7 12z"/>')}
  ${transportButton("play", "Play", "Play", '<path data-icon="play" d="M8 5v14l11-7z"/><path data-icon="pause" d="M7 5h4v14H7zM13 5h4v14h-4z"/>', "play")}
  ${transportButton("forward", "Step forward", "Step forward", '<path d="M8 6v12l9-6z"/>')}
  <input type="range" class="scrubber" aria-label="Step of the run" min="0" max="0" value="0" step="1">
  <span class="count" data-text="count"></span>
  <select class="speed" aria-label="Speed">
    ${[0.25, 0.5, 1, 2, 4].map((speed) => `<option value="${speed}"${speed === 1 ? " selected" : ""}>${speed}×</option>`).join("")}
  </select>
</section>
<p class="status"><span role="status" data-text="status"></span><span class="norm" data-text="norm"></span></p>`

/**
 * The page of a lesson with two parameters.
 * @param {any} lesson the facts of a lesson, as `drawing.lesson_json` gives them
 * @returns {string} HTML
 */
export function regressionPage(lesson) {
  return `
<div class="side">
<section class="card data" aria-label="Data">
  <h2>Data</h2>
  <details>
    <summary><span data-text="data-summary"></span></summary>
    ${controls(lesson, "data")}
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
  ${controls(lesson, "model")}
  <div class="buttons">
    <button type="button" data-action="bad-guess">Bad guess</button>
    <button type="button" data-action="best-fit" aria-pressed="false">Show best fit</button>
  </div>
</section>
<section class="card loss" aria-label="Loss">
  <h2>Loss</h2>
  <div class="readout"><span data-text="loss-name"></span> <b data-text="loss"></b></div>
  ${controls(lesson, "loss")}
  <div class="toggles">${toggle("residuals", "Show residuals", !lesson.classes)}${lesson.squares ? toggle("squares", "as squares") : ""}</div>
</section>
${optimizerCard(lesson)}
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
${history(false)}
${TRANSPORT}
</div>`
}

/**
 * The page of the neural network.
 * @param {any} lesson the facts of the lesson
 * @returns {string} HTML
 */
export function networkPage(lesson) {
  return `
<div class="side">
<section class="card data" aria-label="Data">
  <h2>Data</h2>
  ${controls({settings: lesson.settings.filter((/** @type {any} */ {name}) => name === "dataset")}, "data")}
  <details>
    <summary><span data-text="data-summary"></span></summary>
    ${controls({settings: lesson.settings.filter((/** @type {any} */ {name}) => name !== "dataset")}, "data")}
  </details>
  <div class="buttons"><button type="button" data-action="new-data">New data</button></div>
</section>
<section class="card model" aria-label="Model">
  <h2>Model</h2>
  <details>
    <summary><span data-text="architecture"></span></summary>
    ${controls({settings: lesson.settings.filter((/** @type {any} */ {name}) => !["w", "b"].includes(name))}, "model")}
  </details>
  <label class="from"><span class="live" data-text="chosen"></span> from <select aria-label="Connection from" data-choice="from"></select></label>
  ${controls({settings: lesson.settings.filter((/** @type {any} */ {name}) => ["w", "b"].includes(name))}, "model")}
  <div class="buttons">
    <button type="button" data-action="new-weights">New weights</button>
    <button type="button" data-action="reset-weights">Reset weights</button>
  </div>
</section>
<section class="card loss" aria-label="Loss">
  <h2>Loss</h2>
  <div class="readout"><span data-text="loss-name"></span> <b data-text="loss"></b> <small data-text="test-loss"></small></div>
  <details>
    <summary data-text="loss-summary"></summary>
    ${controls(lesson, "loss")}
  </details>
</section>
${optimizerCard(lesson)}
</div>
<div class="stage network">
<section class="card figure diagram" aria-label="Network">
  <h2>Network</h2>
  <div class="layers" role="group" aria-label="Layers"></div>
  <p class="complaint" role="alert" hidden></p>
  <div class="units" role="group" aria-label="Units"></div>
</section>
<section class="card figure decision" aria-label="Data and decision surface">
  <h2 data-text="decision-title">Data and decision surface</h2>
  <div class="plot" data-figure="decision" role="img" aria-label="The data by class, the network's output as colours, and the line where it is undecided"></div>
  <div class="plot" data-figure="curve" role="img" aria-label="The data and the network's curve" hidden></div>
</section>
<section class="card figure surface" aria-label="Loss surface and path">
  <h2 data-text="plane-title">Loss surface</h2>
  <select class="plane" aria-label="Plane of the loss surface" data-choice="plane">
    <option value="path">path</option><option value="chosen">w and b</option>
  </select>
  <div class="plot" data-figure="surface" role="img"
    aria-label="The loss on a plane through the network's parameters, with the optimizer's path. Drag the point, or click, to move in the plane."></div>
</section>
${history(true)}
<section class="card figure metrics" aria-label="How well it does">
  <h2 data-text="metrics-title"></h2>
  <div class="tables" data-metrics></div>
</section>
${TRANSPORT}
</div>`
}
