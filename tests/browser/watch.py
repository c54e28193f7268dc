"""What goes wrong behind a page, what it asks the server for, and what it says to its workers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import ConsoleMessage, Page, Request, Response

OURS = ("localhost", "127.0.0.1")
PATIENCE = 120  # seconds until everything is fetched on a busy machine

# Keeps what workers are asked and what they answer; holds back answers on request.
RECORD = """
window.asked = []
window.held = []
window.most = Infinity // steps of a run after which no more get through
window.Worker = class extends Worker {
  constructor(...place) {
    super(...place)
    this.orders = new Map()
    this.addEventListener("message", ({data: {id, part, done, error}}) => {
      const entry = this.orders.get(id)
      if (part !== undefined) entry.parts.push(part)
      entry.ended ||= done || error !== undefined
    })
  }

  set onmessage(listener) {
    super.onmessage = (event) => {
      const entry = this.orders.get(event.data.id)
      const through = entry.parts.slice(0, -1).reduce((sum, {loss}) => sum + loss.length, 0)
      if (entry.kind === "run" && through > most) {
        held.push(() => listener(event))
      } else {
        listener(event)
      }
    }
  }

  postMessage({id, kind, order, ...more}) {
    if (kind === "cancel") {
      const entry = this.orders.get(id) // none where another worker had it, and broke
      if (entry) entry.ended = true
    } else if (kind !== "read") {
      const entry = {kind, order, parts: [], ended: false}
      this.orders.set(id, entry)
      asked.push(entry)
    }
    super.postMessage({id, kind, order, ...more})
  }
}
"""
# All orders of a kind, as text; what is no finite number is null there.
ASKED = """kind => JSON.stringify(
  asked.filter((entry) => entry.kind === kind),
  (_, value) => ArrayBuffer.isView(value) ? [...value] : value,
)"""
# Addresses of all files that may ever be wanted.
AHEAD = """() => {
  const places = Object.entries(JSON.parse(document.getElementById("files").textContent))
  const ahead = places.filter(([name]) => /^((lessons|figures|formulas|data|course|code|cards)\\/|later)/.test(name))
  return ahead.map(([, place]) => new URL(place, document.baseURI).href)
}"""
ALL_ANSWERED = "() => asked.every(({ended}) => ended)"


class WorkerRun(NamedTuple):
    """A run as a worker has made it, its parts put together.

    Attributes:
        order: what the run was to be.
        steps: those that were kept.
        theta: at these, `(k, p)`.
        loss: of every step.
        norm: of the gradient at every step.
        complete: whether all of it has come.
        diverged_at: the first step that is not there because it diverged.
    """

    order: dict[str, Any]
    steps: list[int]
    theta: np.ndarray
    loss: np.ndarray
    norm: np.ndarray
    complete: bool
    diverged_at: int | None


class Watch:
    """Listens to a page from before it opens.

    Attributes:
        problems: errors on the console, errors of the page, failed requests, requests to anywhere but localhost;
            once `fetch_ahead` has been called any request that the browser cannot answer itself.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self.problems: list[str] = []
        self._all_is_there = False
        self._fetched: set[str] = set()
        self._late: list[Request] = []
        page.add_init_script(RECORD)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("request", self._request)
        page.on("requestfinished", lambda request: self._fetched.add(request.url))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        page.on("websocket", lambda socket: self.problems.append(f"a websocket: {socket.url}"))

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left takes with it what it was fetching
            self.problems.append(f"failed: {request.url} ({request.failure})")

    def assert_no_problems(self) -> None:
        """Fails if something went wrong since it was asked last."""
        self.look_at_requests()
        problems, self.problems = self.problems, []
        assert not problems, "\n".join(problems)

    def forgive(self, pattern: str) -> None:
        """Takes out the problems that a test has made itself; there must be one.

        Args:
            pattern: a regular expression found in each of them.
        """
        self.look_at_requests()
        left = [problem for problem in self.problems if not re.search(pattern, problem)]
        assert left != self.problems, f"there is no problem like {pattern!r}: {self.problems}"
        self.problems = left

    # --- requests ---

    def fetch_ahead(self) -> None:
        """Waits until everything is there that may ever be wanted: from here on a request is a problem."""
        wanted = set(self._page.evaluate(AHEAD))
        for _ in range(PATIENCE * 10):
            if wanted <= self._fetched and self._page.evaluate(ALL_ANSWERED):
                break
            self._page.wait_for_timeout(100)
        else:
            raise AssertionError(f"never fetched: {wanted - self._fetched}, or a worker does not answer")
        self._all_is_there = True

    @contextmanager
    def reopening(self) -> Iterator[None]:
        """Opens the page again in this block, which may ask for files."""
        self._all_is_there = False
        self._fetched.clear()
        yield
        self.fetch_ahead()

    def look_at_requests(self) -> None:
        """Makes those problems for which something came over the wire."""
        late, self._late = self._late, []
        for request in late:
            response = request.response()  # None where it has failed, which is a problem already
            if response is not None:
                response.finished()
                sizes = request.sizes()
                if sizes["responseBodySize"] + sizes["responseHeadersSize"] > 0:
                    self.problems.append(f"request: {request.url}")

    # --- workers ---

    def asked(self, kind: str) -> list[dict[str, Any]]:
        """What workers were asked of one kind, each with its `order` and the `parts` of its answer so far.

        Args:
            kind: "run", "surface" or "best fit".
        """
        return json.loads(self._page.evaluate(ASKED, kind))

    def wait_until_held(self) -> None:
        """Waits until all that gets through of a run that is held has done so."""
        self._page.wait_for_function("() => held.length > 0")

    @contextmanager
    def holding_runs_after(self, steps: int) -> Iterator[None]:
        """In this block little more than so many steps of a run get through to the page; the others do afterwards."""
        self._page.evaluate("steps => void (most = steps)", steps)
        yield
        self._page.evaluate("() => { most = Infinity; held.splice(0).forEach((deliver) => deliver()) }")

    def runs(self) -> list[WorkerRun]:
        """All runs that were asked for, as far as they have come."""
        return [_merged(entry["order"], entry["parts"]) for entry in self.asked("run")]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console error: {message.text}")

    def _request(self, request: Request) -> None:
        place = urlsplit(request.url)
        if place.scheme in ("data", "blob"):
            return
        if place.hostname not in OURS:
            self.problems.append(f"request to elsewhere: {request.url}")
        elif self._all_is_there:
            self._late.append(request)

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"failed: {response.url} ({response.status})")


def _merged(order: dict[str, Any], parts: list[dict[str, Any]]) -> WorkerRun:
    """A run from its parts, which follow one another without a gap."""
    ends = np.cumsum([0, *(len(part["loss"]) for part in parts)])
    assert [part["first"] for part in parts] == list(ends[:-1])
    loss, norm, theta = (
        np.array([value for part in parts for value in part[name]], float) for name in ("loss", "norm", "theta")
    )
    steps = [step for part in parts for step in part["kept"]]
    last: dict[str, Any] = parts[-1] if parts else {"complete": False, "divergedAt": None}
    return WorkerRun(order, steps, theta, loss, norm, last["complete"], last["divergedAt"])
