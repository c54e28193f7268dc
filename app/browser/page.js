// The page of a lesson as HTML: the four cards in the order of the idea, the figures, the transport.
// Elements with data-control receive a control, those with data-figure a figure, those with data-text words.

import {controlPlace} from "./controls.js"

/** @param {string} name @param {string} label */
function toggle(name, label, checked = false) {
  return `<label class="toggle"><input type="checkbox" data-toggle="${name}"${checked ? " checked" : ""}>${label}</label>`
}

/** @param {any} declaration @param {string} card @param {(name: string) => boolean} which */
function controls({settings}, card, which = () => true) {
  const places = settings.filter((/** @type {any} */ {name, card: of}) => of === card && which(name)).map(controlPlace)
  return `<div class="controls">${places.join("")}</div>`
}

/** The model as a formula. @param {{y: string, link: string, terms: [string, string][]}} equation */
function formula({y, link, terms}) {
  const parts = terms.map(([name, of]) => `<mi>${subscripted(name)}</mi>${of && `<mo>·</mo><mi>${of}</mi>`}`)
  const sum = parts.join("<mo>+</mo>")
  return `<math><mi>${y}</mi><mo>=</mo>${link ? `<mi>${link}</mi><mo stretchy="false">(</mo>${sum}<mo stretchy="false">)</mo>` : sum}</math>`
}

/** A name with its number below the line: w1 is w₁. @param {string} name */
export function subscripted(name) {
  return name.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)])
}

/** The button that says what is chosen. @param {string} setting @param {string} what */
const about = (setting, what) => `<button type="button" class="about" data-about="${setting}" aria-label="About this ${what}" title="Its formula, and its code">?</button>`

/** The button of what can be had of a figure. @param {string} figure */
const more = (figure) => `<button type="button" class="more-of" data-more aria-label="${figure}: numbers and picture" title="Its numbers as a table; save them, or the picture">⋯</button>`

/** The optimizer's card, the same in every lesson. @param {any} declaration */
const optimizerCard = (declaration) => `
<section class="card optimizer" aria-label="Optimizer">
  <h2>Optimizer</h2>
  ${about("optimizer", "optimizer")}
  ${controls(declaration, "optimizer")}
</section>`

/** What stays beneath the cards, however far they are scrolled. */
const STARTS = `
<div class="buttons starts">
  <button type="button" class="run" data-action="run">Run gradient descent</button>
  <button type="button" class="cancel" data-action="cancel" hidden>Cancel</button>
</div>`

/** @param {boolean} test whether the loss on test data is drawn too @param {boolean} log whether its axis can be logarithmic */
const history = (test, log = true) => `
<section class="card figure history" aria-label="Loss over steps">
  <div class="head"><h2>${log ? "Loss" : "f(w)"} over steps</h2><div class="corner"><span class="legend">${test ? '<i></i>training <i class="test"></i>test' : ""}<span class="was"> <i class="before"></i>run before</span></span>
    <button type="button" data-action="compare" aria-label="Table of the compared runs" title="The compared runs, side by side" hidden>Table</button>
    <button type="button" data-action="pin" aria-label="Pin this run" disabled>Pin</button>
    <button type="button" data-action="race" aria-label="Race all optimizers" title="All optimizers from one start, at once: this one as it is set, the others each with a step size that suits it">Race</button>
    ${log ? toggle("log", "log axis", true) : ""}</div></div>
  <p class="empty">Press <b>Run gradient descent</b>: ${log ? "the loss" : "f(w)"} of every step appears here.</p>
  <div class="plot" data-figure="loss_log" role="img" aria-label="The loss over the steps of the run, logarithmic axis. A click goes to a step."${log ? "" : " hidden"}></div>
  <div class="plot" data-figure="loss_linear" role="img" aria-label="The loss over the steps of the run, linear axis. A click goes to a step."${log ? " hidden" : ""}></div>
  <div class="compared"></div>
  ${more("Loss over steps")}
</section>`

/** @param {string} label of the picture */
const surface = (label) => `
<section class="card figure surface" aria-label="Loss surface and path">
  <h2><span data-text="plane-title">Loss surface and path</span> <small data-text="off-plane"></small></h2>
  <select class="plane" aria-label="Plane of the loss surface" data-choice="plane" hidden></select>
  <div class="plot" data-figure="surface" role="img" aria-label="${label} Drag the point, or click, to move; the sliders do the same."></div>
  ${more("Loss surface and path")}
</section>`

/** @param {string} action @param {string} label @param {string} title @param {string} icon @param {string} kind */
function transportButton(action, label, title, icon, kind = "") {
  return `<button type="button" class="${kind}" data-action="${action}" aria-label="${label}" title="${title}"><svg viewBox="0 0 24 24">${icon}</svg></button>`
}

