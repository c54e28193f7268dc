"""The shell of the page as HTML: the header with the lessons' tabs, an empty place for the lesson, and what to load."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from html import escape

INDEX = "index.html"
TITLE = "Neural networks from scratch"
DESCRIPTION = (
    "Linear regression, logistic regression, neural networks: model, loss and optimizer, by hand and by descent."
)
LINK = "A link to this lesson as it stands: settings, parameters, run and step"
PAIR = "This lesson twice, side by side: change one, run both, compare"
CODE = "This lesson as Python, with the numbers that are set now"
COURSE = "The course: read, predict, do, and have it checked"
PRESENT = "Presenter mode, for a projector: large text and lines, two figures, the cards folded"
DEMONSTRATIONS = "A list of demonstrations: each sets a lesson and runs it"
ANSWER = "True parameters, best fit and minima: covered, or shown"
FAILED = "The lessons could not be loaded. Check the connection, then reload the page."
TOO_OLD = "This browser is too old for the lessons: they need one of the last few years."

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M1 3C4 18 10 15 15 5' fill='none' stroke='%230072B2' stroke-width='2.5'/%3E"
    "%3Ccircle cx='7.5' cy='12' r='2.5' fill='%23D55E00'/%3E%3C/svg%3E"
)

_SCREEN = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 4h20M4 4v12h16V4M12 16v5M8 21h8"/></svg>'

# Runs before the first paint, in every browser there is: the theme that was chosen, or else the system's; the figures
# in it; a sentence where something is missing; a tab that is pressed before the program is there is remembered.
_FIRST = """
(function (figures, failed, old) {
  var theme = null
  try { theme = localStorage.getItem("theme") } catch (error) {}
  if (!figures[theme]) theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"
  document.documentElement.setAttribute("data-theme", theme)
  var link = document.createElement("link")
  link.rel = "preload"
  link.as = "fetch"
  link.crossOrigin = "anonymous"
  link.href = figures[theme]
  document.head.appendChild(link)
  function say(text) {
    var place = document.getElementById("error")
    if (!place) return addEventListener("DOMContentLoaded", function () { say(text) })
    place.textContent = text
    place.hidden = false
  }
  addEventListener("error", function (event) { if (/^(SCRIPT|LINK)$/.test(event.target.nodeName)) say(failed) }, true)
  document.addEventListener("click", function (event) {
    var tab = event.target.closest && event.target.closest("[role=tab]")
    if (tab) document.documentElement.setAttribute("data-lesson", tab.getAttribute("data-lesson"))
  })
  if (!("noModule" in HTMLScriptElement.prototype)) say(old)
})"""


def shell(
    titles: Mapping[str, str], places: Mapping[str, str], first: Iterable[str], figures: Mapping[str, str]
) -> str:
    """The page.

    Args:
        titles: of the lessons, by key, in the order of their tabs.
        places: where each file is, relative to the page, by the name that the page's scripts know it by.
        first: names, of those in `places`, of the formulas and the JSON that the first lesson needs.
        figures: the same, of its figures by theme.

    Returns:
        HTML text, which asks for nothing but files beside it.
    """
    of_themes = {theme: places[name] for theme, name in figures.items()}
    script = f"{_FIRST}({json.dumps(of_themes)}, {json.dumps(FAILED)}, {json.dumps(TOO_OLD)})"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; frame-src 'self'; connect-src 'self'; worker-src 'self'; img-src 'self' data: blob:; "
        "font-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; "
        # BokehJS makes functions from text, and styles from script.
        f"script-src 'self' 'unsafe-eval' 'sha256-{digest}'; style-src 'self' 'unsafe-inline'"
    )
    files = json.dumps(dict(places), separators=(",", ":")).replace("<", "\\u003c")
    tabs = "\n".join(_tab(key, title, chosen=key == next(iter(titles))) for key, title in titles.items())
    hints = "\n".join(_hint(name, places[name]) for name in first)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{TITLE}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{DESCRIPTION}">
<link rel="icon" href="{_ICON}">
<link rel="license" href="{places["licences.txt"]}">
{hints}
<script>{script}</script>
<link rel="stylesheet" href="{places["style.css"]}">
<script type="application/json" id="files">{files}</script>
<script defer src="{places["bokeh.js"]}"></script>
<script type="module" src="{places["main.js"]}"></script>
</head>
<body>
<header class="header">
<h1 class="title">{TITLE}</h1>
<nav class="tabs" role="tablist" aria-label="Lessons">
{tabs}
</nav>
<div class="actions">
<button type="button" id="demonstrations" title="{DEMONSTRATIONS}">Demonstrations</button>
<button type="button" id="answer" title="{ANSWER}">Hide answer</button>
<button type="button" id="link" title="{LINK}">Copy link</button>
<button type="button" id="pair" aria-label="A | B: compare side by side" title="{PAIR}">A | B</button>
<button type="button" id="code" title="{CODE}">Code</button>
<button type="button" id="course" aria-expanded="false" title="{COURSE}">Course <span class="done"></span></button>
<button type="button" id="theme" aria-label="Light or dark" title="Light or dark">☾</button>
<button type="button" id="present" aria-pressed="false" aria-label="Present" title="{PRESENT}">{_SCREEN}</button>
</div>
</header>
<p id="error" role="alert" hidden></p>
<p id="told" role="status" hidden></p>
<noscript><p>The lessons are computed in your browser: allow JavaScript for this page, then reload it.</p></noscript>
<main id="main"></main>
</body>
</html>
"""


def _tab(key: str, title: str, *, chosen: bool) -> str:
    """The tab of a lesson."""
    state = f'aria-selected="{str(chosen).lower()}" tabindex="{0 if chosen else -1}"'
    return (
        f'<button type="button" role="tab" id="tab-{key}" data-lesson="{key}" aria-controls="lesson-{key}" {state}>'
        f"{escape(title)}</button>"
    )


def _hint(name: str, place: str) -> str:
    """What makes the browser fetch a file before a script asks for it."""
    if name.endswith(".js"):
        return f'<link rel="modulepreload" href="{place}">'
    return f'<link rel="preload" as="fetch" crossorigin href="{place}">'
