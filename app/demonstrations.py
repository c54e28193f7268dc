"""Demonstrations for a teacher: a lesson with its settings, run at once, and a sentence of what to look at.

Each is a link's text, as `browser/link.js` reads it, so that it can be written down; all that a sentence claims is held
against `dl_workshop` at these very settings by tests/test_demonstrations.py.
"""

import json
import re
from typing import Any, NamedTuple

from app.course import setting_value
from app.lessons import LESSONS
from dl_workshop.optimizers import OPTIMIZERS

VERSION = "1"
PIN = re.compile(r"^pin\d\.")  # of a run to compare it with
FIT, SURFACE, HISTORY = "fit", "surface", "history"
DECISION, DIAGRAM, FUNCTION = "decision", "diagram", "function"
FIGURES = {
    "one_input": (FIT, SURFACE, HISTORY),
    "descent": (FUNCTION, HISTORY),
    "network": (DIAGRAM, DECISION, SURFACE, HISTORY),
}


class Demonstration(NamedTuple):
    """One demonstration.

    Attributes:
        title: a few words.
        look: what to look at, in a sentence.
        link: a lesson as it is to be, without the version that stands before it.
        figures: the two that presenter mode shows, of `FIGURES`.
        beside: another lesson, as `link`, that is shown side by side with it; none where it is empty.
    """

    title: str
    look: str
    link: str
    figures: tuple[str, str]
    beside: str = ""

    @property
    def lesson(self) -> str:
        """The lesson's key."""
        return self.link.split(";")[0]


OUTLIER = "-5:10,-4:13,-3:13,-2:17,-1:17,0:21,1:21,2:25,3:25,4:28,5:30,4:-8"
OTHERS = ";".join(f"pin{k + 1}.optimizer={name}" for k, name in enumerate(list(OPTIMIZERS)[1:]))
UNSCALED = "0:11,10:11,20:15,30:17,40:19,50:21,60:23,70:24,80:28,90:28"

DEMONSTRATIONS = (
    Demonstration(
        "Too large a step",
        "Every jump across the valley is wider than the one before, until the loss is beyond all bounds.",
        "linear;w=-1;b=10;step_size=0.13;n_steps=60;run",
        (SURFACE, HISTORY),
    ),
    Demonstration(
        "Zig-zag below the limit",
        "w jumps across the valley at every step, and the loss falls all the same.",
        "linear;w=-5;b=3;step_size=0.11;n_steps=60;run",
        (SURFACE, HISTORY),
    ),
    Demonstration(
        "A small step goes straight, and slowly",
        "w is soon there; b, along the flat of the valley, is still on its way when the run ends.",
        "linear;w=-5;b=3;step_size=0.005;n_steps=200;run",
        (SURFACE, FIT),
    ),
    Demonstration(
        "Momentum overshoots",
        "The point runs past the minimum in b, turns, and comes back.",
        "linear;w=-9;b=-9;optimizer=momentum;step_size=0.01;n_steps=200;run",
        (SURFACE, HISTORY),
    ),
    Demonstration(
        "Newton in one step",
        "Squared error of a line is a parabola: Newton's first step lands on its minimum.",
        "linear;w=-9;b=-9;optimizer=newton;step_size=1;n_steps=10;run",
        (SURFACE, FIT),
    ),
    Demonstration(
        "Seven optimizers, one start",
        "Each with a step size that suits it: Newton is there in one step, momentum runs past and comes back, RMSProp"
        " comes near and stays a little beside it. The table has the rest.",
        f"linear;w=-5;b=3;{OTHERS};run",
        (SURFACE, HISTORY),
    ),
    Demonstration(
        "Mini-batch noise",
        "With five points a step the loss comes down, and then goes up and down to the end.",
        "linear;w=-5;b=3;step_size=0.05;batch_size=5;n_steps=300;run",
        (SURFACE, HISTORY),
    ),
    Demonstration(
        "An outlier pulls the line",
        "Eleven points lie near a line of slope 2; under squared error the twelfth, far below, takes half of it away.",
        f"linear;points={OUTLIER};step_size=0.05;n_steps=300;run",
        (FIT, SURFACE),
    ),
    Demonstration(
        "The same under the Huber loss",
        "A large error counts by its size and not by its square: the line stays with the eleven.",
        f"linear;loss=huber;points={OUTLIER};step_size=0.1;n_steps=500;run",
        (FIT, SURFACE),
    ),
    Demonstration(
        "Inputs in other units",
        "x goes from 0 to 90: a step a little larger diverges, and with this one b has hardly moved after 500 steps.",
        f"linear;points={UNSCALED};step_size=0.0003;n_steps=500;run",
        (FIT, SURFACE),
    ),
    Demonstration(
        "The same, standardised",
        "The model sees x less its mean, in standard deviations: the valley is round, and ten steps arrive.",
        f"linear;points={UNSCALED};standardise=yes;step_size=0.45;n_steps=10;run",
        (FIT, SURFACE),
    ),
    Demonstration(
        "The start decides",
        "Down into the nearer valley, which is not the lowest.",
        "descent;loss=two_valleys;w=1;step_size=0.1;n_steps=100;run",
        (FUNCTION, HISTORY),
    ),
    Demonstration(
        "Stuck on a plateau",
        "Far out there is next to no slope, so next to no step: fifty steps lead nowhere.",
        "descent;loss=plateau;w=11;step_size=0.1;n_steps=50;run",
        (FUNCTION, HISTORY),
    ),
    Demonstration(
        "To and fro for ever",
        "At almost the largest stable step size, w jumps from one side to the other and hardly comes nearer.",
        "descent;loss=parabola;w=10;step_size=0.997;n_steps=50;run",
        (FUNCTION, HISTORY),
    ),
    Demonstration(
        "A long, narrow valley",
        "When the run ends w₁ has long arrived, and b is not much more than half of the way there.",
        "polynomial;step_size=0.005;n_steps=200;run",
        (FIT, HISTORY),
    ),
    Demonstration(
        "Newton, three parameters at once",
        "The same data and start: the first step crosses the long valley, and the curve fits.",
        "polynomial;optimizer=newton;step_size=1;n_steps=10;run",
        (FIT, HISTORY),
    ),
    Demonstration(
        "Plateaus of squared error",
        "Certain and wrong, with squared error: hardly any slope, and 500 steps lower the loss by next to nothing.",
        "logistic;loss=squared_error_on_probabilities;w=0;b=15;step_size=1;n_steps=500;run",
        (FIT, HISTORY),
    ),
    Demonstration(
        "Cross-entropy from the same start",
        "Certain and wrong costs dearly here: the slope is steep, and the same 500 steps arrive.",
        "logistic;w=0;b=15;step_size=1;n_steps=500;run",
        (FIT, HISTORY),
    ),
    Demonstration(
        "Separable classes never converge",
        "No point is on the wrong side, so steeper is always better: w grows and the loss falls, to the last step.",
        "logistic;recipe=rounded;noise=0;step_size=1;n_steps=2000;run",
        (FIT, HISTORY),
    ),
    Demonstration(
        "XOR without a hidden layer",
        "One straight border cannot part these classes: nearly half of the points stay on the wrong side.",
        "network;dataset=xor;noise=0.1;hidden=none;step_size=0.05;n_steps=400;run",
        (DECISION, HISTORY),
    ),
    Demonstration(
        "XOR with four hidden units",
        "The border bends: every point it is trained on is on its right side.",
        "network;dataset=xor;noise=0.1;hidden=4;step_size=0.05;n_steps=1000;run",
        (DECISION, HISTORY),
    ),
    Demonstration(
        "Overfitting",
        "The training loss falls on and on; the test loss turns, and grows.",
        "network;n=60;noise=0.5;hidden=8,8;step_size=0.03;n_steps=1500;run",
        (DECISION, HISTORY),
    ),
    Demonstration(
        "Without and with L2, side by side",
        "A price on large weights: on the right a smoother border, and a lower test loss at the end.",
        "network;n=60;noise=0.5;hidden=8,8;step_size=0.03;n_steps=1500;run",
        (DECISION, HISTORY),
        "network;n=60;noise=0.5;hidden=8,8;penalty=l2;penalty_strength=0.03;step_size=0.03;n_steps=1500;run",
    ),
    Demonstration(
        "Vanishing gradient",
        "Six logistic layers shrink the slope on its way back: 300 steps end at 0.69, the loss of a mere guess.",
        "network;hidden=4,4,4,4,4,4;activation=logistic;optimizer=gradient_descent;step_size=0.1;n_steps=300;run",
        (DECISION, HISTORY),
    ),
    Demonstration(
        "The same depth with tanh",
        "Its slope is up to four times as steep as the logistic one's: the same 300 steps bring the loss near zero.",
        "network;hidden=4,4,4,4,4,4;activation=tanh;optimizer=gradient_descent;step_size=0.1;n_steps=300;run",
        (DECISION, HISTORY),
    ),
)


