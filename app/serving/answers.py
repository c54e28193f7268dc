"""Responses, made before they are asked for: with all their headers, and in every content coding."""

import hashlib
import re
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import NamedTuple

from tornado.httputil import HTTPHeaders

from app.page import INDEX
from app.static import Codings

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".bin": "application/octet-stream",
}
YEAR = 365 * 24 * 3600  # seconds
FOR_EVER = f"public, max-age={YEAR}, immutable"
METHODS = "GET, HEAD"
SENTENCES = {404: "There is no such page here.", 405: "This page can only be read."}
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(
        f"{name}=()"
        for name in (
            "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone",
            "midi", "payment", "usb",
        )
    ),
}  # fmt: skip
NOTHING = "default-src 'none'; frame-ancestors 'none'"  # what is no page loads nothing, and is shown in no frame
# A script that runs as a worker lives by its own policy: it imports formulas, of which the page's says more.
SCRIPT = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"
_POLICY = re.compile(rb'http-equiv="Content-Security-Policy" content="([^"]*)"')


class Answer(NamedTuple):
    """A response.

    Attributes:
        status: its code.
        headers: all of them.
        body: what is sent, unless the head alone is asked for.
    """

    status: int
    headers: HTTPHeaders
    body: bytes


def answer(status: int, body: bytes, **headers: str) -> Answer:
    """A response.

    Args:
        status: its code.
        body: what is sent.
        headers: beyond those that all have, by name with "_" for "-".
    """
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    length = {} if status == HTTPStatus.NOT_MODIFIED else {"Content-Length": str(len(body))}
    return Answer(status, HTTPHeaders(SECURITY | {"Content-Security-Policy": NOTHING} | own | length), body)


def text(status: int, sentence: str, **headers: str) -> Answer:
    """A line of plain text, which is not kept."""
    return answer(status, sentence.encode(), Content_Type=KINDS[".txt"], Cache_Control="no-store", **headers)


def script(body: str) -> Answer:
    """A JavaScript module at an address that changes with it."""
    return answer(
        HTTPStatus.OK, body.encode(), Content_Type=KINDS[".js"], Cache_Control=FOR_EVER, Content_Security_Policy=SCRIPT
    )


def refusal(status: int) -> Answer:
    """A page of one sentence."""
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{status}</title>'
        f"<p>{SENTENCES[status]} ({status})</p></html>\n"
    )
    allow = {"Allow": METHODS} if status == HTTPStatus.METHOD_NOT_ALLOWED else {}
    return answer(status, page.encode(), Content_Type=KINDS[".html"], Cache_Control="no-store", **allow)


def elsewhere(path: str) -> Answer:
    """The answer that sends to another path of this server, for good."""
    return answer(HTTPStatus.PERMANENT_REDIRECT, b"", Location=path, Cache_Control="no-store")


def file_answers(name: str, codings: Codings, frame_ancestors: str) -> dict[str, tuple[Answer, Answer]]:
    """The responses with a file: whole, and for those who have it already; by content coding.

    Args:
        name: its path.
        codings: as `app.static.encoded` gives them.
        frame_ancestors: who may show it in a frame if it is the page, as a content security policy says it.
    """
    made = {}
    policy = _policy(name, codings["identity"], frame_ancestors)
    for coding, body in codings.items():
        headers = {
            "Content_Type": KINDS[PurePosixPath(name).suffix],
            "Content_Security_Policy": policy,
            # Every other name changes with what is in the file.
            "Cache_Control": "no-cache" if name == INDEX else FOR_EVER,
            "Vary": "Accept-Encoding",
            "Etag": f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        }
        encoded = {} if coding == "identity" else {"Content_Encoding": coding}
        whole = answer(HTTPStatus.OK, body, **headers, **encoded)
        made[coding] = whole, answer(HTTPStatus.NOT_MODIFIED, b"", **headers)
    return made


def _policy(name: str, body: bytes, frame_ancestors: str) -> str:
    """What a file may do: the page what it says itself, and be shown in frames, of which only a header can speak."""
    if name == INDEX:
        return "; ".join([*(of.decode() for of in _POLICY.findall(body)), f"frame-ancestors {frame_ancestors}"])
    return SCRIPT if name.endswith(".js") else NOTHING


def best(accepted: str, codings: Codings) -> str:
    """The smallest coding of a file that a browser takes.

    Args:
        accepted: what it says it takes.
        codings: of the file.

    Returns:
        A key of `codings`.
    """
    takes = set()
    for item in accepted.split(","):
        coding, _, quality = item.partition(";")
        if quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            takes.add(coding.strip().lower())
    there = [coding for coding in codings if coding in takes | {"identity"}]
    return min(there, key=lambda coding: len(codings[coding]))
