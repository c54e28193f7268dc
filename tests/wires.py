"""Bytes, as they go to a server and come from it."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.serving import Server

PATIENCE = 20.0  # seconds


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    """A connection to a server."""
    with socket.create_connection(("localhost", server.port), timeout=PATIENCE) as wire:
        yield wire


def rest(wire: socket.socket) -> bytes:
    """All that still comes, until the server ends the connection; an error if it does not."""
    said = b""
    with suppress(ConnectionError):
        while more := wire.recv(1 << 16):
            said += more
    return said


def said(server: Server, sent: bytes, *, ended: bool = False) -> bytes:
    """What a server says to these bytes until it ends the connection.

    Args:
        server: to ask.
        sent: a request.
        ended: whether nothing more can come from us, and the server is told so.
    """
    with connected(server) as wire:
        with suppress(ConnectionError):  # it may have heard enough before the end
            wire.sendall(sent)
            if ended:
                wire.shutdown(socket.SHUT_WR)
        return rest(wire)


def request(path: str, *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    """A request after which the connection is to end."""
    lines = (f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", "")
    return "\r\n".join(lines).encode("latin-1", "surrogateescape") + body


def status(answer: bytes) -> int:
    """The code of an answer; 0 if there is none."""
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return int(found[1]) if found else 0


def places(server: Server) -> dict[str, str]:
    """Where each file is, by name, as the page says."""
    page = said(server, request("/")).decode()
    [table] = re.findall(r'id="files">(.*?)</script>', page)
    return json.loads(table)


def counted(server: Server) -> dict[str, float]:
    """The server's metrics."""
    _, _, text = said(server, request("/metrics")).decode().partition("\r\n\r\n")
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}
