"""The course beside the lessons: chapters in Markdown (`text/*.md`), as HTML with what the page makes live.

A chapter is sections under `##`. Inside them

- `$w \\leftarrow w - \\eta\\,\\partial L/\\partial w$` is a formula, made MathML here;
- `{{loss}}` is a number of the lesson as it is shown, by its name in `browser/live.js`;
- `[a larger step](do:step_size=0.13&run)` does what it says: settings of the lesson, then actions (`ACTIONS`);
- `[the next lesson](lesson:descent)` opens a lesson;
- a fenced block `live <name>` is what `browser/blocks.js` makes of the lesson under that name;
- a fenced block `exercise <id>` is an exercise, in TOML (`_Exercise`). What passes it stands in
  `browser/exercises/<lesson>.js`, under the same id.
"""

import html
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from app.lessons import LESSONS
from app.mathml import mathml
from dl_workshop.tasks import TASKS
from dl_workshop.written import OWN

TEXTS = Path(__file__).parent / "text"
ACTIONS = ("run", "reset", "best-fit", "bad-guess", "new-data", "new-weights", "workshop", "outlier")
_LIVE = re.compile(r"\{\{([\w-]+)\}\}")


class _Use(NamedTuple):
    """What a right formula can be used for.

    Attributes:
        choice: the setting that then is `OWN`.
        into: the setting that takes the formula.
        then: other settings that go with it.
    """

    choice: str
    into: str
    then: Mapping[str, str] = {}


_USES = {
    "linear_model": _Use("model", "own_model"),
    "middle_logit": _Use("model", "own_model"),
    "mse": _Use("loss", "own_loss"),
    "binary_cross_entropy": _Use("loss", "own_loss"),
    "update": _Use("optimizer", "own_optimizer"),
    "velocity": _Use("optimizer", "own_m", {"own_optimizer": "theta - step_size * m"}),
}


class _Sketch(NamedTuple):
    """What a learner draws before a run shows it.

    Attributes:
        run: the settings of the run, as a link has them.
        of: what is drawn over its steps: "loss" or "testLoss".
        label: its name.
        first: its value at step 0, which is given.
        low: the lower end of the axis.
        high: the upper end of the axis.
    """

    run: str
    of: str
    label: str
    first: float
    low: float
    high: float


class _Exercise(NamedTuple):
    """An exercise as it is written.

    Attributes:
        title: a few words.
        task: what to do, or the question; Markdown.
        choices: of a prediction: the answers to choose from, the right one first.
        why: of a prediction: what is said of it once it is made; Markdown.
        sketch: of a curve to draw: a `_Sketch`.
        write: of a formula to write: its key in `dl_workshop.tasks.TASKS`.
        hint: Markdown; "" for none.
        answer: shown on demand; Markdown, best with a link that does it.
    """

    title: str
    task: str
    choices: Sequence[str] = ()
    why: str = ""
    sketch: Mapping[str, Any] | None = None
    write: str = ""
    hint: str = ""
    answer: str = ""


class Chapter(NamedTuple):
    """The course of one lesson.

    Attributes:
        sections: HTML, one after the other.
        exercises: ids, in the order of the text.
        titles: of the exercises, by id.
        live: names of the live numbers in it.
    """

    sections: list[str]
    exercises: list[str]
    titles: dict[str, str]
    live: list[str]


def chapter(key: str) -> Chapter:
    """Return the course of a lesson.

    Raises:
        ValueError: the text has a link, a setting, an exercise or a formula that there is not.
    """
    return _Writer(key).chapter((TEXTS / f"{key}.md").read_text(encoding="utf-8"))


def chapter_json(key: str) -> str:
    """Return the course of a lesson as the page fetches it."""
    return json.dumps(chapter(key)._asdict(), separators=(",", ":"))


def setting_value(key: str, name: str, text: str) -> Any:
    """Return a setting's value as JSON has it.

    Args:
        key: of the lesson.
        name: of the setting, or of a parameter that has a control.
        text: the value as it stands in a link.

    Raises:
        ValueError: the lesson has no such setting, or the setting no such value.
    """
    [row] = [row for row in LESSONS[key].declaration()["settings"] if row["name"] == name] or [None]
    if row is None:
        raise ValueError(f"{key}: a link sets {name!r}, which the lesson does not have")
    if row["kind"] == "choice":
        if text not in [value for _, value in row["options"]]:
            raise ValueError(f"{key}: {text!r} is no choice of {name}")
        return text
    if row["kind"] == "formula":
        raise ValueError(f"{key}: a link sets {name!r}, which is for the learner to write")
    if row["kind"] == "list":
        return [int(item) if item.isdigit() else item for item in text.split(",") if item]
    if row["kind"] == "switch":
        if text not in ("yes", "no"):
            raise ValueError(f"{key}: {name} is yes or no, not {text!r}")
        return text == "yes"
    if row["kind"] == "points":
        return [float(part) for point in text.split(",") for part in point.split(":") if text]
    number = float(text)
    if not row["low"] <= number <= row["high"]:
        raise ValueError(f"{key}: {name}={text} lies outside of {row['low']} to {row['high']}")
    return int(number) if row["kind"] == "integer" else number


