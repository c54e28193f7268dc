"""The lesson on networks as a person has it before them, and what its numbers should be."""

import json
import math
import re
import time
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import jax
import numpy as np
from playwright.sync_api import Locator, expect
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, r2_score

from dl_workshop.data import Dataset
from dl_workshop.models import mlp, mlp_init, network_units
from dl_workshop.parameters import flatten, unflatten
from dl_workshop.toy_data import Split, expand, simulate_split
from dl_workshop.training import Run, penalty_strengths, train, value_and_gradient
from tests.browser.lesson_page import NETWORK, RUN, LessonPage

FEATURES = ["x₁", "x₂", "x₁²", "x₂²", "x₁x₂", "sin x₁", "sin x₂"]
STEP_SIZE = "Step size (learning rate)"
DECISION = re.compile("^The data by class, the network's output")
CURVE = "The data and the network's curve"
PLANE = re.compile("^The loss on a plane")
SLOW = 60_000  # milliseconds until a training on a busy machine is given up

Part = Literal["Training", "Test"]
PARTS: tuple[Part, Part] = ("Training", "Test")


SHARE = re.compile(r".*: ([\d.]+) % right")

# What workers were asked last of one kind, and their answers; what is no finite number is null there.
LAST_ASKED = """kind => {
  const {order, parts, ended} = asked.findLast((entry) => entry.kind === kind)
  const plain = (value) => JSON.stringify(value, (_, inner) => ArrayBuffer.isView(inner) ? [...inner] : inner)
  return plain({order: {...order, train: null, test: null}, parts, ended})
}"""
ALL_ANSWERED = "() => asked.every(({ended}) => ended)"
# What is drawn under a name in one of the lesson's figures.
SOURCE = """name => {
  const figures = Bokeh.documents.find((one) => one.get_model_by_name("decision_figure"))
  const {data} = figures.get_model_by_name(name)
  const columns = data instanceof Map ? Object.fromEntries(data) : data
  return Object.fromEntries(Object.entries(columns).map(([column, values]) => [column, [...values]]))
}"""


class Numbers(NamedTuple):
    """The numbers of a network on its data.

    Attributes:
        losses: on training and test data.
        shares: the share that is right in percent, on test and training data; none for regression.
        cells: of both confusion matrices, what is by what was said; for regression R², again of test and training data.
    """

    losses: tuple[str, ...]
    shares: tuple[str, ...]
    cells: tuple[str, ...]


