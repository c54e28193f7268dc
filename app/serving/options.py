"""The options of `dl-workshop serve`: one table, for the command line, the environment and the help."""

import argparse
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LEVELS = ("debug", "info", "warning", "error")
NONE = "none"
_ORIGIN = re.compile(r"(https?://)?(\*\.)?[A-Za-z0-9.-]+(:\d+|:\*)?|https?:")


def _option(default: Any, read: Callable[[str], Any], help: str) -> Any:
    return field(default=default, metadata={"read": read, "help": help})


def _number(least: int, most: int, kind: str = "a whole number") -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,12}", text, re.ASCII) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not {kind}: give a whole number from {least} to {most}")
        return int(text)

    return read


def _ancestors(text: str) -> str:
    """Who may show the page in a frame, as a content security policy says it: itself does (`browser/pair.js`)."""
    words = text.replace(",", " ").split()
    if words in (["*"], [NONE], ["self"]):
        return {"*": "*", NONE: "'self'", "self": "'self'"}[words[0]]
    if not words or not all(word == "self" or (word != NONE and _ORIGIN.fullmatch(word)) for word in words):
        raise argparse.ArgumentTypeError(
            f"{text!r} says nobody: give self, none, * or origins such as https://course.example.org, with spaces"
            " between"
        )
    return " ".join(["'self'", *(word for word in words if word != "self")])


def _proxies(text: str) -> tuple[Network, ...]:
    words = text.replace(",", " ").split()
    try:
        return () if words == [NONE] else tuple(ipaddress.ip_network(word) for word in words or [""])
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a list of proxies: give none, or addresses and networks such as 10.0.0.0/8, with spaces"
            " between"
        ) from None


def _prefix(text: str) -> str:
    prefix = "/" + text.strip("/") if text.strip("/") else ""
    if not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", prefix):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path: give one such as /workshop")
    return prefix


def _level(text: str) -> str:
    if text.lower() not in LEVELS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a level: give {', '.join(LEVELS)}")
    return text.lower()


def _switch(text: str) -> bool:
    if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off", ""):
        raise argparse.ArgumentTypeError(f"{text!r} is neither yes nor no: give 1 or 0")
    return text.lower() in ("1", "true", "yes", "on")


@dataclass(frozen=True)
class Options:
    """What the server is told, each by `--name` or by the variable `DL_WORKSHOP_NAME`.

    Times are in seconds. What is None has not been decided: see `undecided`.
    """

    port: int = _option(5006, _number(1, 65535, "a port"), "port to listen on")
    address: str = _option("localhost", str, "address to listen on")
    production: bool = _option(False, _switch, "as on an address that is not loopback: what has to be decided, is")
    frame_ancestors: str | None = _option(
        None, _ancestors, "other pages that may show this one in a frame: self, none, * or origins; locally *"
    )
    trusted_proxies: tuple[Network, ...] | None = _option(
        None, _proxies, "proxies whose X-Forwarded-For is believed: none, or addresses and networks; locally none"
    )
    prefix: str = _option("", _prefix, "path that all addresses begin with, where a proxy leaves it in: /workshop")
    most_connections: int = _option(
        8000, _number(1, 1_000_000), "connections at once; those that ask for nothing make room"
    )
    request_timeout: int = _option(20, _number(1, 3600), "seconds in which a new connection sends a request, all of it")
    idle_timeout: int = _option(10, _number(1, 3600), "seconds after which a connection that asks for nothing ends")
    compile_waiting: int = _option(120, _number(1, 10_000), "formulas that may wait to be compiled")
    compile_waiting_address: int = _option(60, _number(1, 10_000), "... of one address: a class may share one")
    compile_timeout: int = _option(10, _number(1, 600), "seconds for one formula")
    compile_budget: int = _option(60, _number(1, 60), "seconds of compiling in a minute")
    compile_budget_address: int = _option(40, _number(1, 60), "... for one address")
    compile_memory: int = _option(
        600, _number(300, 100_000), "megabytes that the compiling process may have, before it is replaced"
    )
    drain_delay: int = _option(0, _number(0, 3600), "seconds after SIGTERM in which everything is still answered")
    drain_timeout: int = _option(8, _number(0, 3600), "... and then for the answers that are under way")
    log_level: str = _option("warning", _level, f"what is logged: {', '.join(LEVELS)}")
    log_json: bool = _option(False, _switch, "log lines as JSON")

    def undecided(self) -> list[str]:
        """The options that have to be given, as they would be, where strangers can come; empty if all are."""
        if not self.production and _loopback(self.address):
            return []
        names = {"frame_ancestors": "self", "trusted_proxies": NONE}
        return [f"{_flag(name)} (such as {value})" for name, value in names.items() if getattr(self, name) is None]


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def variable(name: str) -> str:
    """The environment variable of an option."""
    return f"DL_WORKSHOP_{name.upper()}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds all of them to a command."""
    for of in fields(Options):
        default = "" if of.default in (None, "", False) else f"default: {of.default}; "
        said = f"{of.metadata['help']} ({default}{variable(of.name)})"
        if of.metadata["read"] is _switch:
            parser.add_argument(_flag(of.name), action="store_const", const=True, help=said)
        else:
            parser.add_argument(
                _flag(of.name), type=of.metadata["read"], metavar=of.name.rpartition("_")[2].upper(), help=said
            )


def given(command_line: argparse.Namespace, environment: Mapping[str, str]) -> Options:
    """What was said: on the command line, else in the environment, else nothing.

    Raises:
        ValueError: with a sentence, for a variable that cannot be read.
    """
    values = {}
    for of in fields(Options):
        value, name = getattr(command_line, of.name), variable(of.name)
        if value is None and environment.get(name):
            try:
                value = of.metadata["read"](environment[name])
            except argparse.ArgumentTypeError as error:
                raise ValueError(f"{name}: {error}") from None
        if value is not None:
            values[of.name] = value
    return Options(**values)
