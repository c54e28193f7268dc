"""Forty kinds of requests that nobody needs, many times over, from a few connections at once."""

import asyncio
from collections import Counter
from contextlib import suppress

from tests.wires import request, status

AT_ONCE = 20  # connections
LONGEST = 30.0  # seconds for one answer


def kinds(own: str) -> list[bytes]:
    """The requests.

    Args:
        own: where losses are compiled.
    """
    formulas = (
        "x", "((((", "1e308", "9" * 299, "__import__('os')", "<script>", "y_pred.__class__", "%00", "%ff", "mean(",
        "NaN", "-Infinity", "%ed%a0%80", "x" * 5000, "(" * 3000,
    )  # fmt: skip
    paths = (
        "/nothing", "/components/os/a/b", "/session_info", "/autoload.js", "/metadata", "/ws", "/%2e%2e/etc/passwd",
        "/own/x.0.js", "/" + "a" * 6000, "/\x7f", "/?" + "a=1&" * 1000,
    )  # fmt: skip
    broken = (
        b"\r\n\r\n", b"hello\r\n\r\n", bytes(range(256)) + b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /", b"",
        b"GET / HTTP/1.1\r\nHost: <script>\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000,
    )  # fmt: skip
    bodies = (
        ("Content-Length: -1", b""), ("Content-Length: 5", b"hello"), ("Content-Length: 99999999", b"x"),
        ("Transfer-Encoding: chunked", b"zz\r\n"), ("Transfer-Encoding: gzip", b""), ("Content-Length: 1e3", b""),
    )  # fmt: skip
    return [
        *(request(f"{own}?own_loss={text}") for text in formulas),
        *(request(path) for path in paths),
        *broken,
        *(request("/", header, method="POST", body=body) for header, body in bodies),
    ]


async def _send(port: int, sent: bytes) -> int:
    """One request on a connection of its own; the code of the answer."""
    answer = b""
    with suppress(ConnectionError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(sent)
            if b"\r\n\r\n" not in sent:
                writer.write_eof()  # or it would be waited for
            answer = await asyncio.wait_for(reader.read(1 << 16), LONGEST)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
    return status(answer)


async def abuse(port: int, own: str, count: int) -> Counter[int]:
    """Sends hostile requests.

    Args:
        port: of the server, on this machine.
        own: where losses are compiled.
        count: how many, of all kinds in turn.

    Returns:
        How often each code was answered; 0 for an end without an answer.
    """
    sent = kinds(own)
    numbers = iter(range(count))
    codes: Counter[int] = Counter()

    async def client() -> None:
        for k in numbers:
            codes[await _send(port, sent[k % len(sent)])] += 1

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return codes
