"""A lesson whose points are edited: where they are, on the screen and in numbers."""

import numpy as np
from playwright.sync_api import Locator

from dl_workshop.data import Dataset
from tests.browser.lesson_page import FIT, LessonPage

# Where a place of the figure of the fit is on the screen.
PLACE = """(lesson, [x, y]) => {
  for (const figures of Bokeh.documents) {
    for (const root of figures.roots()) {
      const view = Bokeh.index.find_one(root)
      if (root.name === "fit_figure" && view !== null && lesson.contains(view.el)) {
        const {left, top} = view.canvas_view.el.getBoundingClientRect()
        return [left + view.frame.x_scale.compute(x), top + view.frame.y_scale.compute(y)]
      }
    }
  }
}"""


class Points:
    """The points of the lesson that is open, while *Edit points* is on."""

    def __init__(self, page: LessonPage) -> None:
        self.page = page
        page.checkbox("Edit points").check()

    @property
    def figure(self) -> Locator:
        return self.page.lesson.get_by_role("application", name=FIT)

    def drawn(self) -> Dataset:
        """The points that are drawn."""
        columns = self.page.drawn("points")
        return Dataset(np.array(columns["x"]), np.array(columns["y"]))

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where x and y are on the screen."""
        across, down = self.page.lesson.evaluate(PLACE, [x, y])
        return across, down

    def drag(self, begin: tuple[float, float], end: tuple[float, float]) -> None:
        """Drags from one place of the figure to another, by mouse."""
        mouse = self.page.page.mouse
        mouse.move(*self.place(*begin))
        mouse.down()
        mouse.move(*self.place(*((a + b) / 2 for a, b in zip(begin, end, strict=True))), steps=3)
        mouse.move(*self.place(*end), steps=3)
        mouse.up()

    def click(self, x: float, y: float) -> None:
        self.page.page.mouse.click(*self.place(x, y))
