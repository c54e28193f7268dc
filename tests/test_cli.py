"""The command line, as processes: what it prints, and how it exits."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app import site
from app.cli import main
from tests.serving import ROOT, Server, environment, free_port

DECIDED = ("--frame-ancestors", "self", "--trusted-proxies", "none")


def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT, env=environment() | variables, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def exported(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, written in this process from files that are made."""
    folder = tmp_path_factory.mktemp("export") / "lessons"
    assert main(["export", str(folder)]) == 0
    return folder


def test_the_export_is_what_is_served(exported: Path):
    assert contents(exported) == {path: codings["identity"] for path, codings in site.files().items()}


def test_every_process_makes_the_same_files_and_says_what_it_does(exported: Path, tmp_path: Path):
    done = run("export", tmp_path / "site", XDG_CACHE_HOME=str(tmp_path / "cache"), PYTHONHASHSEED="1")
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "site") == contents(exported)
    doing = done.stderr.splitlines()
    assert all(line.startswith("Making ") for line in doing)
    assert "Making figures of Linear regression …" in doing
    [line] = done.stdout.splitlines()
    size = sum(map(len, contents(exported).values())) / 1e6
    assert line.startswith(f"{tmp_path / 'site'}: {len(contents(exported))} files, {size:.1f} MB")


def test_it_says_when_it_is_ready_and_where(server: Server):
    assert server.ready == f"Ready: {server.url}\n"


def test_a_server_that_finds_its_files_made_says_nothing_else_and_loads_no_jax_and_no_holoviews(server: Server):
    code = (
        "import signal, sys, threading\nfrom app import cli, server\n"
        "def serve(sockets, files, options, ready): ready()\n"
        "server.serve = serve\n"
        f"assert cli.main(['serve', '--port', '{free_port()}']) == 0\n"
        "heavy = {'jax', 'numpy', 'bokeh', 'holoviews', 'panel', 'param'} & {*sys.modules}\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Ready: ")
    assert done.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("background", [False, True])
def test_a_signal_ends_it_well(server: Server, number: signal.Signals, background: bool):
    command = [sys.executable, "-m", "app", "serve", "--port", str(free_port())]
    if background:  # as a shell's background job, or the first process of a container, starts: signals ignored
        command = ["sh", "-c", "trap '' INT TERM; exec \"$@\"", "sh", *command]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Ready: ")
    process.send_signal(number)
    said, complained = process.communicate(timeout=60)
    assert (process.returncode, said, complained) == (0, "", "")


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
    done = run("serve", "--port", str(free_port()), "--address", "203.0.113.1", *DECIDED)
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


def test_the_option_that_went_says_so(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        main(["serve", "--allow-origin", "example.org"])
    assert exit_.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "--allow-origin: the page opens no connection any more" in line
    assert "leave this option out" in line


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
        "try: main(['serve', '--port', 'x'])\nexcept SystemExit: pass\nassert 'tornado' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_export_is_brought_up_to_date(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "site"
    (folder / "lessons").mkdir(parents=True)
    (folder / "CNAME").write_text("kept")
    (folder / "lessons" / "old.json").write_text("{}")
    (tmp_path / "outside").write_text("kept")
    table = '{"lessons/old.json": "lessons/old.json", "x": "../outside", "y": "gone.js"}'
    (folder / "index.html").write_text(f'<script type="application/json" id="files">{table}</script>')
    assert main(["export", str(folder)]) == 0
    assert contents(folder) == contents(exported) | {"CNAME": b"kept"}
    assert (tmp_path / "outside").read_text() == "kept"


@pytest.mark.parametrize("page", [None, "<p>another page</p>", '<script id="files">[]</script>'])
def test_a_folder_with_other_files_is_left_alone(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], page: str | None
):
    (tmp_path / "thesis.tex").write_text("years of work")
    if page is not None:
        (tmp_path / "index.html").write_text(page)
    before = contents(tmp_path)
    assert main(["export", str(tmp_path)]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert f"{tmp_path} holds other files" in line
    assert "--force" in line
    assert contents(tmp_path) == before
    assert main(["export", str(tmp_path), "--force"]) == 0
    assert contents(tmp_path) == before | contents(exported)


def test_where_nothing_can_be_written_is_one_line(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_text("")
    assert main(["export", str(tmp_path / "file")]) == 1
    assert "file is a file" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "file" / "site")]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert f"cannot write to {tmp_path / 'file' / 'site'}" in line


def test_an_export_that_is_interrupted_does_not_pass_for_a_whole_one(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "export", tmp_path / "site"],
        cwd=ROOT, env=environment() | {"XDG_CACHE_HOME": str(tmp_path)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Making ")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not (tmp_path / "site").exists()