/** @param {boolean} alone whether it plays one lesson, which can go on from a step */
export const transportHtml = (alone) => `
<section class="card transport" aria-label="Playback">
  ${transportButton("reset", "Reset", "Reset: back to the start", '<path d="M6 5v14M19 5.5v13L9 12z"/>')}
  ${transportButton("back", "Step back", "Step back", '<path d="M16 6v12L7 12z"/>')}
  ${transportButton("play", "Play", "Play", '<path data-icon="play" d="M8 5v14l11-7z"/><path data-icon="pause" d="M7 5h4v14H7zM13 5h4v14h-4z"/>', "play")}
  ${transportButton("forward", "Step forward", "Step forward", '<path d="M8 6v12l9-6z"/>')}
  <button type="button" class="more" data-action="continue" title="Makes the step that is shown the start, and runs on from there" disabled${alone ? "" : " hidden"}>Continue from here</button>
  <input type="range" class="scrubber" aria-label="Step of the run" min="0" max="0" value="0" step="1">
  <span class="count" data-text="count"></span>
  <select class="speed" aria-label="Speed">
    ${[0.25, 0.5, 1, 2, 4].map((speed) => `<option value="${speed}"${speed === 1 ? " selected" : ""}>${speed}×</option>`).join("")}
  </select>
</section>`

const TRANSPORT = `${transportHtml(true)}
<p class="status"><span role="status" data-text="status"></span><span class="norm" data-text="norm"></span></p>`

/** What points are edited with. */
const TOOLS = `
  <div class="tools" hidden>
    <button type="button" data-action="outlier" title="Adds a point far away from the others">Add an outlier</button>
    <button type="button" data-action="remove" title="Removes the chosen point (Delete)">Remove</button>
    <button type="button" data-action="undo" aria-label="Undo" title="Undo (Ctrl+Z)"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M9 5L4 10l5 5M4 10h10a5 5 0 0 1 0 10h-3"/></svg></button>
    <button type="button" data-action="redo" aria-label="Redo" title="Redo (Ctrl+Y)"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M15 5l5 5-5 5M20 10H10a5 5 0 0 0 0 10h3"/></svg></button>
    <button type="button" data-action="drawn" title="Back to the data that are drawn from the seed">Drawn data</button>
  </div>`

/** The page of a lesson with one input. @param {any} declaration @returns {string} HTML */
export function oneInputPage(declaration) {
  const {classes, equation, losses, sideways} = declaration
  return `
<div class="side">
<div class="cards">
<section class="card data" aria-label="Data">
  <h2>Data</h2>
  ${controls(declaration, "data", (name) => name === "standardise")}
  <details>
    <summary><span data-text="data-summary"></span></summary>
    ${controls(declaration, "data", (name) => name !== "standardise")}
    ${toggle("truth", classes ? "Show true curve" : "Show true line")}
    <div class="buttons">
      <button type="button" data-action="open-data" title="A table of your own: opened, pasted or dropped on the page. It stays in this browser">Open data</button>
      <button type="button" data-action="save-data" title="The points, as a CSV file">Save data</button>
    </div>
  </details>
  <div class="buttons">
    <button type="button" data-action="new-data">New data</button>
    <button type="button" data-action="workshop" title="The settings of the workshop that this page makes interactive">Workshop settings</button>
  </div>
</section>
<section class="card model" aria-label="Model">
  <h2>Model</h2>
  ${about("model", "model")}
  ${controls(declaration, "model", (name) => name === "model")}
  <div class="equation">${formula(equation)}<span class="live" data-text="equation"></span></div>
  <p class="own-units" data-text="units" hidden></p>
  ${controls(declaration, "model", (name) => name !== "model")}
  <div class="buttons">
    <button type="button" data-action="bad-guess">Bad guess</button>
    <button type="button" data-action="best-fit" aria-pressed="false">Show best fit</button>
  </div>
</section>
<section class="card loss" aria-label="Loss">
  <h2>Loss</h2>
  ${about("loss", "loss")}
  <div class="readout"><span data-text="loss-name"></span> <b data-text="loss"></b></div>
  ${controls(declaration, "loss")}
  <div class="toggles">${toggle("residuals", "Show residuals", !classes)}${"mse" in losses ? toggle("squares", "as squares") : ""}</div>
</section>
${optimizerCard(declaration)}
</div>
${STARTS}
</div>
<div class="stage">
<section class="card figure fit" aria-label="Data and fit">
  <h2>Data and fit</h2>
  <div class="corner">${sideways ? `<span class="sideways" title="The line whose squares are least sideways: it says x from y" hidden>${toggle("sideways", "x from y <i></i>")}</span>` : ""}<span title="Points are dragged, added and removed (E)">${toggle("edit", "Edit points")}</span></div>
  ${TOOLS}
  <div class="plot" data-figure="fit" role="img" aria-label="The data and the model's curve."></div>
  ${more("Data and fit")}
</section>
${surface("The loss over two parameters, with the current point.")}
${history(false)}
${TRANSPORT}
</div>`
}

