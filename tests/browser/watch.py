"""What goes wrong behind a page, and what goes over its websocket."""

import json
import re
from contextlib import suppress
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import ConsoleMessage, Page, Request, Response, WebSocket

OURS = ("localhost", "127.0.0.1")


class Watch:
    """Listens to a page from before it opens.

    Attributes:
        problems: errors on the console, errors of the page, failed requests, requests to anywhere but localhost.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self.problems: list[str] = []
        self._sent: list[str | bytes] = []
        self._received: list[str | bytes] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", lambda request: self.problems.append(f"failed: {request.url} ({request.failure})"))
        page.on("response", self._response)
        page.on("websocket", self._websocket)

    def assert_no_problems(self) -> None:
        """Fails if something went wrong since it was asked last."""
        problems, self.problems = self.problems, []
        assert not problems, "\n".join(problems)

    def forgive(self, pattern: str) -> None:
        """Takes out the problems that a test has made itself; there must be one.

        Args:
            pattern: a regular expression found in each of them.
        """
        left = [problem for problem in self.problems if not re.search(pattern, problem)]
        assert left != self.problems, f"there is no problem like {pattern!r}: {self.problems}"
        self.problems = left

    # --- the websocket: Bokeh sends a message as three or more frames, the first of which names its kind ---

    def forget(self) -> None:
        """Counts from here."""
        self._sent.clear()
        self._received.clear()

    @property
    def silent(self) -> bool:
        """Whether nothing was sent or received."""
        return not self._sent and not self._received

    def stays_silent(self, milliseconds: int = 200) -> bool:
        """Whether nothing is sent or received for a while either."""
        self._page.wait_for_timeout(milliseconds)
        return self.silent

    def forget_when_quiet(self) -> None:
        """Counts from when nothing is on its way any more."""
        self.forget()
        while not self.stays_silent():
            self.forget()

    def wait_for_commits(self, count: int) -> None:
        """Waits until so many commits are sent, and a little longer for one too many."""
        for _ in range(100):
            if len(self.sent("commit")) >= count:
                break
            self._page.wait_for_timeout(50)
        self._page.wait_for_timeout(200)

    @property
    def messages_sent(self) -> int:
        """How many messages the browser has sent, of whatever kind."""
        return sum(isinstance(frame, str) and frame.startswith('{"msgid"') for frame in self._sent)

    def sent(self, kind: str) -> list[dict[str, float]]:
        """The settings in each message of ours of one kind that the browser has sent.

        Args:
            kind: "commit" or "run".
        """
        return [
            dict(_entries(data["settings"]))
            for frame in self._sent
            if isinstance(frame, str) and '"bokeh_event"' in frame
            for event in json.loads(frame)["events"]
            if "data" in (values := _entries(event["msg_data"]["values"]))
            and (data := _entries(values["data"])).get("kind") == kind
        ]

    def received(self, kind: str) -> list[dict[str, Any]]:
        """Each message of ours of one kind that has come in full, its arrays as NumPy has them.

        Args:
            kind: such as "run" or "plane".
        """
        buffers = {
            json.loads(name)["id"]: content
            for name, content in pairwise(self._received)
            if isinstance(name, str) and isinstance(content, bytes)
        }

        def value_of(value: Any) -> Any:
            if not isinstance(value, dict):
                return value
            if value["type"] != "ndarray":
                return _entries(value)
            return np.frombuffer(buffers[value["array"]["data"]["id"]], value["dtype"]).reshape(value["shape"])

        messages = []
        for frame in self._received:
            if isinstance(frame, str) and '"bokeh_event"' in frame:
                for event in json.loads(frame)["events"]:
                    message = _entries(_entries(event["msg_data"]["values"]).get("data", {}))
                    if message.get("kind") == kind:
                        with suppress(KeyError):  # its arrays are still on their way
                            messages.append({name: value_of(value) for name, value in message.items()})
        return messages

    @property
    def binary_bytes_received(self) -> int:
        """Bytes of the arrays that came."""
        return sum(len(frame) for frame in self._received if isinstance(frame, bytes))

    @property
    def text_bytes_received(self) -> int:
        """Bytes of everything else that came."""
        return sum(len(frame.encode()) for frame in self._received if isinstance(frame, str))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console error: {message.text}")

    def _request(self, request: Request) -> None:
        place = urlsplit(request.url)
        if place.scheme not in ("data", "blob") and place.hostname not in OURS:
            self.problems.append(f"request to elsewhere: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"failed: {response.url} ({response.status})")

    def _websocket(self, socket: WebSocket) -> None:
        if urlsplit(socket.url).hostname not in OURS:
            self.problems.append(f"websocket to elsewhere: {socket.url}")
        socket.on("framesent", lambda frame: self._sent.append(frame))
        socket.on("framereceived", lambda frame: self._received.append(frame))


def _entries(value: dict) -> dict:
    """A map as Bokeh writes it."""
    return dict(value.get("entries", []))