class Network(NamedTuple):
    """A network, its data and its parameters, by which the page's numbers are computed once more.

    Attributes:
        theta: flat, in the library's order.
        hidden: units of each hidden layer.
        features: inputs made from the coordinates; none where the inputs are the data's own columns.
        activation: of the hidden units.
        split: training and test data, as they were simulated.
    """

    theta: np.ndarray
    hidden: Sequence[int] = (4, 3)
    features: Sequence[str] = ("x1", "x2")
    activation: str = "tanh"
    split: Split = simulate_split("moons", noise=0.15)

    @property
    def sizes(self) -> tuple[int, ...]:
        return (len(self.features) or self.split.train.x.shape[1], *self.hidden, 1)

    @property
    def layers(self) -> Any:
        """The parameters, layer by layer."""
        return unflatten(mlp(self.sizes, self.activation), np.asarray(self.theta, float))

    def moved(self, layer: int, unit: int, source: int, *, w: float | None = None, b: float | None = None) -> "Network":
        """The network with another weight or bias, all else held; layers, units and inputs are counted from 1."""
        layers = jax.tree.map(np.copy, self.layers)
        if w is not None:
            layers[layer - 1]["w"][source - 1, unit - 1] = w
        if b is not None:
            layers[layer - 1]["b"][unit - 1] = b
        return self._replace(theta=flatten(layers))

    def outputs(self, part: Part) -> tuple[np.ndarray, np.ndarray]:
        """y of the data, and what the network makes of their x."""
        data = self.split.train if part == "Training" else self.split.test
        x = expand(data.x, self.features) if self.features else data.x
        apply = jax.vmap(mlp(self.sizes, self.activation).apply, in_axes=(None, 0))
        return data.y, np.asarray(apply(self.layers, x))

    def units(self, points: np.ndarray) -> list[np.ndarray]:
        """What every unit makes of some points of the data's plane or line: `(points, units)`, layer by layer."""
        x = expand(points, self.features) if self.features else points
        units = jax.vmap(network_units(self.activation), in_axes=(None, 0))
        return [np.asarray(values) for values in units(self.layers, x)]

    @property
    def numbers(self) -> Numbers:
        """What the page should say of it."""
        losses = tuple(loss_text(self.loss(part)) for part in PARTS)
        if not self.split.class_names:
            return Numbers(
                losses, (), tuple(score_text(r2_score(*self.outputs(part))) for part in ("Test", "Training"))
            )
        shares, cells = [], []
        for part in ("Test", "Training"):
            y, logits = self.outputs(part)
            right = 100 * accuracy_score(y, logits > 0)
            shares.append(f"{right:.1f}" if 99.5 < right < 100 else f"{math.floor(right + 0.5)}")
            cells += map(str, confusion_matrix(y, logits > 0, labels=[0, 1]).ravel())
        return Numbers(losses, tuple(shares), tuple(cells))

    def loss(self, part: Part) -> float:
        """The usual loss of the task."""
        return self.cross_entropy(part) if self.split.class_names else self.squared_error(part)

    def cross_entropy(self, part: Part) -> float:
        y, logits = self.outputs(part)
        p = 1 / (1 + np.exp(-logits))
        return float(log_loss(y, np.stack([1 - p, p], axis=1), labels=[0, 1]))

    def squared_error(self, part: Part) -> float:
        y, outputs = self.outputs(part)
        return float(np.mean((outputs - y) ** 2))

    @property
    def task_loss(self) -> str:
        """The library's name of the usual loss of the task."""
        return "binary_cross_entropy" if self.split.class_names else "mse"

    def examples(self, part: Part) -> Dataset:
        """The data as the network sees them."""
        data = self.split.train if part == "Training" else self.split.test
        return Dataset(expand(data.x, self.features) if self.features else data.x, data.y)

    def slope(
        self, *, loss: str | None = None, penalty: str = "none", penalty_strength: float = 0.0
    ) -> tuple[float, float, float]:
        """What is minimised, the loss in it, and the norm of the gradient of the former, on the training data."""
        of = value_and_gradient(mlp(self.sizes, self.activation), loss or self.task_loss)
        strengths = penalty_strengths(penalty, penalty_strength)
        (minimised, bare), gradient = of(self.layers, *self.examples("Training"), *strengths)
        return float(minimised), float(bare), float(np.linalg.norm(flatten(gradient)))

    def trained(self, *, loss: str | None = None, **settings: Any) -> Run:
        """The run that the library makes from here."""
        return train(
            self.layers, mlp(self.sizes, self.activation), loss or self.task_loss, self.examples("Training"),
            test=self.examples("Test"), **settings,
        )  # fmt: skip


def initial(*, seed: int = 0, scheme: str | None = None, **network: Any) -> Network:
    """A network with the weights that are drawn for it."""
    unset = Network(np.empty(0), **network)
    return unset._replace(theta=flatten(mlp_init(unset.sizes, unset.activation, key=seed, scheme=scheme)))


def loss_text(value: float) -> str:
    """A loss as the page writes it."""
    if value >= 1e6 or 0 < value < 1e-4:
        return scientific(value)
    return f"{value:.2f}" if value >= 0.01 or value == 0 else f"{value:#.4g}"


def scientific(value: float, digits: int = 2) -> str:
    """A number as a power of ten."""
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa.replace('-', '−')}·10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def score_text(value: float) -> str:
    """R² as the page writes it."""
    return f"{value:.3f}".replace("-0.000", "0.000") if value > -1000 else scientific(value)


class PlaneSurface(NamedTuple):
    """A loss surface as the page shows it.

    Attributes:
        origin: where u = v = 0, `(p,)`.
        directions: `(2, p)`.
        u: coordinates of the columns, `(side,)`.
        v: coordinates of the rows, `(side,)`.
        loss: `(side, side)`, in 32 bits.
    """

    origin: np.ndarray
    directions: np.ndarray
    u: np.ndarray
    v: np.ndarray
    loss: np.ndarray

    def theta(self, row: int, column: int) -> np.ndarray:
        """The parameters at a point of the grid."""
        return self.origin + self.u[column] * self.directions[0] + self.v[row] * self.directions[1]

    def distance(self, theta: np.ndarray) -> float:
        """How far some parameters are from the plane."""
        away = theta - self.origin
        return float(np.linalg.norm(away - (away @ self.directions.T) @ self.directions))


