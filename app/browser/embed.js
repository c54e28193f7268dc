// `?embed=fit,surface`: these figures of a lesson and nothing else, for a course page or slides.

/** @type {Record<string, string>} the cards that can be shown, by what an address calls them */
const CARDS = {
  fit: ".card.fit", surface: ".card.surface", loss: ".card.history", function: ".card.function", diagram: ".card.diagram",
  decision: ".card.decision", metrics: ".card.metrics", transport: ".card.transport, .status",
}

/** Which figures an address asks for; null where the whole page is wanted. @param {string} search of the page's address @returns {string[] | null} */
export function embedded(search) {
  const wanted = new URLSearchParams(search).get("embed")
  return wanted === null ? null : wanted.split(",").map((name) => name.trim()).filter((name) => name !== "")
}

/** Leaves only some figures of a lesson on its page; all of them where it has none of these. @param {HTMLElement} el the lesson's page @param {string[]} names @returns {string[]} those that it has not */
export function showOnlyFigures(el, names) {
  const there = Object.keys(CARDS).filter((name) => el.querySelector(CARDS[name]) !== null)
  const known = there.filter((name) => names.includes(name))
  const shown = known.length > 0 ? known : there
  for (const name of there) {
    for (const card of el.querySelectorAll(CARDS[name])) {
      card.toggleAttribute("hidden", !shown.includes(name))
    }
  }
  el.style.setProperty("--figures", String(Math.max(shown.filter((name) => name !== "transport").length, 1)))
  return names.filter((name) => !known.includes(name))
}
