"""Finds a Chromium for the browser tests, or installs one; `make test` runs this first.

Looked for, in this order: the environment variable DL_WORKSHOP_CHROMIUM, a Chromium or Chrome on the PATH, the one that
Playwright installed. Where there is none: Debian's package, if apt is there and may be used, else Playwright's own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str | None:
    """The path of a Chromium, or None."""
    if chosen := os.environ.get("DL_WORKSHOP_CHROMIUM"):
        return chosen
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Tries what this machine offers; says what it does."""
    attempts = []
    if shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        attempts.append([[*root, "apt-get", "update", "-qq"], [*root, "apt-get", "install", "-y", "-qq", "chromium"]])
    attempts.append([[sys.executable, "-m", "playwright", "install", "chromium"]])
    for commands in attempts:
        print("No Chromium found; trying:", " && ".join(map(" ".join, commands)), flush=True)
        try:
            if all(subprocess.run(command).returncode == 0 for command in commands):
                return
        except OSError as error:
            print(error)


def main() -> int:
    """Makes sure that there is a Chromium."""
    if executable() is None:
        install()
    if executable() is None:
        print(
            "The browser tests need Chromium, and none could be found or installed."
            " Install it (Debian: apt install chromium), or set DL_WORKSHOP_CHROMIUM to its path.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