class _Writer:
    """Makes HTML of a lesson's text."""

    def __init__(self, key: str) -> None:
        self.key = key
        declaration = LESSONS[key].declaration()
        self.settings = {row["name"]: row for row in declaration["settings"]}
        self.exercises: list[str] = []
        self.titles: dict[str, str] = {}
        self.live: list[str] = []
        markdown = MarkdownIt("commonmark").use(
            dollarmath_plugin, renderer=lambda latex, how: mathml(latex, block=how["display_mode"])
        )
        markdown.add_render_rule("text", lambda _, tokens, i, *rest: self.text(tokens[i].content))
        markdown.add_render_rule("link_open", lambda _, tokens, i, *rest: self.link(tokens[i]))
        markdown.add_render_rule("link_close", lambda *_: "</button>")
        markdown.add_render_rule("fence", lambda _, tokens, i, *rest: self.fence(tokens[i]))
        self.markdown = markdown

    def chapter(self, source: str) -> Chapter:
        parts = re.split(r"^(?=## )", source, flags=re.MULTILINE)
        sections = [f"<section>{self.markdown.render(part)}</section>" for part in parts if part.strip()]
        if len({*self.exercises}) < len(self.exercises):
            raise ValueError(f"{self.key}: two exercises have one name in {self.exercises}")
        return Chapter(sections, self.exercises, self.titles, sorted({*self.live}))

    def text(self, content: str) -> str:
        """Text, with its live numbers."""
        self.live += _LIVE.findall(content)
        return _LIVE.sub(r'<b class="now" data-live="\1">…</b>', html.escape(content, quote=False))

    def link(self, token: Token) -> str:
        """A link, which is a button: nothing here leads away."""
        href = str(token.attrGet("href"))
        kind, _, what = href.partition(":")
        if kind == "lesson" and what in LESSONS:
            return f'<button type="button" class="do" data-lesson="{what}">'
        if kind != "do":
            raise ValueError(f"{self.key}: {href!r} is no link that does something")
        return f'<button type="button" class="do" data-do="{html.escape(json.dumps(self.deed(what)))}">'

    def deed(self, what: str) -> dict[str, Any]:
        """What a link does, checked against what the lesson declares."""
        settings: dict[str, Any] = {}
        then = []
        for part in what.split("&"):
            name, is_setting, value = part.partition("=")
            if is_setting:
                settings[name] = setting_value(self.key, name, value)
            elif part in ACTIONS:
                then.append(part)
            else:
                raise ValueError(f"{self.key}: {part!r} in a link is none of {', '.join(ACTIONS)}")
        return {"settings": settings, "then": then}

    def fence(self, token: Token) -> str:
        """An exercise, or a place for a live block."""
        kind, _, name = token.info.strip().partition(" ")
        if kind == "live" and re.fullmatch(r"[a-z-]+", name) and not token.content.strip():
            return f'<div class="block" data-block="{name}"></div>'
        if kind != "exercise" or not re.fullmatch(r"[a-z0-9-]+", name):
            raise ValueError(f"{self.key}: a block is {token.info!r}, but must be: exercise <id>, or live <name>")
        exercise = _Exercise(**tomllib.loads(token.content))
        self.exercises.append(name)
        self.titles[name] = exercise.title
        if exercise.write and exercise.write not in TASKS:
            raise ValueError(f"{self.key}: there is no formula {exercise.write!r} to be written")
        kind = "predict" if exercise.choices else "write" if exercise.write else "sketch" if exercise.sketch else "do"
        parts = [f"<h3>{html.escape(exercise.title)}</h3>", self.markdown.render(exercise.task)]
        if exercise.choices:
            # In an order that does not give it away, and is the same everywhere: that of their texts.
            order = sorted(range(len(exercise.choices)), key=lambda k: exercise.choices[k])
            answers = [
                f'<button type="button" data-choice="{k}">{self.markdown.renderInline(exercise.choices[k])}</button>'
                for k in order
            ]
            parts.append(f'<div class="choices" role="group" aria-label="Your prediction">{"".join(answers)}</div>')
            parts.append(f'<div class="why" hidden>{self.markdown.render(exercise.why)}</div>')
        if exercise.sketch:
            parts += self.sketch(_Sketch(**exercise.sketch))
        if exercise.write:
            names = ", ".join(f"<code>{name}</code>" for name in TASKS[exercise.write].names)
            parts.append(
                f'<p class="names">With {names}:</p><input class="formula" data-write="{exercise.write}" '
                'aria-label="Your formula" autocomplete="off" autocapitalize="off" spellcheck="false">'
            )
        parts.append('<p class="verdict" role="status"></p>')
        parts += self.use(exercise.write)
        helps = [("hint", "Hint", exercise.hint), ("answer", "Show answer", exercise.answer)]
        buttons = [
            f'<button type="button" data-help="{part}" aria-expanded="false">{label}</button>'
            for part, label, text in helps
            if text
        ]
        parts.append(f'<p class="helps">{"".join(buttons)}</p>' if buttons else "")
        parts += [f'<div class="{part}" hidden>{self.markdown.render(text)}</div>' for part, _, text in helps if text]
        return f'<article class="exercise" data-exercise="{name}" data-kind="{kind}">{"".join(parts)}</article>\n'

    def sketch(self, sketch: _Sketch) -> list[str]:
        """The place of a curve to draw, and the button that lets the run show it."""
        if sketch.of not in ("loss", "testLoss") or not sketch.low <= sketch.first <= sketch.high:
            raise ValueError(f"{self.key}: {sketch} is no sketch")
        wanted = sketch._asdict() | {"run": self.deed(sketch.run)["settings"]}
        return [
            f'<div class="sketch" data-sketch="{html.escape(json.dumps(wanted))}"></div>',
            '<p><button type="button" data-show disabled>Run it</button></p>',
        ]

    def use(self, task: str) -> list[str]:
        """The button that makes a right formula that of the lesson; none where the lesson has no place for it."""
        if task not in _USES or _USES[task].into not in self.settings:
            return []
        choice, into, then = _USES[task]
        deed = html.escape(json.dumps({"into": into, "settings": {choice: OWN, **then}}))
        return [f'<p class="use" hidden><button type="button" data-use="{deed}">Use my {choice}</button></p>']
