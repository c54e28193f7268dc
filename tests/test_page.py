"""The shell of the page, as HTML."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from app import page

TITLES = {"linear": "Linear regression", "other": "A < B & C"}
PLACES = {
    name: name.replace(".", ".1a2b.", 1)
    for name in (
        "main.js", "worker.js", "bokeh.js", "style.css", "licences.txt", "lessons/linear.json", "formulas/linear.js",
        "figures/linear-light.json", "figures/linear-dark.json",
    )
}  # fmt: skip
FIGURES = {theme: f"figures/linear-{theme}.json" for theme in ("light", "dark")}


class Elements(HTMLParser):
    """Every element with its attributes and the text at its start."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.begun = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), ""))
        self.begun = True

    def handle_endtag(self, tag: str) -> None:
        self.begun = False

    def handle_data(self, data: str) -> None:
        if self.begun:
            tag, attributes, text = self.found[-1]
            self.found[-1] = (tag, attributes, text + data)

    def of(self, tag: str, **attributes: str) -> list[tuple[dict[str, str | None], str]]:
        return [
            (own, text)
            for name, own, text in self.found
            if name == tag and all(own.get(key) == value for key, value in attributes.items())
        ]


@pytest.fixture(scope="module")
def html() -> str:
    return page.shell(TITLES, PLACES, ["lessons/linear.json", "formulas/linear.js"], FIGURES)


@pytest.fixture(scope="module")
def elements(html: str) -> Elements:
    return Elements(html)


def test_there_is_a_tab_for_each_lesson_and_one_is_chosen(elements: Elements):
    tabs = elements.of("button", role="tab")
    assert [text for _, text in tabs] == [*TITLES.values()]
    assert [tab["aria-controls"] for tab, _ in tabs] == ["lesson-linear", "lesson-other"]
    assert [(tab["aria-selected"], tab["tabindex"]) for tab, _ in tabs] == [("true", "0"), ("false", "-1")]
    assert len(elements.of("nav", role="tablist")) == len(elements.of("main", id="main")) == 1


def test_the_page_says_what_it_is(elements: Elements):
    assert elements.of("html", lang="en")
    assert elements.of("meta", name="viewport", content="width=device-width, initial-scale=1")
    [(_, title)] = elements.of("title")
    assert title == "Neural networks from scratch"
    [(_, heading)] = elements.of("h1")
    assert heading == page.TITLE
    [(button, _)] = elements.of("button", id="theme")
    assert button["aria-label"]


def test_without_javascript_it_says_what_it_needs(html: str):
    [sentence] = re.findall(r"<noscript><p>(.*?)</p></noscript>", html)
    assert "allow JavaScript" in sentence


def test_all_that_it_asks_for_is_beside_it(html: str, elements: Elements):
    asked = [
        place
        for _, attributes, _ in elements.found
        for name in ("src", "href")
        if (place := attributes.get(name)) is not None
    ]
    assert {place for place in asked if not place.startswith("data:")} <= {*PLACES.values()}
    assert {PLACES[name] for name in ("main.js", "bokeh.js", "style.css", "licences.txt")} <= {*asked}
    assert set(re.findall(r"https?://[^'\"]+", html)) <= {"http://www.w3.org/2000/svg"}  # the icon's, no address


def test_what_the_first_lesson_needs_is_fetched_before_a_script_asks(elements: Elements):
    [(fetched, _)] = elements.of("link", rel="preload")
    assert fetched == {"rel": "preload", "as": "fetch", "crossorigin": None, "href": PLACES["lessons/linear.json"]}
    [(module, _)] = elements.of("link", rel="modulepreload")
    assert module["href"] == PLACES["formulas/linear.js"]


def test_the_scripts_find_every_file_in_the_pages_table(elements: Elements):
    [(_, table)] = elements.of("script", id="files")
    assert json.loads(table) == PLACES


def test_a_name_cannot_end_the_table():
    html = page.shell(TITLES, PLACES | {"</script>": "x"}, [], FIGURES)
    [(_, table)] = Elements(html).of("script", id="files")
    assert json.loads(table)["</script>"] == "x"


def test_only_the_pages_own_script_may_run_and_nothing_may_come_from_elsewhere(elements: Elements):
    [(policy, _)] = elements.of("meta", **{"http-equiv": "Content-Security-Policy"})
    rules = dict(rule.strip().split(" ", 1) for rule in str(policy["content"]).split(";"))
    [(_, script)] = [(own, text) for own, text in elements.of("script") if not own]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert rules["script-src"].split() == ["'self'", "'unsafe-eval'", f"'sha256-{digest}'"]
    assert rules["default-src"] == "'none'"
    for sources in rules.values():
        for source in sources.split():
            assert re.fullmatch(r"'(self|none|unsafe-\w+|sha256-.*)'|data:|blob:", source), source
