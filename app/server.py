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
from typing import Any, NamedTuple

import panel as pn
from tornado.web import HTTPError, RequestHandler

from app import drawing, formulas, theme
from app.engine import POOL, warm_up
from app.lessons import LESSONS
from app.page import TITLE, build

log = logging.getLogger("dl_workshop")

# HoloViews draws in one thread at a time, and never in the server's own. Networks are lowered beside it: a new one
# keeps no page waiting.
DRAWING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawing")
LOWERING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lowering")

ENGINE = Path(__file__).parent / "engine"
MODULES = frozenset(f"engine/{file.name}" for file in ENGINE.iterdir() if file.suffix in (".js", ".css"))
KINDS = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
MOST_NETWORKS = 512  # lowered formulas that are kept


class Response(NamedTuple):
    """A static response: its gzipped body, its content type and its tag."""

    body: bytes
    kind: str
    tag: str


MADE: dict[str, Response] = {}  # by path; never more than there are in `PATHS`


def _drawn(path: str) -> Response:
    """A file of the engine, the formulas, or a lesson; made once."""
    if path not in MADE:
        MADE[path] = _response(path, _text(path))
    return MADE[path]


def _text(path: str) -> str:
    folder, _, name = path.partition("/")
    if path == "engine/formulas.js":
        return formulas.module()
    if folder == "engine":
        return (ENGINE / name).read_text(encoding="utf-8")
    key, _, theme_name = name.removesuffix(".json").partition("-")
    return drawing.figures_json(key, theme_name) if theme_name else drawing.lesson_json(key)


@lru_cache(maxsize=MOST_NETWORKS)
def _lowered(path: str) -> Response:
    """The formula of one network.

    Raises:
        HTTPError: where there is no such architecture.
    """
    text = formulas.network_module(path)
    if text is None:
        raise HTTPError(404)
    return _response(path, text)


def _response(path: str, text: str) -> Response:
    body = text.encode()
    tag = hashlib.sha256(body).hexdigest()[:20]
    return Response(gzip.compress(body, 6), f"{KINDS[Path(path).suffix]}; charset=utf-8", f'"{tag}"')


def _drawings(themes: Sequence[str]) -> list[str]:
    """Paths of the lessons drawn in these themes."""
    return [f"lessons/{key}-{name}.json" for key in LESSONS for name in themes]


# All that is the same for every learner, but for networks.
PATHS = frozenset({
    *MODULES, "engine/formulas.js", *(f"lessons/{key}.json" for key in LESSONS), *_drawings(theme.THEMES),
})  # fmt: skip


class Static(RequestHandler):
    """What is made once per process and is the same for every learner."""

    async def get(self, path: str) -> None:
        """Answers with the compressed file, or 304 where the browser has it already."""
        body, kind, tag = await self._made(path)
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

    async def _made(self, path: str) -> Response:
        if path in MADE:
            return MADE[path]  # waits for nobody
        if path not in PATHS and not path.startswith("network/"):
            raise HTTPError(404)
        make, pool = (_drawn, DRAWING) if path in PATHS else (_lowered, LOWERING)
        return await asyncio.get_running_loop().run_in_executor(pool, make, path)


class Health(RequestHandler):
    """Says that the process answers, without making a session."""

    def get(self) -> None:
        """Answers 200."""
        self.write("ok\n")


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
    warming = POOL.submit(warm_up)  # the compiler works beside the drawing
    later = _drawings(theme.THEMES[1:])
    for path in sorted(PATHS.difference(later)):
        _drawn(path)
    warming.result()
    gc.collect()
    gc.freeze()  # what is there now stays: Panel's collections after sessions need not look at it
    ready()
    for path in later:
        DRAWING.submit(_drawn, path)
    server.start()
    server.io_loop.start()
