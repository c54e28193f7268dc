"""A lesson as a person has it before them: everything by its role and its name."""

import re
from typing import Any, Literal

from playwright.sync_api import Locator, Page, expect

from tests.browser.watch import Watch

LINEAR = "Linear regression"
DESCENT = "Gradient descent"
POLYNOMIAL = "Polynomial regression"
LOGISTIC = "Logistic regression"
NETWORK = "Neural network"
RUN = "Run gradient descent"
TABLE = "Table of the compared runs"
SLOPE = "w (slope)"
INTERCEPT = "b (intercept)"
STEP_SIZE = "Step size (learning rate)"
FIT = "The data and the model's curve"
SURFACE = re.compile("^The loss over two parameters")
HISTORY = re.compile("^The loss over the steps of the run")

# The columns of what is drawn under a name in a lesson's figures.
SOURCE = """(lesson, name) => {
  const figures = Bokeh.documents.find((one) => one.roots().some((root) => {
    const view = Bokeh.index.find_one(root)
    return view !== null && lesson.contains(view.el)
  }))
  const {data} = figures.get_model_by_name(name)
  const columns = data instanceof Map ? Object.fromEntries(data) : data
  return Object.fromEntries(Object.entries(columns).map(([column, values]) => [column, [...values]]))
}"""

Card = Literal["Data", "Model", "Loss", "Optimizer", "Data and fit", "Loss surface and path", "Loss over steps"]


