"""What the course adds: to the first load, to a frame, and the time that a formula takes."""

from playwright.sync_api import Browser, Page

from tests.bench.browser import LOSS, opened, wait_until
from tests.bench.loading import Visit
from tests.bench.servers import Measured
from tests.bench.table import Row, latency, median_and_p95, p95, repetitions

PAUSE = 350  # milliseconds without a letter after which a formula is judged
# Milliseconds from the pause after the last letter to the sentence.
JUDGED = """async ([id, text, pause]) => {
  const exercise = document.querySelector(`.lesson:not([hidden]) [data-exercise="${id}"]`)
  const [box, verdict] = [exercise.querySelector("[data-write]"), exercise.querySelector(".verdict")]
  verdict.textContent = ""
  const all = {childList: true, characterData: true, subtree: true}
  const said = new Promise((done) => new MutationObserver(done).observe(verdict, all))
  const at = performance.now()
  box.value = text
  box.dispatchEvent(new Event("input", {bubbles: true}))
  await said
  return performance.now() - at - pause
}"""
# Milliseconds from the change of the formula to the frame after the one in which the surface is another.
REDRAWN = """async (text) => {
  const box = document.querySelector(".lesson:not([hidden]) [data-control=own_loss] textarea")
  const named = Bokeh.documents.map((document) => document.get_model_by_name("surface"))
  const source = named.find((found) => found !== null)
  const before = source.data.image[0]
  const at = performance.now()
  box.value = text
  box.dispatchEvent(new Event("change"))
  const frame = () => new Promise((next) => requestAnimationFrame(next))
  while (source.data.image[0] === before) {
    await frame()
    if (performance.now() - at > 20000) throw Error("no other surface")
  }
  await frame()
  return performance.now() - at
}"""


def course_in_first_load(seen: Visit) -> Row:
    """Bytes of the first chapter among what is fetched at once."""
    size = sum(of.received for of in seen.first if "course/" in of.path)
    return Row(
        "course in the first load", f"{size / 1000:.0f} kB", "", "60 kB", size <= 60_000,
        "the first chapter, with its headers, counted on the wire (Brotli); its script is part of main.js.",
    )  # fmt: skip


def formulas(browser: Browser, app: Measured, *, quick: bool) -> tuple[Row, Row]:
    """A formula judged, and one used as the loss."""
    count = 6 if quick else 25
    with opened(browser, app.url) as page:
        if page.get_by_role("button", name="Course").get_attribute("aria-expanded") != "true":
            page.get_by_role("button", name="Course").click()
        judged = [
            page.evaluate(JUDGED, ["write-mse", f"np.mean((y_true - y_pred) ** 2) + 0 * {k}.5 * y_true.sum()", PAUSE])
            for k in repetitions(count, least=3)
        ]
        redrawn = _redrawn(page, count)
    return (
        latency(
            "verdict on a formula", judged, 50,
            f"{len(judged)} formulas, from the end of the pause of {PAUSE} ms after the last letter to the sentence.",
        ),
        Row(
            "my loss to redrawn surface, warm", median_and_p95(redrawn), "", "700 ms", p95(redrawn) <= 700,
            f"{len(redrawn)} formulas that were never seen before, compiled by the server; from the change of the text"
            " to the end of the frame in which the surface is that of the new loss.",
        ),
    )  # fmt: skip


def _redrawn(page: Page, count: int) -> list[float]:
    before = page.locator(LOSS).first.inner_text()
    page.get_by_label("Loss function").first.select_option("own")
    wait_until(page, "() => document.querySelector('.lesson:not([hidden]) [data-control=own_loss]').offsetHeight > 0")
    assert before == page.locator(LOSS).first.inner_text()  # it begins as the mean squared error
    return [
        page.evaluate(REDRAWN, f"mean(log(1 + {k}.25 * (y_true - y_pred) ** 2))") for k in repetitions(count, least=3)
    ]