class NetworkPage(LessonPage):
    """One learner's page with the lesson on networks open."""

    # --- places ---

    @property
    def w(self) -> Locator:
        return self.slider("w (weight)") if self.title == NETWORK else super().w

    @property
    def b(self) -> Locator:
        return self.slider("b (bias)") if self.title == NETWORK else super().b

    @property
    def diagram(self) -> Locator:
        return self.lesson.get_by_role("region", name="Network", exact=True)

    @property
    def layers(self) -> Locator:
        """The headings of the diagram's layers."""
        return self.lesson.get_by_role("group", name="Layers", exact=True)

    @property
    def units(self) -> Locator:
        """Everything in the diagram that can be chosen: inputs, units, output."""
        return self.lesson.get_by_role("group", name="Units", exact=True).get_by_role("button")

    @property
    def inputs(self) -> Locator:
        return self.units.and_(self.lesson.get_by_role("button", name=re.compile("^Input ")))

    def unit(self, layer: int, unit: int) -> Locator:
        return self.button(f"Unit {unit} of layer {layer}")

    @property
    def well(self) -> Locator:
        """The card with confusion matrices or R²."""
        return self.lesson.get_by_role("region", name="How well it does", exact=True)

    @property
    def surface(self) -> Locator:
        return self.figure(PLANE)

    @property
    def plane(self) -> Locator:
        """The heading of the loss surface: what plane it is."""
        return self.card("Loss surface and path").get_by_role("heading")

    # --- what a person does ---

    @classmethod
    def on(cls, page: LessonPage) -> "NetworkPage":
        """Opens the lesson on a page, by its tab."""
        network = cls(page.page, page.watch)
        network.open(NETWORK)
        return network

    def stop_clock(self) -> None:
        """Lets the clock of a timed page stand still."""
        self.page.clock.pause_at(self.page.evaluate("Date.now() / 1000 + 1"))

    def wait(self) -> None:
        """Waits until the lesson can be used: its last control and its figures are there."""
        if self.title != NETWORK:
            super().wait()
            return
        expect(self.w).to_be_visible(timeout=SLOW)
        expect(self.button("Output")).to_be_visible(timeout=SLOW)
        expect(self.surface.locator("canvas").first).to_be_visible()

    def take(self, layer: int, unit: int, source: str) -> None:
        """Puts a connection and its unit on the sliders."""
        self.unit(layer, unit).click()
        self.choice("Connection from").select_option(source)

    def unfold(self, card: Literal["Data", "Model", "Loss"]) -> None:
        """Shows what a card holds folded."""
        self.card(card).locator("summary").click()

    def scrub_to(self, snapshot: int) -> None:
        """Moves the scrubber to one of a run's snapshots."""
        self.scrubber.fill(str(snapshot))

    def slowly(self) -> None:
        """Lets a run play so slowly that it does not end by itself during a test."""
        self.choice("Speed").select_option("0.25×")

    def wait_for_run(self) -> None:
        """Waits until the run that was asked for is there."""
        expect(self.button(RUN)).not_to_have_attribute("aria-busy", "true", timeout=SLOW)
        expect(self.scrubber).to_be_enabled(timeout=SLOW)

    def trained(self) -> dict[str, Any]:
        """Presses Run, goes to the end, and gives the run."""
        self.run_to_the_end()
        return self.last_run()

    def set_hidden(self, *hidden: int) -> None:
        """Makes the hidden layers so wide, by their buttons."""
        while (layers := self.hidden) != list(hidden):
            shared = min(len(layers), len(hidden))
            wrong = [at for at in range(shared) if layers[at] != hidden[at]]
            if len(layers) > len(hidden):
                name, times, layers = "Remove a layer", len(layers) - len(hidden), layers[:shared]
            elif wrong:
                at, by = wrong[0], hidden[wrong[0]] - layers[wrong[0]]
                name, times = f"{'Add a unit to' if by > 0 else 'Remove a unit from'} layer {at + 1}", abs(by)
                layers[at] += by
            else:
                name, times = "Add a layer", len(hidden) - shared
                layers += [*layers[-1:], 4][:1] * times
            self.button(name).click(click_count=times)
            expect(self.layers).to_have_text(layers_text(layers), timeout=SLOW)

    # --- what workers were asked and have answered ---

    def last_run(self) -> dict[str, Any]:
        """The last run that was asked for, as far as it is there."""
        answered = json.loads(self.page.evaluate(LAST_ASKED, "run"))
        parts = answered["parts"]
        assert [part["first"] for part in parts] == list(np.cumsum([0, *(len(part["loss"]) for part in parts[:-1])]))
        run: dict[str, Any] = {
            name: np.array([value for part in parts for value in part[key]], float)  # what is no number is null there
            for name, key in (
                ("loss", "loss"), ("test_loss", "testLoss"), ("minimised", "minimised"), ("norm", "norm"),
                ("theta", "theta"),
            )
        }  # fmt: skip
        run["steps"] = [step for part in parts for step in part["kept"]]
        return run | {key: parts[-1][key] for key in ("complete", "divergedAt")}

    def last_surface(self) -> "PlaneSurface":
        """The loss surface that is shown when nothing more is on its way."""
        self.page.wait_for_function(ALL_ANSWERED, timeout=SLOW)
        answered = json.loads(self.page.evaluate(LAST_ASKED, "surface"))
        order, [part] = answered["order"], answered["parts"]
        origin, side = np.array(order["plane"]["origin"]), order["side"]
        return PlaneSurface(
            origin, np.reshape(order["plane"]["directions"], (2, len(origin))),
            *(np.linspace(*order[end], side) for end in ("u", "v")), np.reshape(part["loss"], (side, side)),
        )  # fmt: skip

    def drawn(self, name: str) -> dict[str, list[Any]]:
        """The columns of what is drawn under a name in one of the figures."""
        return self.page.evaluate(SOURCE, name)

    def moved_to(self) -> tuple[float, float]:
        """The weight and the bias on the sliders, exactly, where the surface is over these."""
        head = self.drawn("head")
        return head["w"][0], head["b"][0]

    # --- what a person reads ---

    @property
    def hidden(self) -> list[int]:
        """Units of each hidden layer, counted in the diagram."""
        names = [name or "" for name in self.units.evaluate_all("all => all.map((e) => e.ariaLabel)")]
        layers = [int(found[1]) for name in names if (found := re.fullmatch(r"Unit \d+ of layer (\d+)", name))]
        return [layers.count(layer) for layer in range(1, max(layers, default=0) + 1)]

    def expect_numbers(self, network: Network) -> None:
        """Every number that stands on the page is that of a network, or soon will be."""
        end = time.monotonic() + SLOW / 1000
        expected = network.numbers
        while (shown := self.numbers()) != expected and time.monotonic() < end:
            self.page.wait_for_timeout(50)
        assert shown == expected

    def numbers(self) -> Numbers:
        """The numbers that stand on the page."""
        losses = re.search(r":\s*(\S+)\s+test (\S+)", self.card("Loss").inner_text())
        cells = self.well.get_by_role("cell").filter(has_text=re.compile(r"\d")).all_inner_texts()
        shares = [
            found[1] for text in self.well.get_by_role("caption").all_inner_texts() if (found := SHARE.match(text))
        ]
        return Numbers(losses.groups() if losses else (), tuple(shares), tuple(cells))

    def expect_snapshot(self, run: dict[str, Any], snapshot: int, network: Network) -> None:
        """The page shows one snapshot of a run, and nothing of another.

        Args:
            run: as `trained` gives it.
            snapshot: which of them; -1 for the last.
            network: what is trained; its parameters are taken from the run.
        """
        steps = run["steps"]
        snapshot = range(len(steps))[snapshot]
        expect(self.scrubber).to_have_value(str(snapshot))
        expect(self.lesson).to_contain_text(f"step {steps[snapshot]} / {steps[-1]}")
        shown = network._replace(theta=run["theta"][snapshot])
        self.expect_numbers(shown)
        for part, losses in zip(PARTS, (run["loss"], run["test_loss"]), strict=True):
            np.testing.assert_allclose(shown.loss(part), losses[steps[snapshot]], rtol=1e-9)

    def expect_end(self, steps: int) -> None:
        """A run of so many steps is at its end."""
        expect(self.lesson).to_contain_text(f"step {steps} / {steps}")

    def expect_weight(self, weight: float, bias: float) -> None:
        """The connection and the unit on the sliders have these values."""
        expect(self.box("w (weight)")).to_have_value(f"{weight:.2f}".replace("-0.00", "0.00"))
        expect(self.box("b (bias)")).to_have_value(f"{bias:.2f}".replace("-0.00", "0.00"))


def layers_text(hidden: Sequence[int]) -> str:
    """The headings of the diagram."""
    total = f"{len(hidden)} hidden layer{'' if len(hidden) == 1 else 's'} −+"
    return total + "".join(f"{units} −+" for units in hidden)
