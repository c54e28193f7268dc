"""How a server ends, and what becomes of those who are being answered."""

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import psutil
import pytest

from tests.serving import APPLICATION, ROOT, Server, environment, free_port, serving
from tests.wires import connected, places, request, said, status

COSH = "own_loss=mean(exp(y_true-y_pred)%2Bexp(y_pred-y_true))"


def fetch_until_it_ends(server: Server, began: threading.Event) -> int:
    """Fetches the page on one connection after the other; how often, and an error if it was cut short."""
    fetched = 0
    while True:
        connection = HTTPConnection("localhost", server.port, timeout=20)
        try:
            connection.connect()
            for _ in range(20):
                connection.request("GET", "/")
                answer = connection.getresponse()
                assert answer.status == 200
                assert len(answer.read()) == int(answer.headers["Content-Length"])
                fetched += 1
                began.set()
        except ConnectionRefusedError:
            return fetched
        except ConnectionError:
            pass  # before a word of the answer
        finally:
            connection.close()


def compiling(server: Server) -> psutil.Process:
    """The process that compiles, as soon as there is one."""
    process = psutil.Process(server.process.pid)
    for _ in range(200):
        if children := process.children():
            return children[0]
        time.sleep(0.05)
    raise AssertionError("nothing compiles")


def own(server: Server) -> str:
    return f"/{places(server)['formulas/linear.js']}?{COSH}".replace("formulas/", "own/")


@pytest.mark.usefixtures("server")  # which has made the files
def test_told_to_end_it_finishes_what_is_under_way_and_exits_with_0():
    with serving(options=["--drain-timeout", "60"]) as server, ThreadPoolExecutor(5) as threads:
        began = threading.Event()
        learners = [threads.submit(fetch_until_it_ends, server, began) for _ in range(4)]
        formula = threads.submit(said, server, request(own(server)))
        child = compiling(server)
        assert began.wait(20)
        server.process.send_signal(signal.SIGTERM)
        assert status(formula.result(60)) == 200
        assert all(learner.result(60) > 0 for learner in learners)
        assert server.process.wait(60) == 0
        assert not child.is_running()
        assert server.log_text() == ""


def test_before_it_ends_it_is_not_ready_but_answers_for_a_while():
    with serving(options=["--drain-delay", "600"]) as server:
        assert said(server, request("/readyz")).endswith(b"ready\n")
        server.process.send_signal(signal.SIGTERM)
        while status(answer := said(server, request("/readyz"))) == 200:
            time.sleep(0.01)
        assert answer.endswith(b"draining\n")
        assert status(said(server, request("/healthz"))) == status(said(server, request("/"))) == 200


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_again_and_again_it_ends_no_other_way(number: signal.Signals):
    with serving() as server:
        while server.process.poll() is None:
            server.process.send_signal(number)
            time.sleep(0.0005)
        assert server.process.returncode == 0
        assert server.log_text() == ""


LOST = """
import signal, sys
from app import cli, site
files = site.files
class Finalized:
    def __del__(self): signal.raise_signal({number})
def files_and_a_signal():
    made = files()
    Finalized() # drops the exception of the signal
    return made
site.files = files_and_a_signal
sys.argv[1:] = ["serve", "--port", "{port}"]
cli.process()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_something_is_finalized_is_not_lost(server: Server, number: signal.Signals):
    code = LOST.format(number=int(number), port=free_port())
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert b"Exception ignored" in done.stderr
    assert done.returncode == 0


def test_an_end_without_a_warning_leaves_no_process_behind():
    process = subprocess.Popen(
        [sys.executable, *APPLICATION, "--port", str(free_port())],
        cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process, process.stdout:
        ready = process.stdout.readline()
        server = Server(ready.split()[1], ready, process, sys.stderr)
        with connected(server) as wire:
            wire.sendall(request(own(server)))
            child = compiling(server)
            process.kill()
        child.wait(60)
    assert not child.is_running()


APART = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")


def test_as_the_first_process_of_a_container_it_ends_when_told():
    able = subprocess.run([*APART, "true"], capture_output=True, check=False)
    if able.returncode:
        pytest.skip("no process may be the first of its own here")
    with serving(around=APART) as server:
        [first] = psutil.Process(server.process.pid).children()
        assert psutil.Process(first.pid).status() != "zombie"
        first.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
