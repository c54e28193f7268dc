"""The site's files are made by a process of their own: what it says, and what is left when it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.serving import ROOT, environment, free_port


def memory(process: subprocess.Popen[str]) -> float:
    """In megabytes."""
    return psutil.Process(process.pid).memory_info().rss / 1e6


def start(cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", str(free_port())],
        cwd=ROOT, env=environment() | {"XDG_CACHE_HOME": str(cache)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def test_a_server_that_had_its_files_made_is_as_small_as_one_that_found_them(tmp_path: Path):
    sizes = []
    for _ in range(2):
        process = start(tmp_path)
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Ready: ")
            sizes.append(memory(process))
        finally:
            process.terminate()
            _, said = process.communicate(timeout=60)
        assert process.returncode == 0
        assert ("Making formulas" in said) == (len(sizes) == 1)
    made, found = sizes
    assert made < found + 40
    assert made < 120


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_it_while_files_are_made_leaves_no_process_and_no_traceback(tmp_path: Path, number: signal.Signals):
    process = start(tmp_path)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Making ")
    [maker] = psutil.Process(process.pid).children()
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in said
    deadline = time.monotonic() + 30
    while maker.is_running() and maker.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not os.path.exists(tmp_path / "dl-workshop") or not [*(tmp_path / "dl-workshop").iterdir()]


def test_what_cannot_be_made_is_one_line_behind_its_reason(tmp_path: Path):
    (tmp_path / "jax.py").write_text("raise ImportError('no such processor')")
    process = subprocess.run(
        [sys.executable, "-m", "app", "export", tmp_path / "site"],
        cwd=ROOT, env=environment() | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 1
    assert process.stdout == ""
    assert "no such processor" in process.stderr
    assert process.stderr.splitlines()[-1] == "dl-workshop: the lessons could not be made, for the reason above."
    assert "CalledProcessError" not in process.stderr
    assert not (tmp_path / "site").exists()