class LessonPage:
    """One learner's page, and the lesson that is open on it.

    Attributes:
        page: the browser's page.
        watch: what goes on behind it.
        title: of the lesson.
        timed: whether the page's clock stands still unless `let_pass` moves it on.
    """

    def __init__(self, page: Page, watch: Watch) -> None:
        self.page = page
        self.watch = watch
        self.title = LINEAR
        self.timed = False

    # --- places ---

    @property
    def lesson(self) -> Locator:
        return self.page.get_by_role("tabpanel", name=self.title, exact=True)

    def card(self, name: Card) -> Locator:
        return self.lesson.get_by_role("region", name=name, exact=True)

    def slider(self, name: str) -> Locator:
        return self.lesson.get_by_role("slider", name=name, exact=True)

    def box(self, name: str) -> Locator:
        return self.lesson.get_by_role("textbox", name=f"Exact value of {name}", exact=True)

    def button(self, name: str) -> Locator:
        return self.lesson.get_by_role("button", name=name, exact=True)

    def checkbox(self, name: str) -> Locator:
        return self.lesson.get_by_role("checkbox", name=name, exact=True)

    def choice(self, name: str) -> Locator:
        return self.lesson.get_by_role("combobox", name=name, exact=True)

    def figure(self, name: str | re.Pattern[str]) -> Locator:
        return self.lesson.get_by_role("img", name=name)

    @property
    def status(self) -> Locator:
        return self.lesson.get_by_role("status")

    @property
    def scrubber(self) -> Locator:
        return self.slider("Step of the run")

    @property
    def w(self) -> Locator:
        return self.slider(SLOPE)

    @property
    def b(self) -> Locator:
        return self.slider(INTERCEPT)

    # --- what a person does ---

    def open(self, title: str) -> None:
        """Opens a lesson by its tab, and waits until it is there."""
        self.title = title
        self.page.get_by_role("tab", name=title, exact=True).click()
        self.wait()

    def wait(self) -> None:
        """Waits until the lesson can be used: its controls and its figures are there."""
        expect(self.button(RUN)).to_be_visible(timeout=30_000)
        for name in (FIT, SURFACE):
            expect(self.figure(name).locator("canvas").first).to_be_visible()

    def type(self, name: str, text: Any) -> None:
        """Types an exact value."""
        box = self.box(name)
        box.fill(str(text))
        box.press("Enter")

    def set_theta(self, w: float, b: float) -> None:
        self.type(SLOPE, w)
        self.type(INTERCEPT, b)

    def choose(self, name: str, option: str) -> None:
        """Takes an option of a selector."""
        self.choice(name).select_option(label=option)
        self.expect_choice(name, option)

    def unfold_data(self) -> None:
        """Shows the settings of the data."""
        self.card("Data").get_by_text(re.compile(r"^\d+ points")).click()
        expect(self.slider("Points")).to_be_visible()

    def run(self) -> None:
        """Presses Run, and waits until the run is there."""
        self.button(RUN).click()
        self.wait_for_run()

    def wait_for_run(self) -> None:
        """Waits until the run that was asked for is there."""
        expect(self.button(RUN)).not_to_have_attribute("aria-busy", "true")
        expect(self.scrubber).to_be_enabled()

    def wait_for_surface(self) -> None:
        """Waits until the loss surface that is wanted is there."""
        self.page.wait_for_function("() => asked.every(({ended}) => ended)")

    def run_to_the_end(self) -> None:
        """Presses Run, and goes to the last step."""
        self.run()
        self.scrubber.press("End")

    def to_the_middle(self, element: Locator) -> None:
        """Scrolls until an element is in the middle, where nothing lies over it."""
        element.evaluate("(element) => element.scrollIntoView({block: 'center', behavior: 'instant'})")

    def let_pass(self, seconds: float) -> None:
        """Moves the clock of a timed page on, as on a machine that paints ten frames a second."""
        for _ in range(round(seconds * 10)):
            self.page.clock.fast_forward(100)

    def put_back(self) -> None:
        """Puts the first lesson back as it is opened, but for its data."""
        self.open(LINEAR)
        if self.button("Pause").is_visible():
            self.scrubber.press("Home")
        for name, option in (("Optimizer", "Gradient descent"), ("Loss function", "Mean squared error")):
            self.choose(name, option)
        for name, value in ((STEP_SIZE, "0.01"), ("Steps", "500"), ("Batch size", "all")):
            self.type(name, value)
        for name, checked in (("Show residuals", True), ("as squares", False), ("log axis", True)):
            self.checkbox(name).set_checked(checked)
        if self.button("Hide best fit").is_visible():
            self.button("Hide best fit").click()
        if self.button(TABLE).is_visible():
            self.button(TABLE).click()
            self.page.get_by_role("dialog").get_by_role("button", name="Take all away").click()
        self.choice("Speed").select_option("1×")
        self.set_theta(1, 0)  # whatever run there is ends
        self.set_theta(0, 0)
        self.expect_theta(0, 0)
        self.expect_no_run()

    # --- what a person reads ---

    @property
    def steps(self) -> int:
        """How many steps the run has; 0 before there is one."""
        return int(self.scrubber.get_attribute("max") or 0) if self.scrubber.is_enabled() else 0

    @property
    def step(self) -> int:
        """The step that is shown."""
        return int(self.scrubber.input_value())

    def drawn(self, name: str) -> dict[str, list[float]]:
        """The columns of what is drawn under a name in one of the figures."""
        return self.lesson.evaluate(SOURCE, name)

    def theta(self) -> tuple[float, float]:
        """w and b, exactly, where the point is drawn on the surface; as its boxes say it where it is outside."""
        head = self.drawn("head")
        if head["w"]:
            return head["w"][0], head["b"][0]
        return float(self.box(SLOPE).input_value()), float(self.box(INTERCEPT).input_value())

    def expect_theta(self, w: float, b: float) -> None:
        """w and b, in their boxes and in the equation."""
        expect(self.box(SLOPE)).to_have_value(f"{w:.2f}")
        expect(self.box(INTERCEPT)).to_have_value(f"{b:.2f}")
        sign = "−" if f"{b:.2f}".startswith("-") else "+"
        shown_w = f"{w:.2f}".replace("-", "−")
        expect(self.card("Model")).to_contain_text(f"{shown_w}·x {sign} {abs(b):.2f}")

    def expect_choice(self, name: str, option: str) -> None:
        """The option that a selector has taken."""
        expect(self.choice(name).locator("option:checked")).to_have_text(option)

    def expect_sentence(self, text: str | re.Pattern[str]) -> None:
        """A sentence to the learner, wherever it stands."""
        expect(self.lesson.get_by_text(text).first).to_be_visible()

    def expect_no_sentence(self, text: str | re.Pattern[str]) -> None:
        """A sentence to the learner is gone."""
        expect(self.lesson.get_by_text(text).locator("visible=true")).to_have_count(0)

    def expect_loss(self, text: str) -> None:
        """The large readout, such as `MSE: 12.34`."""
        expect(self.card("Loss")).to_contain_text(text)

    def expect_step(self, step: int, steps: int) -> None:
        expect(self.lesson).to_contain_text(f"step {step} / {steps}")
        expect(self.scrubber).to_have_value(str(step))

    def expect_no_run(self) -> None:
        """The page is as before the first run."""
        expect(self.lesson).to_contain_text("no run yet")
        expect(self.scrubber).to_be_disabled()
        expect(self.button("Play")).to_be_visible()
