"""The command line: `dl-workshop serve` and `dl-workshop export`."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import CalledProcessError
from typing import NoReturn

from app import ending
from app.saying import say
from app.serving import logs
from app.serving.options import add_options, given, variable

INTERRUPTED = 130  # the exit status of what was not finished


def process() -> NoReturn:
    """Runs the command line as the process's own, until it is done or a signal ends it."""
    ending.heed()
    try:
        status = main()
    except KeyboardInterrupt:
        status = INTERRUPTED
    ending.go()
    sys.exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: instead of the process's own.

    Returns:
        The exit status: 0, or 1 if what was asked for could not be done. A bad option exits with 2.

    Raises:
        KeyboardInterrupt: if it was interrupted, and is not serving, which is meant to be.
    """
    parser = _Parser(prog="dl-workshop", description="Neural networks from scratch, in the browser.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the lessons")
    add_options(serve)
    serve.add_argument("--allow-origin", type=_no_origin, help=argparse.SUPPRESS)
    serve.set_defaults(run=_serve)
    export = commands.add_parser("export", help="write the lessons as a folder of files, for any web server")
    export.add_argument("folder", type=Path, help="where to; made if it is not there, brought up to date if it is")
    export.add_argument("--force", action="store_true", help="write into a folder that holds other files, beside them")
    export.set_defaults(run=_export)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except CalledProcessError:
        return _failed("the lessons could not be made, for the reason above.")


def _serve(command_line: argparse.Namespace) -> int:
    try:
        options = given(command_line, os.environ)
    except ValueError as error:
        return _failed(str(error), status=2)
    if undecided := options.undecided():
        return _failed(
            f"strangers may come to {options.address}: say {' and '.join(undecided)}, or set"
            f" {variable('frame_ancestors')} and {variable('trusted_proxies')}; deploy/README.md says how to choose.",
            status=2,
        )
    logs.begin(options.log_level, as_json=options.log_json)
    from app import server, site  # not for --help or a bad option

    where = f"{options.address}:{options.port}"
    try:
        sockets = server.listen(options.port, options.address)
    except OSError as error:
        return _failed(
            f"cannot listen on {where} ({error.strerror or error}). Choose another with --port or --address."
        )
    with suppress(KeyboardInterrupt):
        try:
            files = site.files()
        except OSError as error:
            return _failed(f"the lessons could not be made: {error.strerror or error}.")
        server.serve(sockets, files, options, ready=lambda: say(f"Ready: http://{where}{options.prefix}/", sys.stdout))
    return 0


def _export(options: argparse.Namespace) -> int:
    from app import site

    folder = options.folder
    try:
        if not options.force:
            site.check(folder)
        files = site.files()
        site.export(folder, files)
    except FileExistsError as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"cannot write to {folder} ({error.strerror or error}). Choose another folder.")
    size = sum(len(codings["identity"]) for codings in files.values())
    say(f"{folder}: {len(files)} files, {size / 1e6:.1f} MB. Any web server can serve them, as they are.", sys.stdout)
    return 0


def _failed(reason: str, status: int = 1) -> int:
    say(f"dl-workshop: {reason}", sys.stderr)
    return status


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Ends the process with status 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _no_origin(text: str) -> NoReturn:
    raise argparse.ArgumentTypeError(
        "the page opens no connection any more that could be limited to a host; leave this option out"
    )
