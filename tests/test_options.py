"""What `dl-workshop serve` can be told, and what it refuses to start without."""

import argparse
import ipaddress
from dataclasses import fields

import pytest

from app.cli import main
from app.serving.options import Options, add_options, given, variable


def told(*arguments: str, **environment: str) -> Options:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return given(parser.parse_args(arguments), environment)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("port", "8080", 8080), ("address", "0.0.0.0", "0.0.0.0"), ("frame_ancestors", "none", "'self'"),
        ("frame_ancestors", "self, https://course.example.org https://*.example.org:8443",
         "'self' https://course.example.org https://*.example.org:8443"),
        ("frame_ancestors", "*", "*"), ("trusted_proxies", "none", ()),
        ("trusted_proxies", "10.0.0.0/8 ::1", (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1"))),
        ("prefix", "workshop/", "/workshop"), ("prefix", "/", ""), ("prefix", "/a/b-c", "/a/b-c"),
        ("log_level", "INFO", "info"), ("idle_timeout", "5", 5),
    ],
)  # fmt: skip
def test_an_option_can_be_given_on_the_command_line_and_in_the_environment(name: str, text: str, value: object):
    flag = f"--{name.replace('_', '-')}"
    assert getattr(told(flag, text), name) == value
    assert getattr(told(**{variable(name): text}), name) == value
    assert told(flag, text, **{variable(name): "nonsense;"}) == told(flag, text), "the command line goes first"


@pytest.mark.parametrize("name", ["production", "log_json"])
def test_a_switch_is_given_by_name_or_by_a_yes_in_the_environment(name: str):
    assert getattr(told(f"--{name.replace('_', '-')}"), name) is True
    assert getattr(told(**{variable(name): "1"}), name) is True
    assert getattr(told(**{variable(name): "no"}), name) is False


def test_an_empty_variable_says_nothing():
    assert told(**{variable(of.name): "" for of in fields(Options)}) == Options()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "0"), ("port", "²"), ("frame_ancestors", "'self'; script-src *"), ("frame_ancestors", ","),
        ("frame_ancestors", "none https://a.example"), ("trusted_proxies", "everybody"), ("trusted_proxies", " "),
        ("prefix", "/../etc"), ("prefix", "/a b"), ("most_connections", "-1"), ("compile_memory", "lots"),
        ("log_level", "loud"), ("drain_timeout", "1e9"), ("idle_timeout", "9" * 5000), ("log_json", "perhaps"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_name_of_where_it_stands(name: str, text: str, capsys, monkeypatch):
    monkeypatch.setattr("app.server.serve", pytest.fail)
    if name != "log_json":
        with pytest.raises(SystemExit) as exit_:
            main(["serve", f"--{name.replace('_', '-')}", text])
        assert exit_.value.code == 2
        [line] = capsys.readouterr().err.splitlines()
        assert f"--{name.replace('_', '-')}" in line
    monkeypatch.setenv(variable(name), text)
    assert main(["serve"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"dl-workshop: {variable(name)}: ")
    assert "give" in line


@pytest.mark.parametrize("arguments", [["--production"], ["--address", "0.0.0.0"], ["--address", "::"]])
def test_where_strangers_can_come_what_is_not_decided_is_a_refusal_that_says_what_to_set(arguments, capsys):
    assert main(["serve", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    for word in ("--frame-ancestors", "--trusted-proxies", "DL_WORKSHOP_FRAME_ANCESTORS", "deploy/README.md"):
        assert word in line
    assert main(["serve", *arguments, "--frame-ancestors", "self"]) == 2
    assert "--frame-ancestors (" not in capsys.readouterr().err


def test_what_is_decided_is_enough_and_on_loopback_nothing_has_to_be():
    assert told("--production", "--frame-ancestors", "none", "--trusted-proxies", "none").undecided() == []
    for address in ("localhost", "127.0.0.1", "127.1.2.3", "::1"):
        assert told("--address", address).undecided() == []
    assert told("--address", "127.example.org").undecided(), "a name that only begins like one of ours"


def test_the_help_names_each_option_its_variable_and_its_default(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    said = capsys.readouterr().out
    for of in fields(Options):
        assert f"--{of.name.replace('_', '-')}" in said
        assert variable(of.name) in said
        if of.default:
            assert str(of.default) in said
