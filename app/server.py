"""The server: one page, the static files it needs, a health check. All it says comes from here."""

import asyncio
import gc
import gzip
import hashlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import panel as pn
from tornado.web import HTTPError, RequestHandler

from app import drawing, formulas, theme
from app.engine import POOL, warm_up
from app.lessons import LESSONS
from app.page import TITLE, build

log = logging.getLogger("dl_workshop")

# HoloViews draws in one thread at a time, and never in the server's own.
DRAWING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawing")

ENGINE = Path(__file__).parent / "engine"


KINDS = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}


@lru_cache(maxsize=512)
def _compressed(path: str) -> tuple[bytes, str, str] | None:
    """A cached response: the gzipped body, its type and its tag; None where there is no such path."""
    text = _text(path)
    if text is None:
        return None
    body = text.encode()
    kind = KINDS[Path(path).suffix]
    return gzip.compress(body, 6), f"{kind}; charset=utf-8", f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def _text(path: str) -> str | None:
    folder, _, name = path.partition("/")
    if path == "engine/formulas.js":
        return formulas.module()
    if folder == "engine" and name in {file.name for file in ENGINE.iterdir() if file.suffix in KINDS}:
        return (ENGINE / name).read_text(encoding="utf-8")
    if folder == "network":
        return formulas.network_module(path)
    for key in LESSONS:
        if path == f"lessons/{key}.json":
            return drawing.lesson_json(key)
        for theme_name in theme.THEMES:
            if path == f"lessons/{key}-{theme_name}.json":
                return drawing.figures_json(key, theme_name)
    return None


class Static(RequestHandler):
    """What is made once per process and is the same for every learner."""

    async def get(self, path: str) -> None:
        """Answers with the compressed file, or 304 where the browser has it already."""
        found = await asyncio.get_running_loop().run_in_executor(DRAWING, _compressed, path)
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


def prepare(themes: Sequence[str]) -> None:
    """Draws every lesson in these themes.

    Args:
        themes: of `theme.THEMES`.
    """
    _compressed("engine/formulas.js")
    for key in LESSONS:
        _compressed(f"lessons/{key}.json")
        for name in themes:
            _compressed(f"lessons/{key}-{name}.json")


def serve(port: int, address: str, origins: Sequence[str], ready: Callable[[], Any]) -> None:
    """Serves until interrupted.

    Args:
        port: to listen on.
        address: to listen on.
        origins: hosts (and ports) that the page may be opened at; none for any.
        ready: called once the port is open and everything that the first page and the first click need is made.

    Raises:
        OSError: if the port cannot be had.
    """
    logging.getLogger("bokeh.server.util").setLevel(logging.ERROR)  # warns that any origin may connect, which is meant
    server = pn.serve(
        {"/": build},
        port=port,
        address=address,
        show=False,
        start=False,
        verbose=False,
        websocket_origin=list(origins) or "*",
        title=TITLE,
        extra_patterns=[(r"/((?:engine|lessons|network)/.*)", Static), (r"/healthz", Health)],
    )
    light, *others = theme.THEMES
    warming = POOL.submit(warm_up)  # the compiler works beside the drawing
    prepare([light])
    warming.result()
    gc.collect()
    gc.freeze()  # what is there now stays: Panel's collections after sessions need not look at it
    ready()
    DRAWING.submit(prepare, others)
    server.start()
    server.io_loop.start()
