"""What strangers send, to a real server: it answers or hangs up, goes on, and makes few words of it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import quote

import psutil
import pytest

from dl_workshop.grammar import LONGEST
from tests.bench.clients import learners
from tests.serving import APPLICATION, Server, serving
from tests.wires import connected, counted, places, request, rest, said, status

SHORT = ("--log-level", "info", "--request-timeout", "2", "--idle-timeout", "2", "--drain-timeout", "5")
MOST_LOG = 40_000  # characters of log for everything in this file


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that tells all and waits for nobody; when all is over it is as well as before."""
    with serving(options=SHORT) as server:
        yield server
        assert status(said(server, request("/healthz"))) == status(said(server, request("/readyz"))) == 200
        log = server.log_text()
        assert "Traceback" not in log
        assert "ERROR" not in log
        assert len(log) < MOST_LOG
        assert all(line.isprintable() and len(line) < 1000 for line in log.splitlines())


@pytest.fixture(scope="module")
def own(server: Server) -> str:
    """Where losses are compiled."""
    return f"/{places(server)['formulas/linear.js']}".replace("formulas/", "own/")


MALFORMED = {
    "nothing": b"\r\n\r\n",
    "words": b"hello there\r\n\r\n",
    "binary": bytes(range(256)) * 4 + b"\r\n\r\n",
    "the beginning of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a host that is none": b"GET / HTTP/1.1\r\nHost: a/../b<script>\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
    "a zero in a header": b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
    "a long address": request(f"/{'a' * 30_000}"),
    "a large header": request("/", f"X: {'a' * 20_000}"),
    "many headers": request("/", *(f"X{k}: 1" for k in range(5000))),
    "a header of 1 MB": request("/", f"X: {'a' * 1_000_000}"),
    "a negative length": request("/", "Content-Length: -1", method="POST"),
    "a length of 4,000 digits": request("/", f"Content-Length: {'9' * 4000}", method="POST"),
    "two lengths": request("/", "Content-Length: 1", "Content-Length: 2", method="POST", body=b"ab"),
    "a length and chunks": request("/", "Content-Length: 1", "Transfer-Encoding: chunked", method="POST", body=b"0"),
    "another transfer coding": request("/", "Transfer-Encoding: gzip", method="POST"),
    "a chunk of no size": request("/", "Transfer-Encoding: chunked", method="POST", body=b"zz\r\n"),
    "a chunk of 10^15": request("/", "Transfer-Encoding: chunked", method="POST", body=b"38d7ea4c68000\r\nx"),
    "a body over the cap": request("/", f"Content-Length: {(1 << 16) + 1}", method="POST", body=b"x" * 100),
}  # fmt: skip


@pytest.mark.parametrize("kind", MALFORMED)
def test_what_is_no_request_is_answered_with_400_or_the_end(server: Server, kind: str):
    answer = said(server, MALFORMED[kind])
    assert status(answer) in (0, 400)
    assert len(answer) < 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"])
def test_nothing_can_be_sent(server: Server, method: str):
    for length in (0, 1, 1 << 16):
        answer = said(server, request("/", f"Content-Length: {length}", method=method, body=b"x" * length))
        assert status(answer) in (400, 405), method
        assert status(answer) == 400 or b"Allow: GET, HEAD\r\n" in answer
        assert b"xxx" not in answer


def test_a_compressed_body_is_never_opened(server: Server):
    bomb = b"\x1f\x8b" + b"\x00" * 60_000
    headers = (
        "Content-Encoding: gzip",
        f"Content-Length: {len(bomb)}",
        "Content-Type: multipart/form-data; boundary=x",
    )
    assert status(said(server, request("/", *headers, method="POST", body=bomb))) == 405


PANEL = [
    "/components/unittest.__main__/a/_css/b", "/session_info", "/rest/session_info", "/autoload.js?bokeh-app-path=x",
    "/metadata", "/ws", "/lessons/ws", "/static/js/bokeh.min.js", "/static/extensions/panel/panel.min.js", "/liveness",
    "/debug/pprof", "/admin", "/.env", "/.git/config", "/login", "/favicon.ico", "/robots.txt",
]  # fmt: skip


