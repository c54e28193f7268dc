"""The command line, as processes: what it prints, and how it exits."""

import socket
import subprocess
import sys

import pytest

from app.cli import main
from tests.serving import ROOT, Server, environment, free_port


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_it_says_when_it_is_ready_and_where(server: Server):
    assert server.ready == f"Ready: {server.url}\n"


def test_it_says_nothing_else_when_it_starts(server: Server):
    assert not [line for line in server.log_text().splitlines() if "bokeh.server.util" in line]


def test_a_port_that_is_taken_is_one_line_and_a_non_zero_exit():
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert f"cannot listen on localhost:{port}" in line
    assert "--port" in line


def test_an_address_that_this_machine_does_not_have_is_one_line_and_a_non_zero_exit():
    done = run("serve", "--port", str(free_port()), "--address", "203.0.113.1")
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "cannot listen on 203.0.113.1" in line


@pytest.mark.parametrize("port", ["0", "-1", "65536", "abc", "", "50.5"])
def test_a_bad_port_is_named_and_exits_with_2(port: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        main(["serve", f"--port={port}"])
    assert exit_.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    [line] = said.err.splitlines()
    assert f"{port!r} is not a port: give a whole number from 1 to 65535" in line


@pytest.mark.parametrize("arguments", [["serve", "--colour", "red"], ["swerve"], []])
def test_bad_options_exit_with_2_and_say_which(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert (arguments or ["command"])[-1].removeprefix("red") in line
    assert "--help" in line


def test_help_names_the_command_and_its_options(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        main(["serve", "--help"])
    assert exit_.value.code == 0
    assert "--port" in (said := capsys.readouterr().out)
    assert "--address" in said
    assert "5006" in said


def test_a_bad_option_does_not_wait_for_the_application_to_load():
    code = (
        "import sys\nfrom app.cli import main\n"
        "try: main(['serve', '--port', 'x'])\nexcept SystemExit: pass\nassert 'panel' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
