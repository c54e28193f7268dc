"""A disk that is full or read only, a home that is not there, an end in the middle: to a real server."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.static import cache_folder
from tests.serving import APPLICATION, ROOT, Server, environment, free_port, serving
from tests.wires import places, request, said, status

# In a namespace of their own nobody else sees what is mounted.
NAMESPACE = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")), "--")
FULL = 'mount -t tmpfs -o size=64k tmpfs "$0" && { head -c 1000000 /dev/zero >"$0/filled" 2>/dev/null; exec "$@"; }'
FILLS = 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@" 2>>"$0/log"'
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && mount -o remount,bind,ro "$0" && exec "$@"'
OWN = "?own_loss=mean(abs(y_true%20-%20y_pred)%20**%201.5)"


@pytest.fixture(scope="module")
def namespace() -> tuple[str, ...]:
    """What runs a command where something can be mounted; a machine that has none cannot run these tests."""
    if (
        shutil.which("unshare") is None
        or subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no mount namespaces here: the server cannot be given a full disk, nor one that is read only")
    return NAMESPACE


def nowhere_to_write(folder: Path) -> list[str]:
    """What makes a folder the one place that a program keeps files in."""
    return ["env", *(f"{name}={folder}" for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR"))]


def assert_whole(server: Server) -> None:
    """It answers, compiles what learners write, and has no more to say than that."""
    own = f"/{places(server)['formulas/linear.js']}".replace("formulas/", "own/")
    for path in ("/", "/readyz", "/metrics", f"/{places(server)['main.js']}", own + OWN):
        assert status(said(server, request(path))) == 200, path
    log = server.log_text()
    assert "Traceback" not in log
    assert len(log) < 5000


def test_a_full_disk_is_no_reason_not_to_serve(tmp_path: Path, namespace: tuple[str, ...]):
    around = [*nowhere_to_write(tmp_path), *namespace, "sh", "-c", FULL, str(tmp_path)]
    with serving(around=around) as server:
        assert_whole(server)
    assert [*tmp_path.iterdir()] == [], "it was mounted there, and nowhere else"


def fill(disk: Path, name: str) -> None:
    """Lets a file grow until nothing more has room."""
    with (disk / name).open("ab", buffering=0) as file, suppress(OSError):
        while file.write(b" " * 1000):
            pass
    assert os.statvfs(disk).f_bavail == 0


def test_a_disk_that_fills_up_while_it_serves_is_none(tmp_path: Path, namespace: tuple[str, ...]):
    cache = cache_folder()
    assert cache is not None
    here = [*nowhere_to_write(tmp_path), f"XDG_CACHE_HOME={cache.parent}"]
    around = [*here, *namespace, "sh", "-c", FILLS, str(tmp_path)]
    with serving(around=around, options=("--log-level", "info")) as server:
        disk = Path(f"/proc/{server.process.pid}/root{tmp_path}")
        assert status(said(server, b"hello\r\n\r\n")) == 400
        told = (disk / "log").read_text()
        assert told.endswith("Malformed HTTP request line\n")
        for name in ("filled", "log"):  # the latter to the end of its last page
            fill(disk, name)
        size = (disk / "log").stat().st_size
        for sent in (b"hello\r\n\r\n", request("/", "Content-Length: -1"), request("/", f"X: {'a' * 20_000}")):
            for _ in range(20):
                assert status(said(server, sent)) in (0, 400)
        assert_whole(server)
        assert (disk / "log").stat().st_size == size
        (disk / "filled").unlink()
        assert status(said(server, request("/", "Content-Length: 1", "Content-Length: 2"))) == 400
        later = (disk / "log").read_text().removeprefix(told).lstrip(" ")
        assert later.count("\n") < 10
        assert len(later) < 5000
        assert "Traceback" not in later


def test_a_read_only_disk_is_none(tmp_path: Path, namespace: tuple[str, ...]):
    kept = cache_folder()
    assert kept is not None
    # With the cache as it is: made files are read from there.
    with serving(around=[*namespace, "sh", "-c", READ_ONLY, str(tmp_path)]) as server:
        assert_whole(server)


def test_without_a_home_it_serves_too():
    with serving(around=["env", "--unset=XDG_CACHE_HOME", f"HOME={Path(__file__)}/none"]) as server:
        assert_whole(server)


def test_nobody_has_to_read_what_it_prints_while_it_makes_its_files(tmp_path: Path):
    with serving(around=["env", f"XDG_CACHE_HOME={tmp_path}", "sh", "-c", 'exec "$@" 2>/dev/full', "sh"]) as server:
        assert_whole(server)


def test_what_is_killed_while_it_makes_its_files_leaves_none_that_are_taken_for_whole(tmp_path: Path):
    cache = ["env", f"XDG_CACHE_HOME={tmp_path}"]
    command = [*cache, sys.executable, *APPLICATION, "--port", str(free_port())]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, start_new_session=True
    ) as begun:
        try:
            time.sleep(4)  # it is under way
            assert begun.poll() is None
        finally:
            os.killpg(begun.pid, signal.SIGKILL)
    assert not [*tmp_path.rglob("site-*.zip")]
    with serving(around=cache) as server:
        assert_whole(server)
    assert len([*tmp_path.rglob("site-*.zip")]) == 1