def settings(demonstration: Demonstration) -> dict[str, Any]:
    """Return the settings and parameters that a demonstration sets, by name, but for those of pinned runs.

    Of what is side by side with it: `settings(demonstration._replace(link=demonstration.beside))`.

    Raises:
        ValueError: it names a lesson, a setting, a value or a figure that there is not, or does not run.
    """
    key, *entries = demonstration.link.split(";")
    if key not in LESSONS:
        raise ValueError(f"{demonstration.title!r} is about {key!r}, which is no lesson")
    unknown = {*demonstration.figures} - {*FIGURES[LESSONS[key].kind]}
    if unknown or len({*demonstration.figures}) < 2:
        raise ValueError(f"{demonstration.title!r} shows {demonstration.figures}, not two figures of its lesson")
    if entries[-1:] != ["run"]:
        raise ValueError(f"{demonstration.title!r} does not end with a run")
    pairs = [entry.partition("=") for entry in entries[:-1]]
    texts = {name: "" if (name, value) == ("hidden", "none") else value for name, _, value in pairs}
    values = {name: setting_value(key, PIN.sub("", name), text) for name, text in texts.items()}
    return {name: value for name, value in values.items() if not PIN.match(name)}


def demonstrations_json() -> str:
    """Return the demonstrations as the page fetches them, checked."""
    for demonstration in DEMONSTRATIONS:
        for link in filter(None, (demonstration.link, demonstration.beside)):
            settings(demonstration._replace(link=link))
    shown = [
        {"title": one.title, "look": one.look, "lesson": one.lesson, "link": _address(one), "figures": one.figures}
        for one in DEMONSTRATIONS
    ]
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _address(demonstration: Demonstration) -> str:
    """What stands behind the # of its address: as `linkText` and `pairText` of `browser/link.js` say it."""
    a, b = (f"{VERSION};{link}" for link in (demonstration.link, demonstration.beside))
    return f"ab={a}~{b}" if demonstration.beside else a
