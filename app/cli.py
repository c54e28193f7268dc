"""The command line: `dl-workshop serve`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: instead of the process's own.

    Returns:
        The exit status: 0, or 1 if the server could not start. A bad option exits with 2.
    """
    parser = _Parser(prog="dl-workshop", description="Neural networks from scratch, in the browser.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the application")
    serve.add_argument("--port", type=_port, default=5006, help="port to listen on (default: 5006)")
    serve.add_argument("--address", default="localhost", help="address to listen on (default: localhost)")
    serve.add_argument(
        "--allow-origin", action="append", default=[], metavar="HOST[:PORT]",
        help="a host that the page may be opened at; may be given several times (default: any)",
    )  # fmt: skip
    options = parser.parse_args(arguments)

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from app import server  # imports JAX and Panel: not for --help or a bad option

    try:
        server.serve(
            options.port,
            options.address,
            options.allow_origin,
            ready=lambda: print(f"Ready: http://{options.address}:{options.port}/", flush=True),
        )
    except OSError as error:
        print(
            f"dl-workshop: cannot listen on {options.address}:{options.port} ({error.strerror or error})."
            " Choose another with --port or --address.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        pass
    return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Ends the process with status 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a whole number from 1 to 65535")
    return port