@pytest.mark.parametrize("path", PANEL)
@pytest.mark.parametrize(
    "upgrade", [(), ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==")]
)
def test_nothing_of_panel_and_bokeh_can_be_reached(server: Server, path: str, upgrade: tuple[str, ...]):
    answer = said(server, request(path, *upgrade))
    assert status(answer) == 404
    assert b"script" not in answer.lower()


@pytest.mark.parametrize(
    "query", ["theme=%ff", "bokeh-session-id=chosen", "bokeh-token=e30", "lesson[]=1&kind=[]", "%ed%a0%80", "a" * 8000]
)
def test_what_is_asked_of_the_page_changes_nothing(server: Server, query: str):
    headers = "Bokeh-Session-Id: chosen", "Cookie: a=b", "Origin: https://evil.example"
    answer = said(server, request(f"/?{query}", *headers))
    assert status(answer) == 200
    assert answer == said(server, request("/"))
    for name in (b"Set-Cookie", b"Access-Control", b"Server:"):
        assert name not in answer


def test_every_answer_says_what_may_be_done_with_it(server: Server, own: str):
    of_page, of_script, of_nothing = (
        said(server, request(path)).partition(b"\r\n\r\n")[0].decode()
        for path in ("/", f"/{places(server)['worker.js']}", "/nothing")
    )
    for head in (of_page, of_script, of_nothing):
        for line in ("X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Permissions-Policy: "):
            assert line in head
        assert "default-src 'none'" in head
    assert "frame-ancestors *" in of_page
    assert "script-src 'self' 'unsafe-eval' 'sha256-" in of_page
    assert "frame-ancestors 'none'" in of_script
    assert "unsafe" not in of_script
    assert of_nothing.count("script-src") == 0


FORMULAS = {
    "NaN": "mean(nan * y_pred)",
    "infinity": "mean(y_pred) * inf",
    "1e308": "mean((y_true - y_pred) ** 2) * 1e308 * 1e308",
    "250 digits": f"mean(y_pred) * {'9' * 250}",
    "4,000 digits": f"mean(y_pred) * {'9' * 4000}",
    "nesting of 140": f"{'(' * 140}mean(y_pred){')' * 140}",
    "nesting of 10,000": "(" * 10_000,
    "powers of powers": "mean(y_pred ** 9 ** 9 ** 9 ** 9 ** 9 ** 9)",
    "more than the cap": "mean(y_pred)" + " " * (LONGEST - 11),
    "a lone surrogate": "\udce9\udca0",
    "a script": "<script>alert(1)</script>",
    "an import": "__import__('os').system('true')",
    "an attribute": "y_pred.__class__",
    "a zero": "mean(y_pred)\x00",
    "a line": "mean(y_pred)\nimport os",
    "a comment's end": "mean(y_pred) */ alert(1) /*",
    "a string": "mean(y_pred) + '` + alert(1) + `'",
    "nothing": "",
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_whatever_is_written_as_a_formula_becomes_numbers_or_a_sentence(server: Server, own: str, kind: str):
    answer = said(server, request(f"{own}?own_loss={quote(FORMULAS[kind].encode('utf-8', 'surrogateescape'))}"))
    head, _, body = answer.partition(b"\r\n\r\n")
    if status(answer) == 200:
        assert b"Content-Type: text/javascript" in head
        assert b"alert" not in body
        assert b"import os" not in body
    elif len(FORMULAS[kind]) < 10_000:
        assert status(answer) == 400
        assert b"Content-Type: text/plain" in head
        assert b"nosniff" in head
        assert b"no-store" in head
        assert len(body) < 1000
    for word in (b"Traceback", b'File "', b"/app/"):
        assert word not in body


@pytest.mark.parametrize(
    "query",
    ["", "?own_loss", "?own_loss=&own_loss=mean(y_pred)", "?los=x", "?" + "own_loss=a&" * 1000],
)
def test_a_formula_that_is_not_there_is_a_sentence(server: Server, own: str, query: str):
    assert status(said(server, request(own + query))) == 400


def test_a_lesson_that_is_none_has_no_formulas(server: Server, own: str):
    for path in ("/own/linear.js", "/own/..%2flinear.0.js", "/own/os.0.js", own.replace("linear", "linear/../linear")):
        assert status(said(server, request(f"{path}?own_loss=mean(y_pred)"))) == 404


@pytest.mark.parametrize("begun", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n", request("/", "Content-Length: 50")])
def test_who_never_finishes_a_request_is_dropped(server: Server, begun: bytes):
    before = counted(server)
    with connected(server) as wire:
        wire.sendall(begun)
        rest(wire)
    dropped = [f'dl_workshop_errors_total{{kind="{kind}"}}' for kind in ("silent", "slow")]
    after = counted(server)
    assert sum(after.get(name, 0) for name in dropped) > sum(before.get(name, 0) for name in dropped)


def test_a_byte_at_a_time_is_too_slow(server: Server):
    with connected(server) as wire:
        wire.settimeout(0.1)
        for _ in range(200):
            wire.sendall(b"a")
            with suppress(TimeoutError):
                assert wire.recv(1) == b""
                return
    pytest.fail("it was never ended")


def test_a_connection_that_asks_for_nothing_more_is_ended(server: Server):
    with connected(server) as wire:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert rest(wire).endswith(b"ok\n")


def test_many_requests_in_one_piece_are_answered_one_after_the_other(server: Server):
    with connected(server) as wire:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 300 + request("/healthz"))
        assert rest(wire).count(b"ok\n") == 301


def test_a_class_that_comes_at_once_from_one_address_is_let_in(server: Server):
    found = places(server)
    names = (
        "main.js",
        "bokeh.js",
        "style.css",
        "lessons/linear.json",
        "figures/linear-light.json",
        "formulas/linear.js",
    )
    with learners(server.url, ["/", *(f"/{found[name]}" for name in names)], 300, at_once=True) as seconds:
        assert len(seconds) == 300


def test_what_opens_and_closes_leaves_nothing(server: Server, own: str):
    process = psutil.Process(server.process.pid)

    def abuse(rounds: int) -> None:
        for k in range(rounds):
            with connected(server) as wire:
                wire.sendall((b"", b"GET /", request("/"), request(own), *MALFORMED.values())[k % (4 + len(MALFORMED))])

    abuse(500)
    memory, descriptors, threads = process.memory_info().rss, process.num_fds(), process.num_threads()
    abuse(1000)
    for _ in range(100):
        if process.num_fds() <= descriptors:
            break
        time.sleep(0.1)
    assert process.num_fds() <= descriptors
    assert process.num_threads() <= threads
    assert process.memory_info().rss < 1.1 * memory


LIMITED = 'ulimit -n 120 && exec "$@"'


def test_at_the_limit_of_descriptors_it_goes_on(server: Server):
    with serving(options=SHORT, around=["sh", "-c", LIMITED, "sh"]) as limited, ExitStack() as stack:
        held = [stack.enter_context(connected(limited)) for _ in range(200)]
        for wire in held[-20:]:
            wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert wire.recv(1 << 16).endswith(b"ok\n")
        assert counted(limited)['dl_workshop_errors_total{kind="full"}'] >= 200 - 120
        assert sum(rest(wire) == b"" for wire in held[:100]) == 100, "who waited longest made room"
        [room] = [line for line in limited.log_text().splitlines() if "Room for" in line]
        assert "the limit of open files is 120, for all it would be 8064" in room
        assert len(limited.log_text()) < 1000


def readiness(wire: socket.socket) -> bytes:
    """What a connection that is kept is told."""
    wire.sendall(b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = wire.recv(1 << 16)
    return b"%d %b" % (status(answer), answer.partition(b"\r\n\r\n")[2])


def assert_soon(wire: socket.socket, told: bytes) -> None:
    for _ in range(200):
        if (last := readiness(wire)) == told:
            return
        time.sleep(0.05)
    pytest.fail(f"still {last!r}, not {told!r}")


READY, FULL = b"200 ready\n", b"503 full\n"


def test_it_is_not_ready_while_nobody_else_can_be_let_in():
    with serving(options=("--most-connections", "3")) as small, connected(small) as asks:
        with connected(small) as one, connected(small) as other:
            assert readiness(asks) == READY, "who asks for nothing makes room"
            for wire in (one, other):
                wire.sendall(request("/", "Content-Length: 50"))  # which does not come
            assert_soon(asks, FULL)
        assert_soon(asks, READY)


def test_it_is_not_ready_while_no_other_formula_may_wait(own: str):
    with serving(options=("--compile-waiting", "1")) as small, connected(small) as asks, ExitStack() as stack:
        assert readiness(asks) == READY
        waiting = [stack.enter_context(connected(small)) for _ in range(2)]  # one of them for the process to start
        for k, wire in enumerate(waiting):
            wire.sendall(request(f"{own}?own_loss=mean(abs(y_true-y_pred)**1.{k})"))
        assert_soon(asks, FULL)
        assert status(said(small, request(f"{own}?own_loss=mean(y_pred)"))) == 503
        assert [status(rest(wire)) for wire in waiting] == [200, 200]
        assert_soon(asks, READY)


@pytest.mark.parametrize("output", [">/dev/full", ">&-", "2>/dev/full", "2>&-", ">&- 2>&- <&-"])
def test_nobody_has_to_read_what_it_prints(output: str):
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [*APPLICATION, "--port", str(port), *SHORT]
    with subprocess.Popen(["sh", "-c", f'exec "$@" {output}', "sh", sys.executable, *command]) as process:
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("localhost", port), timeout=5).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            process.terminate()
            assert process.wait(20) == 0
        finally:
            process.kill()