/** The page of gradient descent on a function of one number. @param {any} declaration @returns {string} HTML */
export function descentPage(declaration) {
  return `
<div class="side">
<div class="cards">
<section class="card model" aria-label="Function">
  <h2>Function</h2>
  ${about("loss", "function")}
  ${controls(declaration, "model", (name) => name === "loss")}
  <div class="equation"><span class="live" data-text="formula"></span></div>
  ${controls(declaration, "model", (name) => name === "w")}
  <div class="readout"><span data-text="loss-name"></span> <b data-text="loss"></b></div>
  <div class="buttons">
    <button type="button" data-action="best-fit" aria-pressed="false">Show minima</button>
    <button type="button" data-action="workshop" title="The settings of the workshop that this page makes interactive">Workshop settings</button>
  </div>
</section>
<section class="card slope" aria-label="Slope and step">
  <h2>Slope and step</h2>
  <p class="rule" data-text="slope"></p>
  <p class="rule" data-text="rule"></p>
</section>
${optimizerCard(declaration)}
</div>
${STARTS}
</div>
<div class="stage one">
<section class="card figure function" aria-label="The function">
  <h2>The function, its slope and the next step</h2>
  <div class="corner"><span class="legend always"><i class="dash"></i>tangent <i></i>next step</span></div>
  <div class="plot" data-figure="function" role="img" aria-label="The function with its tangent at the point and the next step. Drag the point, or click, to move; the slider does the same."></div>
  ${more("The function")}
</section>
${history(false, false)}
${TRANSPORT}
</div>`
}

/** The page of the neural network. @param {any} declaration @returns {string} HTML */
export function networkPage(declaration) {
  const only = (/** @type {string[]} */ ...names) => (/** @type {string} */ name) => names.includes(name)
  const but = (/** @type {string[]} */ ...names) => (/** @type {string} */ name) => !names.includes(name)
  return `
<div class="side">
<div class="cards">
<section class="card data" aria-label="Data">
  <h2>Data</h2>
  ${controls(declaration, "data", only("dataset"))}
  <details>
    <summary><span data-text="data-summary"></span></summary>
    ${controls(declaration, "data", but("dataset"))}
    <p class="hint" data-text="standardised" hidden></p>
    <div class="buttons">
      <button type="button" data-action="open-data" title="A table of your own: opened, pasted or dropped on the page. It stays in this browser">Open data</button>
      <button type="button" data-action="save-data" title="The data, as a CSV file">Save data</button>
    </div>
  </details>
  <div class="buttons"><button type="button" data-action="new-data">New data</button></div>
</section>
<section class="card model" aria-label="Model">
  <h2>Model</h2>
  ${about("activation", "activation")}
  <details>
    <summary><span data-text="architecture"></span></summary>
    ${controls(declaration, "model", but("w", "b"))}
  </details>
  <label class="from"><span class="live" data-text="chosen"></span> from <select aria-label="Connection from" data-choice="from"></select></label>
  ${controls(declaration, "model", only("w", "b"))}
  <div class="buttons">
    <button type="button" data-action="new-weights">New weights</button>
    <button type="button" data-action="reset-weights">Reset weights</button>
  </div>
</section>
<section class="card loss" aria-label="Loss">
  <h2>Loss</h2>
  ${about("loss", "loss")}
  <div class="readout"><span data-text="loss-name"></span> <b data-text="loss"></b> <small><span data-text="test-loss"></span> <span data-text="penalised-loss"></span></small></div>
  <details>
    <summary data-text="loss-summary"></summary>
    ${controls(declaration, "loss")}
  </details>
</section>
${optimizerCard(declaration)}
</div>
${STARTS}
</div>
<div class="stage network">
<section class="card figure diagram" aria-label="Network">
  <h2>Network</h2>
  ${more("Network")}
  <div class="layers" role="group" aria-label="Layers"></div>
  <p class="complaint" role="alert" hidden></p>
  <div class="units" role="group" aria-label="Units"></div>
  <p class="scale" data-text="scale"></p>
</section>
<section class="card figure decision" aria-label="Data and decision surface">
  <h2 data-text="decision-title">Data and decision surface</h2>
  <div class="plot" data-figure="decision" role="img" aria-label="The data by class, the network's output as colours, and the line where it is undecided."></div>
  <div class="plot" data-figure="curve" role="img" aria-label="The data and the network's curve." hidden></div>
  ${more("Data and decision surface")}
</section>
${surface("The loss on a plane through the network's parameters, with the optimizer's path.")}
${history(true)}
<section class="card figure metrics" aria-label="How well it does">
  <h2></h2>
  <div class="tables" tabindex="0" role="group" aria-label="Scores"></div>
</section>
${TRANSPORT}
</div>`
}
