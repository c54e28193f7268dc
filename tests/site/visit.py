"""A learner's visit, as far as these tests go: open, choose a lesson, run, see that it ends."""

import re

from playwright.sync_api import Frame, Locator, Page, expect

PATIENCE = 30_000  # milliseconds


class Visit:
    """A page, what it asks for, and what goes wrong on it.

    Attributes:
        page: the page, or the frame in it that has the lessons.
        asked: addresses of all requests.
        problems: errors, and requests that failed.
    """

    def __init__(self, page: Page) -> None:
        self.page: Page | Frame = page
        self.asked: list[str] = []
        self.problems: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: self.problems.append(f"failed: {request.url} ({request.failure})"))
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", lambda said: said.type in ("error", "warning") and self.problems.append(said.text))

    def open(self, url: str) -> None:
        """Opens the lessons."""
        assert isinstance(self.page, Page)
        self.page.goto(url)
        self.wait()

    def wait(self) -> None:
        """Waits until the chosen lesson can be used: its figures are there."""
        expect(
            self.lesson.locator("[data-figure=surface] .bk-Canvas, [data-figure=function] .bk-Canvas")
        ).to_be_visible(timeout=PATIENCE)
        expect(self.lesson.locator("[data-text=loss]")).to_have_text(re.compile(r"\d"), timeout=PATIENCE)

    @property
    def lesson(self) -> Locator:
        """The lesson that is shown."""
        return self.page.locator("main > [role=tabpanel]:visible")

    def choose(self, title: str) -> None:
        """Opens another lesson."""
        self.page.get_by_role("tab", name=title).click()
        self.wait()

    def run(self) -> None:
        """Runs, and goes to the end."""
        before = self.loss()
        self.lesson.locator("[data-action=run]").click()
        count = self.lesson.locator("[data-text=count]")
        expect(count).to_have_text(re.compile(r"^step [1-9]"), timeout=PATIENCE)
        expect(self.lesson.locator("[data-action=run]")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
        self.lesson.locator(".scrubber").press("End")
        expect(count).to_have_text(re.compile(r"^step (\d+) / \1$"), timeout=PATIENCE)
        assert self.loss() < before

    def loss(self) -> float:
        """The loss that is shown."""
        return float(self.lesson.locator("[data-text=loss]").inner_text().replace("−", "-"))

    def settle(self) -> None:
        """Waits until nothing more is fetched."""
        page = self.page if isinstance(self.page, Page) else self.page.page
        asked = -1
        while asked != len(self.asked):
            asked = len(self.asked)
            page.wait_for_timeout(2_500)

    def forgive(self, pattern: str) -> None:
        """Takes out the problems that a test has made itself; there must be one."""
        left = [problem for problem in self.problems if not re.search(pattern, problem)]
        assert left != self.problems, f"there is no problem like {pattern!r}: {self.problems}"
        self.problems = left

    def assert_well(self) -> None:
        """Fails if something went wrong."""
        assert not self.problems, "\n".join(self.problems)
