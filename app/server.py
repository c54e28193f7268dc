"""The server: one page, the static files it needs, a health check. All it says comes from here."""

import gzip
import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import panel as pn
from tornado.web import HTTPError, RequestHandler

from app import drawing, formulas, theme
from app.engine import warm_up
from app.lessons import LESSONS
from app.page import build

log = logging.getLogger("dl_workshop")

ENGINE = Path(__file__).parent / "engine"


@cache
def _compressed(path: str) -> tuple[bytes, str, str] | None:
    """A cached response: the gzipped body, its type and its tag; None where there is no such path."""
    sources: dict[str, tuple[Callable[[], str], str]] = {
        "engine/formulas.js": (formulas.module, "text/javascript"),
    }
    for file in ENGINE.iterdir():
        kind = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}.get(file.suffix)
        if kind:
            sources[f"engine/{file.name}"] = (file.read_text, kind)
    for key in LESSONS:
        sources[f"lessons/{key}.json"] = (lambda key=key: drawing.lesson_json(key), "application/json")
        for name in theme.THEMES:
            sources[f"lessons/{key}-{name}.json"] = (
                lambda key=key, name=name: drawing.figures_json(key, name),
                "application/json",
            )
    if path not in sources:
        return None
    make, kind = sources[path]
    body = make().encode()
    return gzip.compress(body, 6), f"{kind}; charset=utf-8", f'"{hashlib.sha256(body).hexdigest()[:20]}"'


class Static(RequestHandler):
    """What is made once per process and is the same for every learner."""

    def get(self, path: str) -> None:
        """Answers with the compressed file, or 304 where the browser has it already."""
        found = _compressed(path)
        if found is None:
            raise HTTPError(404)
        body, kind, tag = found
        self.set_header("Content-Type", kind)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("ETag", tag)
        self.set_header("Vary", "Accept-Encoding")
        if self.check_etag_header():
            self.set_status(304)
        elif "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.write(body)
        else:
            self.write(gzip.decompress(body))


class Health(RequestHandler):
    """Says that the process answers, without making a session."""

    def get(self) -> None:
        """Answers 200."""
        self.write("ok\n")


def prepare() -> None:
    """Draws every lesson and compiles what the first click needs."""
    formulas.module()
    for key in LESSONS:
        _compressed(f"lessons/{key}.json")
        for name in theme.THEMES:
            _compressed(f"lessons/{key}-{name}.json")
    _compressed("engine/formulas.js")
    warm_up()


def serve(port: int, address: str, ready: Callable[[], Any]) -> None:
    """Serves until interrupted.

    Args:
        port: to listen on.
        address: to listen on.
        ready: called once the port is open and everything is compiled.

    Raises:
        OSError: if the port cannot be had.
    """
    server = pn.serve(
        {"/": build},
        port=port,
        address=address,
        show=False,
        start=False,
        verbose=False,
        websocket_origin="*",
        title="Neural networks from scratch",
        extra_patterns=[(r"/((?:engine|lessons)/.*)", Static), (r"/healthz", Health)],
    )
    prepare()
    ready()
    server.start()
    server.io_loop.start()
